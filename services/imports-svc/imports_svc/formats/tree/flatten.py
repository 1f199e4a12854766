"""One record of a tree as one row of cells: each value under the path of names that leads to it."""

from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from imports_svc.feeds.model import Doubt, Limits
from imports_svc.formats.converted import TextWriter, cell
from imports_svc.formats.source_lines import SourceLinesWriter
from imports_svc.formats.tree.names import EACH
from imports_svc.formats.tree.repeated import Repeated
from imports_svc.vocabulary.images import BETWEEN, holds_images, is_address
from imports_svc.vocabulary.words import field_of

TEXT = "#"
"""The text of an element that has attributes or parts, too."""
_NAMES = ("@name", "@key", "@code", "name", "key", "code", "attribute_code")
_VALUES = (TEXT, "value", "@value")
# What the entries of a record have for themselves.
_OF_ENTRIES = ("ref", "gtin", "mpn", "price", "list_price", "stock")
_PRICES = ("price", "list_price")
# Values under names of their own that a record may have; a list of products has fewer columns.
_MOST_NAMED = 500


class Digits(str):
    """A number as it was written."""

    __slots__ = ()


class RowWriter:
    """Writes records as rows; columns are added as they turn up, and the header stands above all rows in the end."""

    def __init__(self, target: Path, limits: Limits) -> None:
        self._writer = TextWriter(target, limits)
        self._lines = SourceLinesWriter(target)
        self._columns: dict[str, int] = {}
        self._row = 1
        self._texts: set[int] = set()
        self._repeated = Repeated(TEXT)
        self._named: set[str] = set()
        self._left_out: set[str] = set()

    def write(self, record: Any, within: tuple[str, ...] = (), name: str = "", line: int = 0) -> None:
        """One record, or a row for each entry of the list `within` it; `name`: what such a record is called.

        `line`: that of the file it begins in, 0 where that is not known.
        """
        if not within:
            self.write_flat(self._flat(record), line)
            return
        place = "/".join(part for part in within if part != EACH)
        for one, is_entry in _entries(record, within):
            flat = self._flat(one)
            if not is_entry:
                # What is sold is the record itself.
                self.write_flat(flat, line)
                continue
            placed = {_place(column, place, name): value for column, value in flat.items()}
            for column, value in flat.items():
                # An entry without a price has that of its record.
                if field_of(column.lstrip("@")) in _PRICES and placed.get(column) in (None, ""):
                    placed[column] = value
            self.write_flat(placed, line)

    def _flat(self, record: Any) -> dict[str, Any]:
        flat: dict[str, Any] = {}
        self._flatten(record, "", flat)
        return flat

    def write_flat(self, flat: dict[str, Any], line: int = 0) -> None:
        """One row of values by column."""
        columns = self._columns
        cells = [b""] * len(columns)
        for name, value in flat.items():
            at = columns.get(name)
            if at is None:
                at = columns[name] = len(columns)
                cells.append(b"")
            if type(value) is str:
                if value:
                    cells[at] = value.encode() if value.isprintable() else cell(value)
                    if at not in self._texts:
                        self._texts.add(at)
            else:
                cells[at] = value.encode() if isinstance(value, Digits) else _number(value)
        self._next(line)
        self._writer.write(self._row, cells or [b" "])

    def reject(self, text: bytes, line: int) -> None:
        """A line that is no record."""
        self._next(line)
        self._writer.reject(self._row, text)

    def _next(self, line: int) -> None:
        self._row += 1
        if line:
            self._lines.note(self._row, line)

    def close(self) -> tuple[int, ...]:
        """Returns the columns that hold nothing but numbers."""
        self._writer.close([cell(name) for name in self._columns])
        self._lines.flush()
        return tuple(at for at in range(len(self._columns)) if at not in self._texts)

    @property
    def rows(self) -> int:
        """How many were written."""
        return self._row - 1

    def doubts(self) -> Iterator[Doubt]:
        """What of the records is not in the rows."""
        yield from self._repeated.doubts()
        if self._left_out:
            examples = tuple(sorted(self._left_out))[:5]
            listed = ", ".join(examples)
            message = f"Of more than {_MOST_NAMED} differently named values only as many are read; not, for example, {listed}."
            yield Doubt("values_left_out", message, examples=examples, holds=False)

    def _flatten(self, value: Any, path: str, out: dict[str, Any]) -> None:
        if isinstance(value, dict) and TEXT in value and _named(value) is not None:
            self._flatten_list([value], path, out)
        elif isinstance(value, dict):
            for name, part in value.items():
                place = path if name == TEXT else f"{path}/{name}" if path else name
                if type(part) is str and place not in out:
                    # As most are.
                    out[place or TEXT] = part.strip()
                else:
                    self._flatten(part, place, out)
        elif isinstance(value, list):
            self._flatten_list(value, path, out)
        elif value is not None and path not in out:
            out[path or TEXT] = value.strip() if type(value) is str else value

    def _flatten_list(self, values: list[Any], path: str, out: dict[str, Any]) -> None:
        others = []
        for value in values:
            pair = _named(value)
            if pair is None:
                if value not in (None, "", [], {}):
                    others.append(value)
                continue
            name = f"{path}[{pair[0]}]"
            if name not in self._named and len(self._named) >= _MOST_NAMED:
                self._left_out.add(name)
            elif name not in out:
                self._named.add(name)
                out[name] = pair[1]
                # Beside an amount stands the currency it is in.
                out.update((f"{name}/{key}", said) for key, said in value.items() if field_of(key.lstrip("@")) == "currency")
            elif out[name] != pair[1]:
                self._repeated.compare(name, (out[name], pair[1]))
        if others:
            self._flatten(others[0], path, out)
        if len(others) > 1 and not (holds_images(path) and self._gather(others[1:], path, out)):
            self._repeated.compare(path, others)

    def _gather(self, values: list[Any], path: str, out: dict[str, Any]) -> bool:
        """Put the addresses of further images behind those of the first; False where none of them is one."""
        found: dict[str, list[str]] = {}
        for value in values:
            flat: dict[str, Any] = {}
            self._flatten(value, path, flat)
            for name, said in flat.items():
                if isinstance(said, str) and is_address(said) and (name not in out or is_address(str(out[name]))):
                    found.setdefault(name, []).append(said)
        for name, addresses in found.items():
            out[name] = BETWEEN.join(filter(None, [str(out.get(name, "")), *addresses]))
        return bool(found)


@lru_cache(maxsize=10_000)
def _place(column: str, within: str, name: str) -> str:
    """The column of a row that is an entry of its record: its own codes, prices and stocks are what is sold."""
    own = column.removeprefix(f"{within}/")
    sold = field_of(own.lstrip("@")) in _OF_ENTRIES
    if own != column:
        return own if sold else column
    return f"{name or 'record'}/{column}" if sold else column


def _entries(record: Any, within: tuple[str, ...]) -> Iterator[tuple[Any, bool]]:
    """The record once for each entry of the list within it, which then stands in the list's place; itself if it has none."""
    name, *rest = within
    if not isinstance(record, dict) or not record.get(name):
        yield record, False
        return
    found = record[name]
    if rest and rest[0] == EACH:
        rest = rest[1:]
        if isinstance(found, dict):
            found = [{"key": key} | part for key, part in found.items() if isinstance(part, dict)]
    values = found if isinstance(found, list) else [found]
    for value in values or [None]:
        for entry, is_entry in _entries(value, tuple(rest)) if rest else ((value, value is not None),):
            yield record | {name: entry}, is_entry


def _named(value: Any) -> tuple[str, Any] | None:
    """A value with its name beside it: `<param name="Colour">red</param>`, `{"name": "Colour", "value": "red"}`."""
    if not isinstance(value, dict) or not 2 <= len(value) <= 4:
        return None
    name = next((value[key] for key in _NAMES if isinstance(value.get(key), str)), None)
    said = next((value[key] for key in _VALUES if key in value), None)
    if name is None or said is None or isinstance(said, (dict, list)):
        return None
    return name.strip(), said.strip() if isinstance(said, str) else said


def _number(value: Any) -> bytes:
    if isinstance(value, bool):
        return b"TRUE" if value else b"FALSE"
    return format(value, "f").encode() if isinstance(value, Decimal) else str(value).encode()
