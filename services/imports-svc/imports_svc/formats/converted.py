"""The text that a workbook or a tree of records becomes: one line a row, so that all that follows reads one format.

Line n of the text is row n of the sheet, and no field needs quotes: they are parted by U+001F, which no cell keeps, and a line
break inside a cell is a vertical tab. What the text was made from lies beside it (`Origin`).
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from chassis.counts import counted
from imports_svc.feeds.errors import FeedTooLarge
from imports_svc.feeds.model import Doubt, Limits, Stored

DELIMITER = "\x1f"
LINE_BREAK = "\x0b"
_SUFFIX = ".origin"
_BREAKS = re.compile(rb"\r\n|[\r\n\x0b]|\xe2\x80\xa8|\xe2\x80\xa9")
_CONTROLS = re.compile(rb"[\x00-\x08\x0c\x0e-\x1f\x7f]")
_ODD = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]|\xe2\x80[\xa8\xa9]")
_FLUSH_LINES = 20_000
# In front of a line that is no row, until the rows are made equally wide: no cell keeps it.
_NO_ROW = b"\x1e"


@dataclass(frozen=True)
class Origin(Stored):
    """What a text was made from. `format` is empty for a delimited text as it came.

    `told` says to people where the table was found; `table` is the sheet or the path of the records, and `tables` are those that
    can be chosen instead. `header`: the first line surely names the columns. `numbers`: columns whose numbers were typed as
    numbers, so that their decimal mark is a point without doubt. `tables_are`, `chosen` and `instead` as in
    `Shape`.
    """

    format: str = ""
    told: str = ""
    table: str = ""
    tables: tuple[str, ...] = ()
    header: bool = False
    numbers: tuple[int, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    # Columns in front that say where a row of several sheets stands.
    placed: int = 0
    tables_are: str = ""
    chosen: str = ""
    instead: str = ""
    # What stands around the records, each value behind its name.
    around: tuple[str, ...] = ()
    # Of a delimited text the encoding it is read in, "" to have it found; and the one a person said.
    encoding: str = ""
    letters: str = ""
    # Of what was no delimited text the encoding that was found, where others are nearly as likely, and these.
    written: str = ""
    rivals: tuple[str, ...] = ()

    def keep_beside(self, text: Path) -> None:
        """Write it down for whoever reads the text."""
        _beside(text).write_text(self.to_json(), encoding="utf-8")

    @classmethod
    def of(cls, text: Path) -> Self:
        """What was written down beside the text; an empty one where nothing was."""
        beside = _beside(text)
        return cls.from_json(beside.read_bytes()) if beside.exists() else cls()


def _beside(text: Path) -> Path:
    return text.with_name(f"{text.name}{_SUFFIX}")


def cell(text: str | bytes) -> bytes:
    """A cell as the text holds it: UTF-8 without control characters, its line breaks as vertical tabs."""
    if isinstance(text, str):
        if text.isprintable():
            return text.encode()
        text = text.encode(errors="replace")
    raw = text
    if _ODD.search(raw):
        raw = _CONTROLS.sub(b" ", _BREAKS.sub(LINE_BREAK.encode(), raw))
    return raw


class TextWriter:
    """Writes rows of cells (see `cell`) to `path` in order. Raises FeedTooLarge for too many rows, columns or bytes."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self._path = path
        self._limits = limits
        self._out = path.open("wb")
        self._lines: list[bytes] = []
        self._row = 0
        self._bytes = 0
        self._rejected = False
        self._widths: set[int] = {0}

    def write(self, row: int, cells: Sequence[bytes]) -> None:
        """Row `row` (from 1, more than the one before); rows left out are blank lines, cells end with the last filled one."""
        width = len(cells)
        while width and not cells[width - 1]:
            width -= 1
        if not width:
            return
        if row > self._limits.rows:
            raise FeedTooLarge(f"The table has more than {counted(self._limits.rows, 'row')}. Split it.")
        if width > self._limits.columns:
            raise FeedTooLarge(f"Row {row} of the table has {counted(width, 'column')}; the limit is {self._limits.columns:,}.")
        if row > self._row + 1:
            self._lines.append(b"\n" * (row - self._row - 2))
        self._row = row
        self._widths.add(width)
        self._lines.append(b"\x1f".join(cells[:width]))
        if len(self._lines) >= _FLUSH_LINES:
            self._flush()

    def _flush(self) -> None:
        if not self._lines:
            return
        text = b"\n".join(self._lines) + b"\n"
        self._lines.clear()
        self._bytes += len(text)
        if self._bytes > self._limits.plain_bytes:
            raise FeedTooLarge(f"The table has more than {counted(self._limits.plain_bytes, 'byte')} of text. Split it.")
        self._out.write(text)

    def reject(self, row: int, line: bytes) -> None:
        """A row that is none: it has a field more than the others in the end, and is told as such."""
        self.write(row, [_NO_ROW + cell(line)])
        self._rejected = True

    def close(self, header: Sequence[bytes] = ()) -> int:
        """The rows become equally wide, below the header when there is one: the rows then begin at row 2. Returns their width."""
        self._flush()
        self._out.close()
        width = max(*self._widths, len(header))
        if width > self._limits.columns:
            raise FeedTooLarge(f"The records have {width} different values; the limit is {self._limits.columns} columns.")
        if len(self._widths) > 2 or self._rejected or header:
            self._pad(width, header)
        return width

    def _pad(self, width: int, header: Sequence[bytes]) -> None:
        narrow = self._path.with_name(f"{self._path.name}.narrow")
        self._path.rename(narrow)
        with narrow.open("rb") as source, self._path.open("wb") as out:
            if header:
                source.readline()
                out.write(b"\x1f".join(header) + b"\n")
            out.writelines(_padded(source, width))
        narrow.unlink()


def _padded(lines: Iterable[bytes], width: int) -> Iterable[bytes]:
    for line in lines:
        if line.startswith(_NO_ROW):
            yield line[1:-1] + b"\x1f" * width + b"\n"
            continue
        missing = width - 1 - line.count(b"\x1f")
        yield line if missing == 0 or line == b"\n" else line[:-1] + b"\x1f" * missing + b"\n"
