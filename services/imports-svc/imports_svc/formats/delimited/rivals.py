"""Encodings that are nearly as likely as the one a file is read in, and what they would make of its cells."""

import math
import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from imports_svc.formats.delimited.encoding import MULTI_BYTE, evidence_of, misfit
from imports_svc.formats.delimited.fitting import NEAR
from imports_svc.formats.delimited.letters import EUROPEAN, likelihood, repeated, words_of
from imports_svc.formats.delimited.scripts import SCRIPTS

_MOST = 4
_BESIDE_NUMBER = re.compile("[0-9][^\x00-\x7f]|[0-9] [^\x00-\x7f]|[^\x00-\x7f][0-9]")
# Of so few letters two bytes that are one of East Asia may be two of Europe.
_FEW_BYTES = 40
_LIKELY = math.log(0.35)
# What so few letters say is no proof: of a rival whose own letters all stand where such stand.
_FAR, _FAR_OF_SCRIPTS, _IN_PLACE = 4.6, 7.0, math.log(0.03)
# All of their letters are beyond ASCII.
_ENOUGH_OF_SCRIPTS = 4_000
_OF_WINDOWS = ("cp125", "iso8859")


class Other(NamedTuple):
    """A cell as it is read, as a rival of its encoding reads it, the rival, and what more rivals read, each with its name."""

    read: str
    other: str
    encoding: str
    more: tuple[tuple[str, str], ...] = ()


def rivals_of(path: Path, encoding: str) -> tuple[str, ...]:
    """Encodings of one byte a letter that fit a file nearly as well and read some of its words otherwise, likeliest first."""
    if encoding not in (*EUROPEAN, *SCRIPTS, *MULTI_BYTE, "iso8859_9"):
        return ()
    words = words_of(evidence_of(path)[0])
    if encoding in SCRIPTS:
        words = words[:_ENOUGH_OF_SCRIPTS]
    high = sum(byte >= 0x80 for byte in words)
    if not high or (encoding in MULTI_BYTE and high > _FEW_BYTES):
        return ()
    own = _LIKELY * high + NEAR if encoding in MULTI_BYTE else likelihood(words, encoding)
    if own is None:
        return ()
    read = words.decode(encoding, errors="replace")
    found = []
    for name in (*EUROPEAN, *SCRIPTS):
        other = likelihood(words, name) if name != encoding else None
        if other is None or (otherwise := words.decode(name)) == read:
            continue
        if other > own - NEAR or (
            other >= _IN_PLACE * high and _are_letters(read, otherwise) and other > own - _far(words, encoding, name)
        ):
            found.append((-other, name))
    readings: dict[str, str] = {}
    for _, name in sorted(found):
        if (reading := words.decode(name)) not in readings and misfit(path, name) is None:
            readings[reading] = name
            if len(readings) == _MOST:
                break
    return tuple(readings.values())


def _far(words: bytes, encoding: str, other: str) -> float:
    """How much less likely an encoding is no rival of another one any more, where it reads letters as letters."""
    if encoding in SCRIPTS:
        return _FAR_OF_SCRIPTS
    european = encoding in EUROPEAN and other in EUROPEAN
    # Those of Windows are told apart by many words; of other systems the same letters may be unusual in all of them.
    alike = encoding.startswith(_OF_WINDOWS) and other.startswith(_OF_WINDOWS)
    return _FAR + (repeated(words, encoding, other) if european and not alike else 0.0)


def _are_letters(read: str, otherwise: str) -> bool:
    """Whether a letter is read as another one; a mark, as beside numbers, is that of few letters, too."""
    pairs = zip(read, otherwise, read[1:] + " ", strict=False)
    return any(one != other and one.isalpha() and not (one in "Øø" and behind.isdigit()) for one, other, behind in pairs)


def read_otherwise(cells: Iterable[str], encoding: str, rivals: tuple[str, ...], *, marks: bool = False) -> Other | None:
    """Of the cells the first whose letters, or with `marks` whose marks beside numbers, a rival reads otherwise."""
    for cell in cells:
        raw = cell.encode(encoding, errors="ignore")
        # Without what was written as an entity.
        read = raw.decode(encoding, errors="ignore")
        others: dict[str, str] = {}
        for name in rivals:
            other = raw.decode(name, errors="ignore")
            if other != read and _are_marks(read, other) == marks:
                others.setdefault(other, name)
        if others:
            (other, name), *more = others.items()
            return Other(cell, other, name, tuple(more))
    return None


def _are_marks(read: str, other: str) -> bool:
    """Whether all that is read otherwise are marks beside numbers, or what is the sign of a diameter there."""
    if len(read) != len(other):
        return False
    return all(
        not (one.isalnum() and one not in "Øø½¼¾²³") and _BESIDE_NUMBER.search(read[max(at - 2, 0) : at + 2]) is not None
        for at, (one, another) in enumerate(zip(read, other, strict=True))
        if one != another
    )
