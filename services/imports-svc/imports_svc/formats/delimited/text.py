"""The text of a file as UTF-8 bytes with plain line feeds, in pieces, whatever its encoding and line ends."""

import codecs
import re
from collections.abc import Iterator
from pathlib import Path

from imports_svc.feeds.errors import UnreadableText

FEED = b"\x0b"
"""Stands for a line feed inside a value."""
KEPT_TAB = FEED + b"\x02"
"""Stands for a vertical tab of the file itself where a line feed inside of a value is one."""
_UTF8 = ("utf-8",)
_WIDE = ("utf-16", "utf-32")
_LONE_FEED = re.compile(rb"(?<!\r)\n")
_FEEDS = re.compile(rb"\r+\n")


def utf8_pieces(path: Path, encoding: str, line_end: str, size: int) -> Iterator[tuple[bytes, int]]:
    """Pieces of about `size` bytes and the position in the file after each. Raises UnreadableText.

    UTF-8 passes through unchecked (Polars checks it when parsing). A piece may end inside a character or a line. Line feeds that
    are text (`Shape.line_end`) become vertical tabs, and those of the file then something else (`KEPT_TAB`).
    """
    held = b""
    for text, position in _transcoded(path, encoding, size):
        piece = held + text
        held = piece[-1:] if piece.endswith(b"\r") else b""
        yield _line_feeds(piece[: len(piece) - len(held)], line_end), position
    if held:
        yield b"\n", path.stat().st_size


def transcoded(path: Path, encoding: str, size: int) -> Iterator[bytes]:
    """Pieces of the file as UTF-8 with its line ends as they are. Raises UnreadableText."""
    return (piece for piece, _ in _transcoded(path, encoding, size))


def _line_feeds(piece: bytes, line_end: str) -> bytes:
    plain = piece.replace(b"\r\n", b"\n")
    if line_end == "\r\n":
        lone = len(piece) - len(plain) != plain.count(b"\n")
        if lone or FEED in piece:
            piece = piece.replace(FEED, KEPT_TAB)
            piece = _LONE_FEED.sub(FEED, piece) if lone else piece
            plain = piece.replace(b"\r\n", b"\n")
    if b"\r" not in plain:
        return plain
    if line_end == "\r":
        return plain.replace(b"\r", b"\n")
    # Written twice as text by a program of Windows.
    return _FEEDS.sub(b"\n", piece) if b"\r\r" in piece else plain


def _transcoded(path: Path, encoding: str, size: int) -> Iterator[tuple[bytes, int]]:
    decoder = None if encoding.startswith(_UTF8) else codecs.getincrementaldecoder(encoding)(errors="strict")
    position = 0
    with path.open("rb") as source:
        while raw := source.read(size):
            if decoder is None and position == 0:
                position, raw = len(raw), raw.removeprefix(codecs.BOM_UTF8)
                yield raw, position
                continue
            if position == 0 and not encoding.startswith(_WIDE):
                # In front of a text that a person says is in another encoding.
                position, raw = len(raw) - len(raw.removeprefix(codecs.BOM_UTF8)), raw.removeprefix(codecs.BOM_UTF8)
            piece = raw if decoder is None else _decoded(decoder, raw, position, encoding)
            position += len(raw)
            yield piece, position
    if decoder is not None and (rest := _decoded(decoder, b"", position, encoding)):
        yield rest, position


def _decoded(decoder: codecs.IncrementalDecoder, raw: bytes, position: int, encoding: str) -> bytes:
    """The next bytes of a file as UTF-8; none are its end, which may not lie inside a character."""
    try:
        return decoder.decode(raw, final=not raw).encode()
    except UnicodeError as error:
        raise UnreadableText(f"Near byte {position} the file is not {encoding}. Sniff it again or export it as UTF-8.") from error
