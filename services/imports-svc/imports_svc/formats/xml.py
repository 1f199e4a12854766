"""Reads XML as a stream of elements by local name, by the parser of the language: no entity is expanded, nothing is fetched."""

import codecs
import html.entities
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol
from xml.parsers import expat

from imports_svc.feeds.errors import FeedTooLarge, FileDamaged, UnsupportedFormat
from imports_svc.feeds.model import Limits

Tags = dict[str, Callable[[dict[str, str]], None]]
STEP_BYTES = 1 << 18
# Nested elements of a feed; a workbook has eight.
MOST_DEEP = 100
_DECLARED = re.compile(rb"^\s*<\?xml[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._:-]+)[\"']")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

UTF8 = ("utf-8", "utf8", "utf-8-sig", "us-ascii", "ascii")


class Source(Protocol):
    def read(self, size: int, /) -> bytes: ...


def pieces(source: Source, packed: int, limits: Limits) -> Iterator[bytes]:
    """What a packed part unpacks to. Raises FeedTooLarge for one that unpacks without end."""
    taken = 0
    while piece := source.read(STEP_BYTES):
        taken += len(piece)
        if taken > limits.plain_bytes or (taken > limits.bomb_bytes and taken > limits.bomb_ratio * max(packed, 1)):
            raise FeedTooLarge(
                f"A part of the file unpacks to more than {limits.bomb_ratio} times its {packed} bytes: it looks like a"
                " decompression bomb. Save it again and send it."
            )
        yield piece


def local(name: str) -> str:
    """The name of an element or attribute without its prefix."""
    return name.rpartition(":")[2]


def parse(text: Iterable[bytes], tags: Tags, what: str) -> None:
    """Call what `tags` has for the local name of each element that begins, with its attributes. Raises FileDamaged."""
    parser = new_parser()
    known: dict[str, Callable[[dict[str, str]], None] | None] = {}

    def start(name: str, given: dict[str, str]) -> None:
        if name not in known:
            known[name] = tags.get(local(name))
        if (take := known[name]) is not None:
            take(given)

    parser.StartElementHandler = start
    for _ in fed(parser, text, what):
        pass


def new_parser() -> Any:
    """A parser that refuses declared entities: what they stand for can be made as large as one likes."""
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.buffer_size = 1 << 16

    def refuse(name: str, *_: object) -> None:
        raise UnsupportedFormat(
            f"The file declares XML entities ({name}), which are not read: they can hide or multiply content."
            " Export it without them."
        )

    def html_entity(name: str, is_parameter: bool) -> None:
        if is_parameter:
            return
        text = html.entities.html5.get(f"{name};")
        if text is None:
            raise FileDamaged(f"The file uses the entity &{name}; that nothing declares. Export it as UTF-8 without entities.")
        if parser.CharacterDataHandler:
            parser.CharacterDataHandler(text)

    parser.EntityDeclHandler = refuse
    parser.SkippedEntityHandler = html_entity
    return parser


def fed(parser: Any, text: Iterable[bytes], what: str, encoding: str = "") -> Iterator[int]:
    """Feed a parser piece by piece, and give how many bytes it has taken after each. Raises FileDamaged.

    `encoding`: what the text truly is in, where that is not what it declares.
    """
    taken = 0
    try:
        for piece in utf8(text, encoding):
            parser.Parse(piece)
            taken += len(piece)
            yield taken
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        why = expat.errors.messages.get(error.code, "broken")
        raise FileDamaged(
            f"The {what} breaks the rules of XML in line {error.lineno}, place {error.offset + 1} ({why}): it is damaged or was"
            " cut short. Send it again."
        ) from error
    except UnicodeError as error:
        raise FileDamaged(f"The {what} is not in the encoding it says it is in ({error}). Export it as UTF-8.") from error
    yield taken


def encoding_of(head: bytes) -> str:
    """The encoding an XML text says it is in."""
    for bom, name in _BOMS:
        if head.startswith(bom):
            return name
    if head.startswith(b"<\x00"):
        return "utf-16-le"
    if head.startswith(b"\x00<"):
        return "utf-16-be"
    declared = _DECLARED.match(head)
    return declared[1].decode().lower() if declared else "utf-8"


def is_utf8(head: bytes) -> bool:
    """Whether an XML text that begins so is in UTF-8 without a mark in front."""
    return not head.startswith(codecs.BOM_UTF8) and encoding_of(head[:1000]) in UTF8


def utf8(text: Iterable[bytes], encoding: str = "") -> Iterator[bytes]:
    """The text in UTF-8, whatever encoding it declares or is in. Raises UnicodeError, FileDamaged for an unknown encoding."""
    source = iter(text)
    head = next(source, b"")
    name = encoding or encoding_of(head[:1000])
    if name in UTF8:
        yield head.removeprefix(codecs.BOM_UTF8)
        yield from source
        return
    try:
        # Raised also for codecs that are no text encodings.
        "".encode(name)
        # What says Latin-1 is Windows, whose letters stand where Latin-1 has none.
        decoder = codecs.getincrementaldecoder("cp1252" if name in ("iso-8859-1", "latin1", "latin-1") else name)()
    except LookupError:
        raise FileDamaged(
            f"The file says that it is in the encoding {name!r}, which does not exist. Export it as UTF-8."
        ) from None
    yield decoder.decode(head).encode(errors="replace")
    for piece in source:
        yield decoder.decode(piece).encode(errors="replace")
    yield decoder.decode(b"", final=True).encode()
