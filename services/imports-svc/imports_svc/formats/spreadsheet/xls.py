"""XLS (Excel 2 to 2003), by xlrd, which alone of the readers keeps number formats."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import xlrd

from imports_svc.feeds.errors import FeedTooLarge, FileDamaged, PasswordProtected, UnsupportedFormat
from imports_svc.feeds.model import Limits
from imports_svc.formats.converted import cell
from imports_svc.formats.kinds import OLE
from imports_svc.formats.spreadsheet.cells import Numbers
from imports_svc.formats.spreadsheet.numbers import Format, read_format
from imports_svc.formats.spreadsheet.workbook import Merged, Notes, Range, Rows, Sheet, column_name

# A workbook of this kind has at most 65,536 rows in a sheet.
_MOST_BYTES = 200_000_000
_ERRORS = xlrd.error_text_from_code


class Xls:
    """A workbook of records, most often in an OLE container."""

    kind = "XLS"

    def __init__(self, path: Path, limits: Limits) -> None:
        _check(path)
        try:
            self._book = xlrd.open_workbook(str(path), logfile=io.StringIO(), formatting_info=True, on_demand=True)
        except xlrd.XLRDError as error:
            raise _refusal(str(error)) from error
        except Exception as error:
            raise _damaged(error) from error
        self._formats = [self._format(style) for style in self._book.xf_list]
        self.sheets: Sequence[Sheet] = [
            Sheet(name, bool(self._book._sheet_visibility[at]), str(at)) for at, name in enumerate(self._book.sheet_names())
        ]

    def close(self) -> None:
        """Let go of the file."""
        self._book.release_resources()

    def rows(self, sheet: Sheet, notes: Notes) -> Rows:
        """See `Workbook`. Raises FileDamaged."""
        try:
            table = self._book.sheet_by_index(int(sheet.part))
        except Exception as error:
            raise _damaged(error) from error
        yield from self._rows(table, notes)
        self._book.unload_sheet(int(sheet.part))

    def _rows(self, table: Any, notes: Notes) -> Rows:
        numbers = Numbers(self._formats, notes, epoch_1904=bool(self._book.datemode))
        notes.hidden_columns += [column_name(at) for at, info in sorted(table.colinfo_map.items()) if info.hidden]
        ranges = [Range(first + 1, last, left, right - 1) for first, last, left, right in table.merged_cells]
        yield from Merged(ranges, table.ncols, notes).filled(self._plain_rows(table, numbers, notes))

    def _plain_rows(self, table: Any, numbers: Numbers, notes: Notes) -> Rows:
        for at in range(table.nrows):
            info = table.rowinfo_map.get(at)
            row = [self._cell(numbers, notes, typed, at, column) for column, typed in enumerate(table.row(at))]
            if info is not None and info.hidden and any(row):
                notes.note("hidden_rows", str(at + 1))
            if any(row):
                yield at + 1, row

    def _cell(self, numbers: Numbers, notes: Notes, typed: Any, row: int, column: int) -> bytes:
        kind, value = typed.ctype, typed.value
        if kind in (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK):
            return b""
        if kind == xlrd.XL_CELL_TEXT:
            text = cell(value)
            notes.text(column, text)
            return text
        if kind == xlrd.XL_CELL_BOOLEAN:
            return b"TRUE" if value else b"FALSE"

        def where() -> str:
            return f"{column_name(column)}{row + 1}"

        if kind == xlrd.XL_CELL_ERROR:
            notes.note("error_cells", f"{where()} {_ERRORS.get(value, '#ERROR')}")
            return b""
        number = str(int(value)) if abs(value) < 1e15 and value == int(value) else repr(value)
        return numbers.seen(typed.xf_index or 0, number.encode(), where)

    def _format(self, style: Any) -> Format:
        found = self._book.format_map.get(style.format_key)
        return read_format(found.format_str if found is not None else "General")


def _check(path: Path) -> None:
    if path.stat().st_size > _MOST_BYTES:
        raise FeedTooLarge(f"The XLS workbook has more than {_MOST_BYTES // 1_000_000} MB. Save it as XLSX or CSV.")
    content = path.read_bytes()
    if content.startswith(OLE):
        # Names of streams in any case: some programs shout.
        content = content.lower()
        if _utf16("EncryptedPackage") in content:
            raise PasswordProtected("The workbook is password-protected. Save it without a password and send it again.")
        if _utf16("Workbook") not in content and _utf16("Book") not in content:
            kinds = {
                "WordDocument": "a Word document",
                "PowerPoint Document": "a PowerPoint presentation",
                "__substg1.0_": "a mail",
            }
            name = next(
                (said for stream, said in kinds.items() if _utf16(stream) in content), "an OLE document that is no workbook"
            )
            raise UnsupportedFormat(f"The file is {name}, not a list of products. Export it as CSV, Excel, XML or JSON.")


def _utf16(text: str) -> bytes:
    return text.lower().encode("utf-16-le")


def _refusal(said: str) -> Exception:
    if "encrypt" in said.lower() or "password" in said.lower():
        return PasswordProtected("The XLS workbook is password-protected. Save it without a password and send it again.")
    return FileDamaged(f"The XLS workbook is damaged or was cut short ({said[:200]}). Open it, save it again and send it.")


def _damaged(error: Exception) -> FileDamaged:
    why = f"{type(error).__name__}: {error}"[:200].rstrip(": ")
    return FileDamaged(f"The XLS workbook is damaged or was cut short ({why}). Open it, save it again and send it.")
