"""The encoding of a file where a person said one, for it or for earlier ones of its supplier."""

import codecs
from pathlib import Path
from typing import NamedTuple

from imports_svc.feeds.encodings import Letters, known, shown
from imports_svc.feeds.errors import UnreadableText
from imports_svc.feeds.model import Doubt
from imports_svc.formats.delimited.encoding import STRAYS, find_encoding, misfit

_SHOWN_BYTES = 4
_STEP = 1 << 20
_UNICODE = ("utf-8", "utf-16", "utf-32")


class Found(NamedTuple):
    """The encoding a file is read in, and the one a person said, to be remembered: "" for none."""

    encoding: str
    letters: str = ""
    doubts: tuple[Doubt, ...] = ()


def encoding_of(path: Path, letters: Letters) -> Found:
    """What a person said of this file; what he said of earlier ones where it fits and this one is no Unicode; else what is found.

    Raises UnreadableText, also where what he said can't read the file.
    """
    if letters.said:
        return Found(_as_said(path, letters.said), letters.said)
    found = find_encoding(path)
    earlier = known(letters.earlier) if letters.earlier else None
    if earlier is None or (found.startswith(_UNICODE) and not found.startswith(STRAYS)):
        return Found(found, letters.earlier)
    if misfit(path, earlier) is None:
        return Found(earlier, letters.earlier)
    message = (
        f"Earlier files of this supplier are {shown(earlier)}, as a person said. This one can't be: it is read as"
        f" {shown(found.removeprefix(STRAYS))}. Say which encoding it is in (--encoding) if letters beyond ASCII are wrong."
    )
    return Found(found, letters.earlier, (Doubt("encoding_other", message, holds=False),))


def _as_said(path: Path, said: str) -> str:
    encoding = known(said)
    if encoding is None:
        raise UnreadableText(f"There is no encoding {said!r}.")
    with path.open("rb") as source:
        head = source.read(4)
    if encoding == "utf-8" and head.startswith(codecs.BOM_UTF8):
        encoding = "utf-8-sig"
    elif encoding.startswith("utf-16-") and head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    at = misfit(path, encoding)
    if at is None:
        return encoding
    line, text = _around(path, at)
    raise UnreadableText(
        f"The file is not {shown(encoding)}, as was said: line {line:,} has the bytes {text}, which are no letters there. Say"
        " another encoding (--encoding), or none to have it found."
    )


def _around(path: Path, at: int) -> tuple[int, str]:
    """The line of a place in the file, and its bytes as hexadecimal numbers."""
    line, position = 1, 0
    with path.open("rb") as source:
        while position < at and (piece := source.read(min(_STEP, at - position))):
            line += piece.count(b"\n")
            position += len(piece)
        return line, source.read(_SHOWN_BYTES).hex(" ")
