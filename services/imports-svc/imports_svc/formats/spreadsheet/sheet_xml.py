"""The rows of one sheet of an XLSX workbook as its XML streams by, whoever wrote it; what most write is read by `sheet_text`."""

from collections.abc import Iterable

from imports_svc.feeds.errors import FileDamaged
from imports_svc.formats.spreadsheet.cells import Cells
from imports_svc.formats.spreadsheet.workbook import Notes, Rows, column_index, column_name
from imports_svc.formats.xml import fed, local, new_parser

MOST_COLUMNS = 16_384
_YES = ("1", "true")


class SheetParser:
    """Reads one sheet, or rows of it behind row `row_no`."""

    def __init__(self, cells: Cells, row_no: int = 0) -> None:
        self.row_no = row_no
        self._cells = cells
        self._columns: dict[str, int] = {}
        self._done: list[tuple[int, list[bytes]]] = []
        self._parser = new_parser()
        self._parser.StartElementHandler, self._parser.EndElementHandler = self._start, self._end
        self._kinds: dict[str, str] = {}
        self._row: list[bytes] = []
        self._at = -1
        self._said: list[str] = []
        self._type = ""
        self._style = 0
        self._formula = False
        self._phonetic = False

    def rows(self, text: Iterable[bytes]) -> Rows:
        """Rows with their number, in order. Raises FileDamaged."""
        for _ in fed(self._parser, text, "workbook"):
            done, self._done = self._done, []
            yield from done

    def _start(self, name: str, given: dict[str, str]) -> None:
        kind = self._kinds.get(name) or self._kinds.setdefault(name, local(name))
        if kind == "c":
            self._begin(given)
        elif (kind == "v" and self._type != "inlineStr") or (kind == "t" and not self._phonetic and self._type == "inlineStr"):
            self._parser.CharacterDataHandler = self._said.append
        elif kind == "f":
            self._formula = True
        elif kind == "row":
            self._begin_row(given)
        elif kind == "rPh":
            self._phonetic = True
        elif kind == "col" and given.get("hidden", "0") in _YES:
            hide(self._cells, given.get("min", ""), given.get("max", ""))

    def _begin_row(self, given: dict[str, str]) -> None:
        number = given.get("r", "")
        self.row_no = following(int(number) if number.isdigit() else self.row_no + 1, self.row_no)
        if given.get("hidden", "0") in _YES:
            self._cells.notes.note("hidden_rows", str(self.row_no))
        self._row, self._at = [], -1

    def _begin(self, given: dict[str, str]) -> None:
        where = given.get("r", "")
        self._type = given.get("t", "n")
        style = given.get("s", "")
        self._style = int(style) if style.isdigit() else 0
        letters = where.rstrip("0123456789")
        if letters:
            at = self._columns.get(letters)
            if at is None:
                at = self._columns[letters] = column_of(letters)
            self._at = at
        else:
            self._at += 1

    def _end(self, name: str) -> None:
        kind = self._kinds[name]
        if kind in ("v", "t"):
            self._parser.CharacterDataHandler = None
        elif kind == "c":
            self._end_cell()
        elif kind == "row":
            if self._row:
                self._done.append((self.row_no, self._row))
        elif kind == "rPh":
            self._phonetic = False

    def _end_cell(self) -> None:
        text = "".join(self._said)
        self._said.clear()
        formula, self._formula = self._formula, False
        if text:
            if value := self._cells.value(self._type, self._style, text, self._where):
                put(self._row, self._at, value)
                if self._type not in ("n", "b"):
                    self._cells.notes.text(self._at, value)
        elif formula and self._type != "str":
            self._cells.notes.note("formula_without_result", self._where())

    def _where(self) -> str:
        return f"{column_name(self._at)}{self.row_no}"


def put(row: list[bytes], at: int, value: bytes) -> None:
    """Set a cell; those left out before it are empty."""
    if at > len(row):
        row += [b""] * (at - len(row))
    if at == len(row):
        row.append(value)
    else:
        row[at] = value


def following(row_no: int, before: int) -> int:
    """The number of a row behind `before`. Raises FileDamaged."""
    if row_no <= before:
        raise FileDamaged(f"The sheet's row {row_no} stands behind its row {before}: the workbook is damaged. Save it again.")
    return row_no


def column_of(letters: str) -> int:
    """The column of these letters. Raises FileDamaged."""
    at = column_index(letters.upper()) if letters.isascii() and letters.isalpha() and len(letters) <= 3 else -1
    if not 0 <= at < MOST_COLUMNS:
        raise FileDamaged(
            f"A cell of the sheet is in column {letters!r}, which there is not: the workbook is damaged. Save it again."
        )
    return at


def hide(cells: Cells, first: str, last: str) -> None:
    """Note columns that are hidden, by their numbers from 1 as written."""
    if first.isdigit() and last.isdigit():
        hide_columns(cells.notes, int(first), int(last))


def hide_columns(notes: Notes, first: int, last: int) -> None:
    """Note columns that are hidden, by their numbers from 1; all behind the list are no columns of it."""
    if last < MOST_COLUMNS:
        notes.hidden_columns += [column_name(at - 1) for at in range(first, last + 1)]
