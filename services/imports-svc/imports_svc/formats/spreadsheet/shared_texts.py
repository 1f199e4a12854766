"""The texts that the cells of a workbook share: there are as many as a large list has different cells."""

import html
import re
from collections.abc import Iterable
from itertools import chain

from imports_svc.feeds.errors import FeedTooLarge
from imports_svc.formats.converted import cell
from imports_svc.formats.spreadsheet.workbook import is_ambiguous
from imports_svc.formats.xml import fed, is_utf8, local, new_parser

# Under the memory that a reading process may have, with what Python adds to each text.
_MOST_BYTES = 800_000_000
_OBJECT_BYTES = 41
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
# How nearly all are written; anything else is given to the parser.
_PLAIN = re.compile(rb"<si><t(?: xml:space=\"preserve\")?>([^<]*)</t></si>")
_END = b"</si>"
# What `cell` and `unescaped` change.
_CONTROLS = bytes((*range(0x09), *range(0x0A, 0x20), 0x7F))
_ODD = ("\u2028".encode(), "\u2029".encode(), b"_x")


def unescaped(text: str) -> str:
    """A text without the way in which workbooks write control characters (`_x000D_`)."""
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text) if "_x" in text else text


def plain_text(raw: bytes) -> bytes:
    """The text of an element without children, ready to be written."""
    if b"&" in raw or b"_x" in raw:
        raw = raw.replace(b"\r\n", b"\n")
        return cell(unescaped(html.unescape(raw.decode(errors="replace"))))
    return cell(raw)


def is_plain(raw: bytes) -> bool:
    """Whether every text in there that has no `&` can be written as it is; told in a fifth of the time of `cell`."""
    return len(raw.translate(None, _CONTROLS)) == len(raw) and not any(odd in raw for odd in _ODD)


class SharedTexts:
    """Texts by their number, ready to be written."""

    def __init__(self) -> None:
        self.all: list[bytes] = []
        self._bytes = 0
        # Those that can be read as two numbers.
        self.ambiguous: set[int] = set()

    def __len__(self) -> int:
        return len(self.all)

    def __getitem__(self, index: int) -> bytes:
        return self.all[index]

    def _add(self, texts: list[bytes]) -> None:
        self.ambiguous.update(at for at, text in enumerate(texts, len(self.all)) if is_ambiguous(text))
        self.all += texts
        self._bytes += sum(map(len, texts)) + _OBJECT_BYTES * len(texts)
        if self._bytes > _MOST_BYTES:
            raise FeedTooLarge(
                f"The workbook holds more than {_MOST_BYTES // 1_000_000} MB of different texts. Export it as CSV, or split it."
            )

    def read(self, text: Iterable[bytes], what: str) -> None:
        """Take those of a workbook's part. Raises FeedTooLarge, FileDamaged."""
        source = iter(text)
        head = next(source, b"")
        root = head.find(b"<sst")
        if root < 0 or not is_utf8(head):
            self._parse(chain([head], source), what)
            return
        rest = head[head.find(b">", root) + 1 :]
        for piece in source:
            rest = self._take(rest + piece, what)
        self._take(rest, what)

    def _take(self, text: bytes, what: str) -> bytes:
        """Take the whole texts; returns what is left."""
        end = text.rfind(_END) + len(_END)
        if end < len(_END):
            return text
        chunk = text[:end]
        found = _PLAIN.findall(chunk)
        if len(found) == chunk.count(b"<si") and 4 * len(found) == chunk.count(b"<"):
            self._add([plain_text(raw) for raw in found])
        else:
            self._parse([b"<sst>", chunk, b"</sst>"], what)
        return text[end:]

    def _parse(self, text: Iterable[bytes], what: str) -> None:
        parser = new_parser()
        said: list[str] = []
        kinds: dict[str, str] = {}
        phonetic = False

        def start(name: str, _: dict[str, str]) -> None:
            nonlocal phonetic
            kind = kinds.get(name) or kinds.setdefault(name, local(name))
            if kind == "t" and not phonetic:
                parser.CharacterDataHandler = said.append
            elif kind == "rPh":
                phonetic = True

        def end(name: str) -> None:
            nonlocal phonetic
            kind = kinds[name]
            if kind == "t":
                parser.CharacterDataHandler = None
            elif kind == "rPh":
                phonetic = False
            elif kind == "si":
                self._add([cell(unescaped("".join(said)))])
                said.clear()

        parser.StartElementHandler, parser.EndElementHandler = start, end
        for _ in fed(parser, text, what):
            pass
