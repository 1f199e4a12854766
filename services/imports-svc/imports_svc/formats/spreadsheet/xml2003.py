"""Excel's XML of 2003 ("XML Spreadsheet"), which programs still write and call .xls."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from imports_svc.feeds.errors import FileDamaged
from imports_svc.feeds.model import Limits
from imports_svc.formats.converted import cell
from imports_svc.formats.spreadsheet.cells import Numbers
from imports_svc.formats.spreadsheet.numbers import Format, read_format
from imports_svc.formats.spreadsheet.sheet_xml import MOST_COLUMNS, following, put
from imports_svc.formats.spreadsheet.workbook import Notes, Rows, Sheet, column_name
from imports_svc.formats.xml import fed, local, new_parser, parse, pieces

NAMESPACE = b"urn:schemas-microsoft-com:office:spreadsheet"
_NAMED = {
    "Short Date": "yyyy-mm-dd", "General Date": "yyyy-mm-dd", "Long Date": "yyyy-mm-dd", "Medium Date": "yyyy-mm-dd",
    "Percent": "0.00%", "Currency": "0.00", "Euro Currency": '0.00 "€"', "Fixed": "0.00", "Standard": "0.00",
}  # fmt: skip


class Xml2003:
    """A workbook in one XML file."""

    kind = "XML Spreadsheet 2003"

    def __init__(self, path: Path, limits: Limits) -> None:
        self._path = path
        self._limits = limits
        self._styles: dict[str, Format] = {}
        self.sheets: Sequence[Sheet] = self._looked()

    def close(self) -> None:
        """Nothing is open."""

    def rows(self, sheet: Sheet, notes: Notes) -> Rows:
        """See `Workbook`. Raises FileDamaged."""
        reader = _Reader(int(sheet.part), self._styles, notes)
        for _ in fed(reader.parser, self._pieces(), self.kind):
            yield from reader.take()

    def _pieces(self) -> Iterator[bytes]:
        with self._path.open("rb") as source:
            yield from pieces(source, self._path.stat().st_size, self._limits)

    def _looked(self) -> list[Sheet]:
        found: list[Sheet] = []
        current = ""

        def sheet(given: dict[str, str]) -> None:
            name = _said(given, "Name")
            found.append(Sheet(name, part=str(len(found))))

        def style(given: dict[str, str]) -> None:
            nonlocal current
            current = _said(given, "ID")

        def number_format(given: dict[str, str]) -> None:
            code = _said(given, "Format")
            self._styles[current] = read_format(_NAMED.get(code, code))

        parse(self._pieces(), {"Worksheet": sheet, "Style": style, "NumberFormat": number_format}, self.kind)
        return found


class _Reader:
    def __init__(self, number: int, styles: dict[str, Format], notes: Notes) -> None:
        self._left = number + 1
        self._names = list(styles)
        self._notes = notes
        self._numbers = Numbers(list(styles.values()), notes, epoch_1904=False)
        self._done: list[tuple[int, list[bytes]]] = []
        self._row_no = 0
        self._at = -1
        self._row: list[bytes] = []
        self._style = -1
        self._row_style = ""
        self._type = ""
        self._down: dict[int, tuple[int, bytes]] = {}
        self._across = self._deep = 0
        self._said: list[str] = []
        self.parser = new_parser()
        self.parser.StartElementHandler, self.parser.EndElementHandler = self._start, self._end

    def take(self) -> list[tuple[int, list[bytes]]]:
        done, self._done = self._done, []
        return done

    def _start(self, name: str, given: dict[str, str]) -> None:
        kind = local(name)
        if kind == "Worksheet":
            self._left -= 1
        elif self._left:
            return
        elif kind == "Row":
            self._row_no = following(_place(given, self._row_no + 1), self._row_no)
            self._row, self._at = [], -1
            self._row_style = _said(given, "StyleID")
            if _said(given, "Hidden") == "1":
                self._notes.note("hidden_rows", str(self._row_no))
        elif kind == "Cell":
            self._at = _place(given, self._at + 2) - 1
            style = _said(given, "StyleID") or self._row_style
            self._style = self._names.index(style) if style in self._names else -1
            self._across, self._deep = (_number(_said(given, name)) for name in ("MergeAcross", "MergeDown"))
        elif kind == "Data":
            self._type = _said(given, "Type")
            self._said.clear()
            self.parser.CharacterDataHandler = self._said.append

    def _end(self, name: str) -> None:
        kind = local(name)
        if self._left:
            return
        if kind == "Worksheet":
            self._left = -1
        elif kind == "Data":
            self.parser.CharacterDataHandler = None
            if value := self._value("".join(self._said)):
                put(self._row, self._at, value)
                if self._deep and not self._across:
                    self._notes.note("merged_cells", self._where())
                    self._down[self._at] = (self._row_no + self._deep, value)
        elif kind == "Cell":
            self._at += self._across
        elif kind == "Row":
            for column, (last, value) in self._down.items():
                if self._row_no <= last and (column >= len(self._row) or not self._row[column]):
                    put(self._row, column, value)
            if self._row:
                self._done.append((self._row_no, self._row))

    def _value(self, text: str) -> bytes:
        if self._type == "Number":
            return self._numbers.seen(self._style, text.strip().encode(), self._where)
        if self._type == "Error":
            self._notes.note("error_cells", f"{self._where()} {text}")
            return b""
        if self._type == "DateTime":
            self._notes.date(self._where())
            return cell(text.replace("T", " ").removesuffix(".000").removesuffix(" 00:00:00"))
        if self._type == "Boolean":
            return b"TRUE" if text.strip() == "1" else b"FALSE"
        said = cell(text)
        self._notes.text(self._at, said)
        return said

    def _where(self) -> str:
        return f"{column_name(self._at)}{self._row_no}"


def _said(given: dict[str, str], name: str) -> str:
    return next((value for key, value in given.items() if local(key) == name), "")


def _number(said: str) -> int:
    return int(said) if said.isdigit() and len(said) < 8 else 0


def _place(given: dict[str, str], usual: int) -> int:
    place = _number(_said(given, "Index")) or usual
    if place > 20_000_000 or (usual < MOST_COLUMNS < place and "Index" not in str(given)):
        raise FileDamaged(f"The workbook is damaged: a row or cell is at {place}. Save it again and send it.")
    return place
