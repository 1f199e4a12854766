"""How well letters fit that were said before, or that a file declares, beside those of another encoding."""

import codecs
import math
import re
from pathlib import Path
from typing import Literal

from imports_svc.formats.delimited.encoding import MULTI_BYTE, evidence_of, utf8_lines
from imports_svc.formats.delimited.letters import EUROPEAN, european, likelihood, words_of
from imports_svc.formats.delimited.scripts import SCRIPTS

NEAR = 1.8
"""So much less likely, as a logarithm, is an encoding no rival any more."""

# So much less likely it is none of this file.
_SURELY = 7.0

Fit = Literal["same", "likelier", "near", "less", "wrong"]

_LATIN = (*EUROPEAN, "iso8859_1", "iso8859_9")
_PLAUSIBLE = math.log(0.35)
_ODD_SHARE, _FEW_SHARE = 0.2, 0.3
_HIGH = re.compile("[^\x00-\x7f]")


def fit(path: Path, encoding: str, other: str) -> Fit:
    """What an encoding makes of a file's letters beside another one; both decode all of it. `wrong`: nobody writes so."""
    evidence = evidence_of(path)[0]
    if evidence.decode(encoding, errors="replace") == evidence.decode(other, errors="replace"):
        return "same"
    words = words_of(evidence)
    if encoding not in (*_LATIN, *SCRIPTS):
        return _fit_of_script(words, encoding, other)
    letters = len(_HIGH.findall(words.decode(encoding, errors="replace")))
    own, rival = likelihood(words, encoding), likelihood(words, other) if other in (*_LATIN, *SCRIPTS) else None
    if own is None or not (encoding in SCRIPTS or european(evidence)) or own < _PLAUSIBLE * letters:
        # A rival that is as odd says nothing: both have a rare letter.
        return "near" if own is not None and rival is not None and own >= rival - NEAR else "wrong"
    if rival is None:
        return "less"
    if own < rival - _SURELY:
        return "wrong"
    return "likelier" if own > rival + NEAR else "near" if own >= rival - NEAR else "less"


def _fit_of_script(words: bytes, encoding: str, other: str) -> Fit:
    if encoding in MULTI_BYTE:
        # Bytes that are all of it are hardly ever chance, and its words stand beside Latin ones.
        return "less"
    read, otherwise = (words.decode(name, errors="replace") for name in (encoding, other))
    letters = len(_HIGH.findall(read))
    if _odd(read) > _ODD_SHARE * letters:
        return "wrong"
    differ = sum(one != another for one, another in zip(read, otherwise, strict=False))
    # Two of one alphabet.
    return "near" if other not in _LATIN and differ <= _FEW_SHARE * letters else "less"


def first_read_otherwise(path: Path, encoding: str, other: str, *, in_utf8: bool = False) -> tuple[str, str]:
    """The first word of a file that two encodings read differently, in both; empty where none does.

    `in_utf8`: the file is UTF-8, whose words say nothing of encodings otherwise.
    """
    lines = utf8_lines(path).removeprefix(codecs.BOM_UTF8) if in_utf8 else evidence_of(path)[0]
    for word in words_of(lines).split():
        read, otherwise = (word.decode(name, errors="replace") for name in (encoding, other))
        if read != otherwise:
            return read, otherwise
    return "", ""


def _odd(text: str) -> int:
    """How many letters stand where no word has them: beside Latin ones, a capital behind a small one, a sign within."""
    count = 0
    for match in _HIGH.finditer(text):
        at = match.start()
        letter, before, behind = match[0], text[at - 1 : at] if at else "", text[at + 1 : at + 2]
        if letter.isalpha():
            count += any(one.isascii() and one.isalpha() for one in (before, behind)) or (letter.isupper() and before.islower())
        else:
            count += before.isalpha() and behind.isalpha()
    return count
