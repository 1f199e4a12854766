"""Encodings that are nearly as likely as the one a file is read in, and what they would make of its cells."""

import math
from collections.abc import Iterable
from pathlib import Path

from imports_svc.formats.delimited.encoding import MULTI_BYTE, evidence_of, misfit
from imports_svc.formats.delimited.letters import EUROPEAN, likelihood, words_of

# So much less likely, as a logarithm, is a rival no more.
_NEAR = 1.8
_MOST = 3
# Of so few letters two bytes that are one of East Asia may be two of Europe.
_FEW_BYTES = 40
_LIKELY = math.log(0.35)


def rivals_of(path: Path, encoding: str) -> tuple[str, ...]:
    """Encodings of European letters that fit a file nearly as well and read some of its words otherwise, likeliest first."""
    if encoding not in (*EUROPEAN, *MULTI_BYTE, "iso8859_9"):
        return ()
    words = words_of(evidence_of(path)[0])
    high = sum(byte >= 0x80 for byte in words)
    if not high or (encoding in MULTI_BYTE and high > _FEW_BYTES):
        return ()
    own = _LIKELY * high + _NEAR if encoding in MULTI_BYTE else likelihood(words, encoding)
    if own is None:
        return ()
    read = words.decode(encoding, errors="replace")
    found = []
    for name in EUROPEAN:
        other = likelihood(words, name) if name != encoding else None
        if other is not None and other > own - _NEAR and words.decode(name) != read:
            found.append((-other, name))
    ranked = (name for _, name in sorted(found))
    return tuple(name for name in ranked if misfit(path, name) is None)[:_MOST]


def read_otherwise(cells: Iterable[str], encoding: str, rivals: tuple[str, ...]) -> tuple[str, str, str] | None:
    """Of the cells the first that a rival reads otherwise: as it is read, as the rival reads it, and the rival."""
    for cell in cells:
        raw = cell.encode(encoding, errors="ignore")
        for name in rivals:
            other = raw.decode(name, errors="ignore")
            if other != cell:
                return cell, other, name
    return None
