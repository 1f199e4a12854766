"""A draft as a workbook: its cells as spreadsheets type them, in one of the formats."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import escape

from imports_svc.understanding.draft import Draft, Line
from imports_svc.understanding.workbooks import Cell, Sheet, Sheets, Value, ods, of_cell, xlsb, xlsx
from imports_svc.understanding.xls import xls

Row = list[Cell | Value]
Grid = list[Row | None]
_WRITERS: dict[str, Callable[[Sheets], bytes]] = {"xlsx": xlsx, "ods": ods, "xlsb": xlsb, "xls": xls}


@dataclass
class Book:
    """How a draft becomes a workbook. `typed`: number formats by field, of columns whose numbers are typed as numbers.

    `cells`: what stands in place of a cell, by the number of its article and its field; `merged`: fields whose equal values below
    one another are one cell. `before` and `behind` are other sheets. `extra`: what only XLSX knows, by argument.
    """

    kind: str
    typed: dict[str, str] = field(default_factory=dict)
    cells: dict[tuple[int, str], Cell] = field(default_factory=dict)
    merged: tuple[str, ...] = ()
    hidden_articles: tuple[int, ...] = ()
    hidden_columns: tuple[int, ...] = ()
    ranges: list[str] = field(default_factory=list)
    dimension: str = ""
    name: str = "Preise"
    before: dict[str, Sheet | Grid] = field(default_factory=dict)
    behind: dict[str, Sheet | Grid] = field(default_factory=dict)
    epoch_1904: bool = False
    extra: Mapping[str, bool | str] = field(default_factory=dict)

    def written(self, draft: Draft) -> bytes:
        """The bytes."""
        sheet = self.sheet(draft)
        sheets = {**self.before, self.name: sheet, **self.behind}
        if self.kind == "xlsx":
            return xlsx(sheets, epoch_1904=self.epoch_1904, **self.extra)  # type: ignore[arg-type]
        if self.kind == "xls":
            return xls(sheets, epoch_1904=self.epoch_1904)
        if self.kind in _WRITERS:
            return _WRITERS[self.kind](sheets)
        return (html_table if self.kind == "html" else xml_2003)(sheet)

    def sheet(self, draft: Draft) -> Sheet:
        """The sheet of the list."""
        articles = {id(row): number for number, row in enumerate(draft.rows)}
        grid: Grid = []
        places: dict[int, int] = {}
        for line in draft.lines():
            number = articles.get(id(line))
            if number is not None:
                places[number] = len(grid) + 1
            grid.append(self._row(draft, line, number))
        merged = [*self.ranges, *self._merge(draft, grid, places)]
        hidden = [places[number] for number in self.hidden_articles]
        return Sheet(grid, hidden_rows=hidden, hidden_columns=self.hidden_columns, merged=merged, dimension=self.dimension)

    def _row(self, draft: Draft, line: Line, number: int | None) -> Row | None:
        cells = line.split(draft.delimiter) if isinstance(line, str) else line
        if not any(cells):
            return None
        if len(cells) != len(draft.fields):
            return list(cells)
        return [
            self.cells.get((-1 if number is None else number, name)) or self._cell(name, cell)
            for name, cell in zip(draft.fields, cells, strict=True)
        ]

    def _cell(self, name: str, text: str) -> Cell | Value:
        if name not in self.typed or not text.replace(".", "", 1).isdigit() or not text.isascii():
            return text or None
        return Cell(float(text) if "." in text else int(text), self.typed[name])

    def _merge(self, draft: Draft, grid: Grid, places: dict[int, int]) -> list[str]:
        """Ranges of equal cells below one another, of which only the first keeps its value."""
        found = []
        for name in self.merged:
            at = draft.at(name)
            first = 0
            for number in range(1, len(draft.rows) + 1):
                here = places.get(number, 0)
                if here == places[first] + number - first and draft.rows[number][at] == draft.rows[first][at]:
                    row = grid[here - 1]
                    assert row is not None, "articles are rows"
                    row[at] = None
                    continue
                if number - first > 1:
                    found.append(f"{chr(65 + at)}{places[first]}:{chr(65 + at)}{places[number - 1]}")
                first = number
        return found


def html_table(sheet: Sheet) -> bytes:
    """A page with a table, as programs write that call it .xls."""
    rows = "".join(f"<tr>{''.join(f'<td>{_said(cell)}</td>' for cell in row or ())}</tr>\n" for row in sheet.rows)
    head = '<html xmlns:x="urn:schemas-microsoft-com:office:excel"><head><meta charset="utf-8"></head><body><table border=1>'
    return f"{head}\n{rows}</table></body></html>".encode()


def xml_2003(sheet: Sheet) -> bytes:
    """Excel's XML of 2003."""
    formats: list[str] = []
    rows = []
    for number, row in enumerate(sheet.rows, 1):
        cells = ""
        for at, given in enumerate(row or (), 1):
            cell = of_cell(given)
            if cell.value is None:
                continue
            if cell.format not in formats:
                formats.append(cell.format)
            kind = "String" if isinstance(cell.value, str) else "Number"
            style = f's{formats.index(cell.format)}" ss:Index="{at}'
            cells += f'<Cell ss:StyleID="{style}"><Data ss:Type="{kind}">{_said(given)}</Data></Cell>'
        if cells:
            rows.append(f'<Row ss:Index="{number}">{cells}</Row>')
    styles = "".join(
        f'<Style ss:ID="s{at}"><NumberFormat ss:Format="{escape(code)}"/></Style>' for at, code in enumerate(formats)
    )
    names = 'xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"'
    head = f'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook {names}><Styles>{styles}</Styles>'
    return f'{head}<Worksheet ss:Name="Preise"><Table>{"".join(rows)}</Table></Worksheet></Workbook>'.encode()


def _said(given: Cell | Value) -> str:
    value = of_cell(given).value
    return "" if value is None else escape(str(value)).replace("\n", "<br>" if "<" in str(value) else " ")
