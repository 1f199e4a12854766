"""Encodings that are nearly as likely as the one a file is read in, and what they would make of its cells."""

import math
import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from imports_svc.formats.delimited.encoding import MULTI_BYTE, evidence_of, misfit
from imports_svc.formats.delimited.fitting import NEAR
from imports_svc.formats.delimited.letters import EUROPEAN, likelihood, words_of

_MOST = 3
_BESIDE_NUMBER = re.compile("[0-9][^\x00-\x7f]|[0-9] [^\x00-\x7f]|[^\x00-\x7f][0-9]")
# Of so few letters two bytes that are one of East Asia may be two of Europe.
_FEW_BYTES = 40
_LIKELY = math.log(0.35)


class Other(NamedTuple):
    """A cell as it is read, as a rival of its encoding reads it, and the rival."""

    read: str
    other: str
    encoding: str


def rivals_of(path: Path, encoding: str) -> tuple[str, ...]:
    """Encodings of European letters that fit a file nearly as well and read some of its words otherwise, likeliest first."""
    if encoding not in (*EUROPEAN, *MULTI_BYTE, "iso8859_9"):
        return ()
    words = words_of(evidence_of(path)[0])
    high = sum(byte >= 0x80 for byte in words)
    if not high or (encoding in MULTI_BYTE and high > _FEW_BYTES):
        return ()
    own = _LIKELY * high + NEAR if encoding in MULTI_BYTE else likelihood(words, encoding)
    if own is None:
        return ()
    read = words.decode(encoding, errors="replace")
    found = []
    for name in EUROPEAN:
        other = likelihood(words, name) if name != encoding else None
        if other is not None and other > own - NEAR and words.decode(name) != read:
            found.append((-other, name))
    ranked = (name for _, name in sorted(found))
    return tuple(name for name in ranked if misfit(path, name) is None)[:_MOST]


def read_otherwise(cells: Iterable[str], encoding: str, rivals: tuple[str, ...], *, marks: bool = False) -> Other | None:
    """Of the cells the first whose letters, or with `marks` whose marks beside numbers, a rival reads otherwise."""
    for cell in cells:
        raw = cell.encode(encoding, errors="ignore")
        # Without what was written as an entity.
        read = raw.decode(encoding, errors="ignore")
        for name in rivals:
            other = raw.decode(name, errors="ignore")
            if other != read and _are_marks(read, other) == marks:
                return Other(cell, other, name)
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
