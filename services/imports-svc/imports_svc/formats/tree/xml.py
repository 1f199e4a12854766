"""The records of an XML file by their path, read as a stream: one record is in memory at a time."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path as File
from typing import Any

from imports_svc.feeds.errors import FileDamaged, UnsupportedFormat
from imports_svc.feeds.model import Limits
from imports_svc.formats.delimited.encoding import find_encoding
from imports_svc.formats.tree.flatten import TEXT
from imports_svc.formats.tree.names import MOST_NAMES, Node, Path
from imports_svc.formats.xml import MOST_DEEP, UTF8, encoding_of, fed, local, new_parser, pieces

_WHAT = "XML file"
# Characters and elements of one record.
_MOST_RECORD = 16_000_000


@dataclass(frozen=True)
class XmlFile:
    """A file with the encoding it is truly in, "" for the one it declares; `said` by a person."""

    path: File
    limits: Limits
    encoding: str = ""
    said: bool = False

    @classmethod
    def of(cls, path: File, limits: Limits, said: str = "") -> "XmlFile":
        """The file in the encoding that a person said, its letters looked at when they are said to be UTF-8.

        Raises UnreadableText.
        """
        if said:
            return cls(path, limits, said, said=True)
        with path.open("rb") as source:
            declared = encoding_of(source.read(1000))
        found = find_encoding(path) if declared in UTF8 else ""
        return cls(path, limits, "" if found in ("", "ascii", "utf-8", "utf-8-sig") else found)

    def fed(self, parser: Any) -> Iterator[int]:
        """Feed a parser the file. Raises FileDamaged, FeedTooLarge."""
        with self.path.open("rb") as source:
            text = pieces(source, self.path.stat().st_size, self.limits)
            yield from fed(parser, text, _WHAT, self.encoding)


@dataclass(frozen=True)
class Outline:
    """The root element's name, and how often which element stands where below it; of the file's beginning unless `whole`."""

    name: str
    root: Node
    whole: bool


def outline(file: XmlFile, most: int = 0) -> Outline:
    """The outline of a file, of its first `most` bytes unless these are 0. Raises FileDamaged."""
    top = Node()
    stack = [top]
    parser = new_parser()
    names = 0
    kinds: dict[str, str] = {}

    def child(parent: Node, name: str) -> Node:
        nonlocal names
        found = parent.children.get(name)
        if found is None:
            names += 1
            if names > MOST_NAMES:
                raise UnsupportedFormat("The XML file has too many different elements to be a list of products.")
            found = parent.children[name] = Node()
        return found

    def start(name: str, given: dict[str, str]) -> None:
        kind = kinds.get(name) or kinds.setdefault(name, local(name))
        node = child(stack[-1], kind)
        node.count += 1
        stack.append(node)
        if len(stack) > MOST_DEEP:
            raise UnsupportedFormat(f"The XML file has elements nested more than {MOST_DEEP} deep: it is no list of products.")
        for attribute, value in given.items():
            if not attribute.startswith("xmlns"):
                part = child(node, f"@{local(attribute)}")
                part.count += 1
                part.note(value)

    def end(_: str) -> None:
        stack.pop()

    def text(said: str) -> None:
        if not said.isspace():
            stack[-1].note(said)

    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text
    whole = True
    for taken in file.fed(parser):
        if most and taken >= most:
            whole = False
            break
    name, root = next(iter(top.children.items()))
    return Outline(name, root, whole)


def records(file: XmlFile, where: Path, others: Counter[str] | None = None) -> Iterator[tuple[int, Any]]:
    """The records at a path below the root element, as nested dictionaries, each with the line it begins in.

    `others` counts elements beside them.

    Raises FileDamaged.
    """
    reader = _Reader(len(where), where, Counter() if others is None else others)
    for _ in file.fed(reader.parser):
        yield from reader.take()


class _Reader:
    def __init__(self, depth: int, where: Path, others: Counter[str]) -> None:
        self._others = others
        self._depth = depth
        self._where = list(where)
        self._path: list[str] = []
        self._record: list[tuple[str, dict[str, Any], list[str]]] = []
        self._size = 0
        self._done: list[tuple[int, Any]] = []
        self._line = 0
        self._kinds: dict[str, str] = {}
        self._say: Callable[[str], object] = str
        self.parser = new_parser()
        self.parser.StartElementHandler, self.parser.EndElementHandler = self._start, self._end
        self.parser.CharacterDataHandler = self._text

    def take(self) -> list[tuple[int, Any]]:
        done, self._done = self._done, []
        return done

    def _start(self, name: str, given: dict[str, str]) -> None:
        kind = self._kinds.get(name) or self._kinds.setdefault(name, local(name))
        self._path.append(kind)
        if self._record or (len(self._path) == self._depth + 1 and self._path[1:] == self._where):
            if not self._record:
                self._line = self.parser.CurrentLineNumber
            parts = {f"@{local(key)}": value for key, value in given.items() if not key.startswith("xmlns")} if given else {}
            self._record.append((kind, parts, []))
            self._size += 100
        else:
            self._others[kind] += 1

    def _text(self, said: str) -> None:
        if self._record:
            self._record[-1][2].append(said)
            self._size += len(said)
            if self._size > _MOST_RECORD:
                raise FileDamaged(
                    f"A record of the XML file at {'/'.join(self._where)!r} is larger than 16 MB: it is no product."
                )

    def _end(self, _: str) -> None:
        self._path.pop()
        if not self._record:
            return
        kind, parts, said = self._record.pop()
        text = "".join(said).strip()
        value: Any = text
        if parts:
            value = parts | {TEXT: text} if text else parts
        if not self._record:
            self._done.append((self._line, value))
            self._size = 0
            return
        above = self._record[-1][1]
        if kind not in above:
            above[kind] = value
        elif isinstance(above[kind], list):
            above[kind].append(value)
        else:
            above[kind] = [above[kind], value]
