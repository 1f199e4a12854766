"""XLSB: the same workbook as XLSX, its parts written as binary records (MS-XLSB)."""

import struct
import zipfile
from collections.abc import Iterator, Sequence

from imports_svc.feeds.errors import FeedTooLarge, FileDamaged
from imports_svc.feeds.model import Limits
from imports_svc.formats.converted import cell
from imports_svc.formats.spreadsheet.cells import Numbers
from imports_svc.formats.spreadsheet.numbers import GENERAL, Format, built_in, read_format
from imports_svc.formats.spreadsheet.package import Package
from imports_svc.formats.spreadsheet.sheet_xml import MOST_COLUMNS, following, hide_columns, put
from imports_svc.formats.spreadsheet.workbook import MOST_MERGED, Merged, Notes, Range, Rows, Sheet, column_name

_ROW, _BLANK, _RK, _ERROR, _BOOL, _REAL, _TEXT, _SHARED = 0, 1, 2, 3, 4, 5, 6, 7
_FORMULA_TEXT, _FORMULA_REAL, _FORMULA_BOOL, _FORMULA_ERROR, _RICH = 8, 9, 10, 11, 62
_SHARED_ITEM, _FORMAT, _STYLE, _COLUMNS, _PROPERTIES, _SHEET, _MERGED = 19, 44, 47, 60, 153, 156, 176
_STYLES_BEGIN, _STYLES_END, _DATA_END = 617, 618, 146
_HIDDEN_ROW = 0x10
_MOST_ROWS = 1_048_576
_ERRORS = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A", 43: "#GETTING_DATA"}
_MOST_TEXT = 800_000_000

Record = tuple[int, bytes]


class Xlsb:
    """A workbook of binary parts in a zip archive."""

    kind = "XLSB"

    def __init__(self, archive: zipfile.ZipFile, limits: Limits) -> None:
        self._package = Package(archive, limits, self.kind)
        self._epoch_1904 = False
        self.sheets: Sequence[Sheet] = self._sheets()
        self._texts: list[bytes] | None = None
        self._formats = self._styles()

    def close(self) -> None:
        """Let go of the file."""
        self._package.close()

    def rows(self, sheet: Sheet, notes: Notes) -> Rows:
        """See `Workbook`. Raises FeedTooLarge, FileDamaged."""
        if self._texts is None:
            self._texts = list(self._shared())
        ranges: list[Range] = []
        width = 0
        for kind, data in self._records(sheet.part):
            if kind == _MERGED:
                first, last, left, right = struct.unpack_from("<4I", data)
                ranges.append(Range(first + 1, last + 1, left, right))
                if len(ranges) > MOST_MERGED:
                    raise FeedTooLarge(
                        f"The sheet has more than {MOST_MERGED:,} merged ranges. Undo the merging and send it again."
                    )
            elif _BLANK <= kind <= _FORMULA_ERROR:
                width = max(width, int.from_bytes(data[:4], "little") + 1)
        yield from Merged(ranges, width, notes).filled(self._rows(sheet, notes, self._texts))

    def _rows(self, sheet: Sheet, notes: Notes, texts: list[bytes]) -> Rows:
        cells = _Cells(Numbers(self._formats, notes, epoch_1904=self._epoch_1904), notes, texts)
        row: list[bytes] = []
        for kind, data in self._records(sheet.part):
            if kind == _ROW:
                if row:
                    yield cells.row_no, row
                row = []
                cells.row_no = following(min(int.from_bytes(data[:4], "little") + 1, _MOST_ROWS + 1), cells.row_no)
                if data[11] & _HIDDEN_ROW:
                    notes.note("hidden_rows", str(cells.row_no))
            elif _BLANK < kind <= _FORMULA_ERROR or kind == _RICH:
                if seen := cells.value(kind, data):
                    put(row, cells.at, seen)
            elif kind == _COLUMNS:
                first, last = struct.unpack_from("<II", data)
                if data[16] & 1:
                    hide_columns(notes, first + 1, last + 1)
            elif kind == _DATA_END:
                break
        if row:
            yield cells.row_no, row

    def _records(self, part: str) -> Iterator[Record]:
        if not self._package.has(part):
            return
        with self._package.part(part) as pieces:
            rest = b""
            for piece in pieces:
                data = rest + piece
                at = 0
                while (found := _record(data, at)) is not None:
                    kind, start, at = found
                    yield kind, data[start:at]
                rest = data[at:]
        if rest:
            raise FileDamaged("The XLSB workbook is damaged: a part of it ends in the middle. Save it again and send it.")

    def _sheets(self) -> list[Sheet]:
        found: list[Sheet] = []
        for kind, data in self._records(self._package.main):
            if kind == _PROPERTIES:
                self._epoch_1904 = bool(data[0] & 1)
            elif kind == _SHEET:
                id_, at = _wide(data, 8)
                name, _ = _wide(data, at)
                if part := self._package.sheet(id_):
                    found.append(Sheet(name, data[0] != 0, part))
        return found

    def _styles(self) -> list[Format]:
        codes: dict[int, str] = {}
        found: list[Format] = []
        inside = False
        for kind, data in self._records(self._package.related("styles")):
            if kind == _FORMAT:
                codes[int.from_bytes(data[:2], "little")] = _wide(data, 2)[0]
            elif kind in (_STYLES_BEGIN, _STYLES_END):
                inside = kind == _STYLES_BEGIN
            elif kind == _STYLE and inside:
                number = int.from_bytes(data[2:4], "little")
                found.append(read_format(codes[number] if number in codes else built_in(number)))
        return found or [GENERAL]

    def _shared(self) -> Iterator[bytes]:
        taken = 0
        for kind, data in self._records(self._package.related("sharedStrings")):
            if kind == _SHARED_ITEM:
                text = cell(_wide(data, 1)[0])
                taken += len(text) + 41
                if taken > _MOST_TEXT:
                    raise FeedTooLarge("The workbook holds too many different texts. Export it as CSV, or split it.")
                yield text


class _Cells:
    """The cells of a sheet; `row_no` and `at` say where the last one is."""

    def __init__(self, numbers: Numbers, notes: Notes, texts: list[bytes]) -> None:
        self.row_no = self.at = 0
        self._numbers = numbers
        self._notes = notes
        self._texts = texts

    def value(self, kind: int, data: bytes) -> bytes:
        """The cell of a record. Raises FileDamaged."""
        self.at, style = struct.unpack_from("<II", data)
        if self.at >= MOST_COLUMNS:
            raise FileDamaged("The XLSB workbook is damaged: a cell is in no column. Save it again and send it.")
        if kind in (_SHARED, _TEXT, _FORMULA_TEXT, _RICH):
            text = self._text(kind, data[8:])
            self._notes.text(self.at, text)
            return text
        if kind in (_BOOL, _FORMULA_BOOL):
            return b"TRUE" if data[8] else b"FALSE"
        if kind in (_ERROR, _FORMULA_ERROR):
            self._notes.note("error_cells", f"{self._where()} {_ERRORS.get(data[8], '#ERROR')}")
            return b""
        value: float = _compressed(data[8:]) if kind == _RK else struct.unpack_from("<d", data, 8)[0]
        text = (str(int(value)) if abs(value) < 1e15 and value == int(value) else repr(value)).encode()
        return self._numbers.seen(style & 0xFFFFFF, text, self._where)

    def _text(self, kind: int, data: bytes) -> bytes:
        if kind == _SHARED:
            return self._texts[int.from_bytes(data[:4], "little")]
        return cell(_wide(data, 1 if kind == _RICH else 0)[0])

    def _where(self) -> str:
        return f"{column_name(self.at)}{self.row_no}"


def _record(data: bytes, at: int) -> tuple[int, int, int] | None:
    """Kind of the record that begins here, where its content begins and ends; None while it is not all there."""
    size = len(data)
    if at + 2 > size:
        return None
    kind = data[at]
    at += 1
    if kind & 0x80:
        kind = (kind & 0x7F) | (data[at] & 0x7F) << 7
        at += 1
    length = shift = 0
    for _ in range(4):
        if at >= size:
            return None
        byte = data[at]
        at += 1
        length |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            break
    return (kind, at, at + length) if at + length <= size else None


def _wide(data: bytes, at: int) -> tuple[str, int]:
    """A text with its length in front, and where it ends."""
    length = int.from_bytes(data[at : at + 4], "little")
    if length == 0xFFFFFFFF:
        return "", at + 4
    end = at + 4 + 2 * length
    if end > len(data):
        raise FileDamaged("The XLSB workbook is damaged: a text ends behind its record. Save it again and send it.")
    return data[at + 4 : end].decode("utf-16-le", errors="replace"), end


def _compressed(data: bytes) -> float:
    """A number in four bytes: a whole one, or the first half of a double, either by a hundred."""
    number = int.from_bytes(data[:4], "little", signed=True)
    value: float = float(number >> 2) if number & 2 else struct.unpack("<d", b"\0\0\0\0" + struct.pack("<i", number & ~3))[0]
    return value / 100 if number & 1 else value
