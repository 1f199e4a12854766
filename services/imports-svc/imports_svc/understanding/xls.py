"""Workbooks of Excel 97 to 2003 (BIFF8 in an OLE container), as far as lists need them."""

import struct

from imports_svc.understanding.workbooks import Cell, Sheet, Sheets, of_cell

_SECTOR = 512
_END, _FREE, _FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
# Smaller streams would stand in a container within the container.
_LEAST = 4096
_ERRORS = {"#N/A": 42, "#REF!": 23, "#VALUE!": 15, "#DIV/0!": 7, "#NAME?": 29}


def xls(sheets: Sheets, *, epoch_1904: bool = False) -> bytes:
    """A workbook of texts, numbers with formats and errors; formulas keep their results only."""
    made = {name: sheet if isinstance(sheet, Sheet) else Sheet(sheet) for name, sheet in sheets.items()}
    formats: list[str] = ["General"]
    bodies = [_sheet(sheet, formats) for sheet in made.values()]
    fonts = b"".join(
        _record(0x31, struct.pack("<HHHHHBBBB", 200, 0, 0x7FFF, 400, 0, 0, 0, 0, 0) + _short("Arial")) for _ in "12345"
    )
    named = b"".join(_record(0x41E, struct.pack("<H", 164 + at) + _long(code)) for at, code in enumerate(formats))
    styles = b"".join(_record(0xE0, struct.pack("<HHH", 0, 164 + at, 1) + bytes(14)) for at in range(len(formats)))
    head = _begin(5) + _record(0x42, b"\xb0\x04") + _record(0x22, struct.pack("<H", epoch_1904)) + fonts + named + styles
    listed = sum(len(_record(0x85, bytes(6) + _short(name))) for name in made)
    offset = len(head) + listed + len(_record(0x0A, b""))
    names = b""
    for (name, sheet), body in zip(made.items(), bodies, strict=True):
        names += _record(0x85, struct.pack("<IBB", offset, int(sheet.hidden), 0) + _short(name))
        offset += len(body)
    return _container(head + names + _record(0x0A, b"") + b"".join(bodies))


def _sheet(sheet: Sheet, formats: list[str]) -> bytes:
    columns = b"".join(_record(0x7D, struct.pack("<HHHHHH", at - 1, at - 1, 2560, 0, 1, 0)) for at in sheet.hidden_columns)
    rows, cells = b"", b""
    for number, row in enumerate(sheet.rows):
        if row is None:
            continue
        options = 0x20 if number + 1 in sheet.hidden_rows else 0
        rows += _record(0x208, struct.pack("<HHHHHHI", number, 0, len(row), 255, 0, 0, options))
        cells += b"".join(_cell(of_cell(cell), number, at, formats) for at, cell in enumerate(row))
    merged = [_range(place) for place in sheet.merged]
    ranges = _record(0xE5, struct.pack("<H", len(merged)) + b"".join(merged)) if merged else b""
    return _begin(0x10) + columns + rows + cells + ranges + _record(0x0A, b"")


def _cell(cell: Cell, row: int, column: int, formats: list[str]) -> bytes:
    if cell.format not in formats:
        formats.append(cell.format)
    place = struct.pack("<HHH", row, column, formats.index(cell.format))
    if cell.error:
        return _record(0x205, place + bytes([_ERRORS[cell.error], 1]))
    if cell.value is None or cell.value == "":
        return b""
    if isinstance(cell.value, bool):
        return _record(0x205, place + bytes([cell.value, 0]))
    if isinstance(cell.value, str):
        return _record(0x204, place + _long(cell.value))
    return _record(0x203, place + struct.pack("<d", cell.value))


def _range(place: str) -> bytes:
    first, _, last = place.partition(":")
    (top, left), (bottom, right) = (_place(one) for one in (first, last))
    return struct.pack("<HHHH", top, bottom, left, right)


def _place(name: str) -> tuple[int, int]:
    letters = name.rstrip("0123456789")
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return int(name[len(letters) :]) - 1, column - 1


def _begin(kind: int) -> bytes:
    return _record(0x809, struct.pack("<HHHHII", 0x600, kind, 0x0DBB, 0x07CC, 0, 6))


def _record(kind: int, data: bytes) -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def _short(text: str) -> bytes:
    return bytes([len(text.encode("utf-16-le")) // 2, 1]) + text.encode("utf-16-le")


def _long(text: str) -> bytes:
    raw = text.encode("utf-16-le")
    return struct.pack("<HB", len(raw) // 2, 1) + raw


def _container(stream: bytes) -> bytes:
    """The stream in sectors behind the directory, the table of sectors in front."""
    stream = stream.ljust(_LEAST, b"\0")
    count = -(-len(stream) // _SECTOR)
    tables = -(-(count + 1) // (_SECTOR // 4 - 1))
    chain = [*([_FAT] * tables), _END, *(tables + 2 + at for at in range(count - 1)), _END]
    chain += [_FREE] * (tables * _SECTOR // 4 - len(chain))
    listed = [*range(tables), *([_FREE] * (109 - tables))]
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<IIIIIIIII", 0, tables, tables, 0, _LEAST, _END, 0, _END, 0) + struct.pack("<109I", *listed)
    directory = _entry("Root Entry", 5, _END, 0, child=1) + _entry("Workbook", 2, tables + 1, len(stream))
    fat = struct.pack(f"<{len(chain)}I", *chain)
    return head + fat + directory.ljust(_SECTOR, b"\0") + stream.ljust(count * _SECTOR, b"\0")


def _entry(name: str, kind: int, start: int, size: int, child: int = _FREE) -> bytes:
    raw = name.encode("utf-16-le")
    said = raw.ljust(64, b"\0") + struct.pack("<HBBIII", len(raw) + 2, kind, 1, _FREE, _FREE, child)
    return said + bytes(36) + struct.pack("<III", start, size, 0)
