"""The records of a JSON or NDJSON file by their path, read as a stream: one record is in memory at a time."""

import json
from collections.abc import Iterator
from pathlib import Path as File
from typing import Any

import ijson

from imports_svc.feeds.errors import FeedTooLarge, FileDamaged, UnsupportedFormat
from imports_svc.formats.delimited.encoding import find_encoding
from imports_svc.formats.delimited.text import utf8_pieces
from imports_svc.formats.tree.flatten import Digits
from imports_svc.formats.tree.names import EACH, MOST_NAMES, Node, Path

_STEP = 1 << 18
_MOST_DEEP = 100
_MOST_LINE = 16_000_000
# Blank lines behind the first record of NDJSON.
_MOST_BLANK = 100
_UTF8 = ("utf-8", "utf-8-sig", "ascii")
_OPENING, _CLOSING = ("start_map", "start_array"), ("end_map", "end_array")
_VALUES = ("string", "number", "boolean")


class _Text:
    """A file as UTF-8 without a mark in front, whatever its encoding."""

    def __init__(self, path: File) -> None:
        encoding = find_encoding(path)
        self._pieces = (piece for piece, _ in utf8_pieces(path, encoding, "\n", _STEP))
        self._rest = b""

    def read(self, size: int = -1) -> bytes:
        if size == 0:
            return b""
        if not self._rest:
            self._rest = next(self._pieces, b"")
        taken, self._rest = self._rest[:size], self._rest[size:]
        return taken


def is_lines(path: File) -> bool:
    """Whether each line is a JSON object of its own (NDJSON)."""
    with path.open("rb") as source:
        first = source.readline(_MOST_LINE).removeprefix(b"\xef\xbb\xbf").strip()
        lines = (source.readline(_MOST_LINE).strip() for _ in range(_MOST_BLANK))
        following = next(filter(None, lines), b"")
    if not first.startswith(b"{") or not first.endswith(b"}"):
        return False
    try:
        json.loads(first)
    except ValueError:
        return False
    return following.startswith(b"{")


def lines(path: File) -> Iterator[tuple[int, dict[str, Any] | bytes]]:
    """The records of NDJSON with their lines; a line that is none as its bytes. Raises FeedTooLarge."""
    with path.open("rb") as source:
        number = 0
        while line := source.readline(_MOST_LINE):
            number += 1
            if len(line) >= _MOST_LINE:
                raise FeedTooLarge(f"Line {number} of the JSON file has more than {_MOST_LINE} bytes: it is no record.")
            text = line.removeprefix(b"\xef\xbb\xbf").strip() if number == 1 else line.strip()
            if text:
                try:
                    record = json.loads(text, parse_float=Digits, parse_int=Digits)
                except (ValueError, RecursionError):
                    record = None
                yield number, record if isinstance(record, dict) else text


def outline(path: File) -> Node:
    """How often which name stands where, from the whole file; entries of an array count for its name. Raises FileDamaged."""
    top = Node()
    # The node of each open object or array, and whether it is an array.
    stack: list[tuple[Node, bool]] = []
    node = top
    names = 0
    for event, value in _events(path):
        if event == "map_key":
            parent = stack[-1][0]
            found = parent.child(value)
            if found is None:
                names += 1
                if names > MOST_NAMES:
                    raise UnsupportedFormat(
                        "The JSON file has more different names than a list of products has. Export an array of records."
                    )
                found = parent.add(value)
            node = found
        elif event == "start_map":
            node = stack[-1][0] if stack and stack[-1][1] else node
            node.count += 1
            stack.append((node, False))
            _check_depth(stack)
        elif event == "start_array":
            within_list = bool(stack) and stack[-1][1]
            stack.append((stack[-1][0] if within_list else node, True))
            stack[-1][0].lists += not within_list
            _check_depth(stack)
        elif event in _CLOSING:
            stack.pop()
        elif event in _VALUES:
            within = stack[-1] if stack else (top, False)
            counted = within[0] if within[1] else node
            if not within[1]:
                counted.count += 1
            counted.note(str(value))
    top.fold()
    return top


def _check_depth(stack: list[tuple[Node, bool]]) -> None:
    if len(stack) > _MOST_DEEP:
        raise UnsupportedFormat("The JSON file is nested too deep to be a list of products.")


def records(path: File, where: Path, *, listed: bool = True) -> Iterator[dict[str, Any]]:
    """The objects at a path, in an array (`listed`) or alone. Raises FileDamaged.

    Names that stand in the place of `EACH` are values of them: "key", the name of a record, or "group", that of several.
    """
    if EACH in where or not listed:
        yield from _named(path, where)
        return
    yield from _objects(ijson.items(_Text(path), ".".join((*where, "item")).lstrip("."), buf_size=_STEP), where)


def _named(path: File, where: Path) -> Iterator[dict[str, Any]]:
    # Of each open object or array: how much of the path leads there (-1 for beside it), and whether it is an array.
    stack: list[tuple[int, bool]] = []
    led, names = 0, [""] * len(where)
    record: ijson.ObjectBuilder | None = None
    depth = 0
    for event, value in _events(path):
        if record is not None:
            record.event(event, value)
            depth += (event in _OPENING) - (event in _CLOSING)
            if not depth:
                yield _with_names(record.value, where, names, listed=bool(stack) and stack[-1][1])
                record = None
        elif event == "map_key":
            at = stack[-1][0]
            led = at + 1 if 0 <= at < len(where) and where[at] in (EACH, value) else -1
            if led > 0:
                names[at] = value
        elif event in _OPENING:
            at = stack[-1][0] if stack and stack[-1][1] else led
            if event == "start_map" and at == len(where):
                record, depth = ijson.ObjectBuilder(), 1
                record.event(event, value)
            else:
                stack.append((at, event == "start_array"))
                led = at
        elif event in _CLOSING:
            stack.pop()


def _with_names(record: dict[str, Any], where: Path, names: list[str], *, listed: bool) -> dict[str, Any]:
    said = [name for place, name in zip(where, names, strict=True) if place == EACH]
    key = {"key": said.pop()} if said and not listed else {}
    groups = {f"group_{at}" if at > 1 else "group": name for at, name in enumerate(said, 1)}
    return {name if name not in record else f"{name} (name)": text for name, text in (groups | key).items()} | record


def _objects(found: Iterator[Any], where: Path) -> Iterator[dict[str, Any]]:
    try:
        for value in found:
            if isinstance(value, dict):
                yield value
    except (ijson.JSONError, UnicodeDecodeError) as error:
        raise _damaged(error) from error


def _events(path: File) -> Iterator[tuple[str, Any]]:
    try:
        yield from ijson.basic_parse(_Text(path), buf_size=_STEP)
    except (ijson.JSONError, UnicodeDecodeError) as error:
        raise _damaged(error) from error


def _damaged(error: Exception) -> FileDamaged:
    why = " ".join(str(error).split())[:200]
    return FileDamaged(f"The JSON file breaks the rules of JSON ({why}): it is damaged or was cut short. Send it again.")
