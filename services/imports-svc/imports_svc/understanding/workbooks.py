"""Workbooks written by hand so that each can hold one trap: XLSX, ODS and XLSB of the same cells."""

import io
import struct
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

Value = str | int | float | bool | None


@dataclass(frozen=True)
class Cell:
    """A cell with its number format; `error` in the place of a value, `formula` with or without its result."""

    value: Value = None
    format: str = "General"
    error: str = ""
    formula: str = ""
    currency: str = ""


@dataclass
class Sheet:
    """Rows from row 1 on; None leaves a row out. `merged` such as `A1:C1`; hidden rows and columns by number from 1."""

    rows: Sequence[Sequence["Cell | Value"] | None]
    hidden: bool = False
    hidden_rows: Sequence[int] = ()
    hidden_columns: Sequence[int] = ()
    merged: Sequence[str] = ()
    dimension: str = ""
    extra: str = ""
    kinds: Mapping[str, str] = field(default_factory=dict)


Sheets = Mapping[str, "Sheet | Sequence[Sequence[Cell | Value] | None]"]


def xlsx(sheets: Sheets, *, epoch_1904: bool = False, inline: bool = False, prefix: str = "", **parts: bytes) -> bytes:
    """A workbook of XML parts. `prefix`: of the elements of sheets, as some programs write; `parts`: others, `/` as `__`."""
    made = {name: sheet if isinstance(sheet, Sheet) else Sheet(sheet) for name, sheet in sheets.items()}
    formats: list[str] = ["General"]
    texts: list[str] = []
    files = {f"xl/worksheets/sheet{at}.xml": _sheet(s, formats, texts, inline, prefix) for at, s in enumerate(made.values(), 1)}
    listed = "".join(
        f'<sheet name="{escape(name)}" sheetId="{at}" r:id="rId{at}" state="{"hidden" if s.hidden else "visible"}"/>'
        for at, (name, s) in enumerate(made.items(), 1)
    )
    related = "".join(_relation(f"rId{at}", "worksheet", f"worksheets/sheet{at}.xml") for at in range(1, len(made) + 1))
    related += _relation("rIdS", "styles", "styles.xml") + _relation("rIdT", "sharedStrings", "/xl/sharedStrings.xml")
    numbered = "".join(f'<numFmt numFmtId="{164 + at}" formatCode="{escape(code)}"/>' for at, code in enumerate(formats))
    styles = "".join(f'<xf numFmtId="{164 + at if at else 0}"/>' for at in range(len(formats)))
    files |= {
        "[Content_Types].xml": '<Types><Override PartName="/xl/workbook.xml" ContentType="spreadsheetml.main+xml"/></Types>',
        "_rels/.rels": f"<Relationships>{_relation('rId1', 'officeDocument', 'xl/workbook.xml')}</Relationships>",
        "xl/workbook.xml": f'<workbook><workbookPr date1904="{int(epoch_1904)}"/><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f"<Relationships>{related}</Relationships>",
        "xl/styles.xml": f"<styleSheet><numFmts>{numbered}</numFmts><cellStyleXfs><xf numFmtId='9'/></cellStyleXfs>"
        f"<cellXfs>{styles}</cellXfs><cellStyles/></styleSheet>",
        "xl/sharedStrings.xml": f"<sst>{''.join(f'<si><t>{escape(text)}</t></si>' for text in texts)}</sst>",
    }
    return _zip({name: text.encode() for name, text in files.items()} | {n.replace("__", "/"): data for n, data in parts.items()})


def _relation(id_: str, kind: str, target: str) -> str:
    return f'<Relationship Id="{id_}" Type="http://x/relationships/{kind}" Target="{target}"/>'


def _sheet(sheet: Sheet, formats: list[str], texts: list[str], inline: bool, prefix: str) -> str:
    p = f"{prefix}:" if prefix else ""
    rows = []
    for number, row in enumerate(sheet.rows, 1):
        if row is None:
            continue
        cells = "".join(_cell(of_cell(cell), f"{_letters(at)}{number}", formats, texts, inline, p) for at, cell in enumerate(row))
        rows.append(
            f'<{p}row r="{number}"{" hidden=" + chr(34) + "1" + chr(34) if number in sheet.hidden_rows else ""}>{cells}</{p}row>'
        )
    columns = "".join(f'<{p}col min="{at}" max="{at}" hidden="1"/>' for at in sheet.hidden_columns)
    merged = "".join(f'<{p}mergeCell ref="{place}"/>' for place in sheet.merged)
    dimension = f'<{p}dimension ref="{sheet.dimension}"/>' if sheet.dimension else ""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><{p}worksheet>{dimension}<{p}cols>{columns}</{p}cols><{p}sheetData>'
        f"{''.join(rows)}{sheet.extra}</{p}sheetData><{p}mergeCells>{merged}</{p}mergeCells></{p}worksheet>"
    )


def _cell(cell: Cell, place: str, formats: list[str], texts: list[str], inline: bool, p: str) -> str:  # noqa: PLR0911, PLR0917
    if cell.format not in formats:
        formats.append(cell.format)
    formula = f"<{p}f>{escape(cell.formula)}</{p}f>" if cell.formula else ""
    start = f'<{p}c r="{place}" s="{formats.index(cell.format)}"'
    if cell.error:
        return f'{start} t="e">{formula}<{p}v>{escape(cell.error)}</{p}v></{p}c>'
    if cell.value is None:
        return f"{start}>{formula}</{p}c>" if formula else f"{start}/>"
    if isinstance(cell.value, bool):
        return f'{start} t="b">{formula}<{p}v>{int(cell.value)}</{p}v></{p}c>'
    if not isinstance(cell.value, str):
        return f"{start}>{formula}<{p}v>{cell.value!r}</{p}v></{p}c>"
    if formula:
        return f'{start} t="str">{formula}<{p}v>{escape(cell.value)}</{p}v></{p}c>'
    if inline:
        return f'{start} t="inlineStr"><{p}is><{p}t>{escape(cell.value)}</{p}t></{p}is></{p}c>'
    texts.append(cell.value)
    return f'{start} t="s"><{p}v>{len(texts) - 1}</{p}v></{p}c>'


def ods(sheets: Sheets) -> bytes:
    """An OpenDocument spreadsheet of texts, numbers, percent and amounts, with hidden rows."""
    tables = []
    for name, given in sheets.items():
        sheet = given if isinstance(given, Sheet) else Sheet(given)
        rows = []
        for number, row in enumerate(sheet.rows, 1):
            seen = ' table:visibility="filter"' if number in sheet.hidden_rows else ""
            rows.append(f"<table:table-row{seen}>{''.join(_ods_cell(of_cell(cell)) for cell in row or ())}</table:table-row>")
        empty = '<table:table-row table:number-rows-repeated="1048000"><table:table-cell table:number-columns-repeated="1024"/>'
        style = ' table:style-name="hidden"' if sheet.hidden else ""
        tables.append(f'<table:table table:name="{escape(name)}"{style}>{"".join(rows)}{empty}</table:table-row></table:table>')
    zeros = (
        '<number:number-style style:name="N13"><number:number number:decimal-places="0" number:min-integer-digits="13"/>'
        '</number:number-style><style:style style:name="ce13" style:data-style-name="N13"/>'
        '<style:style style:name="hidden" style:family="table"><style:table-properties table:display="false"/></style:style>'
    )
    content = (
        f'<office:document-content xmlns:office="o" xmlns:table="t" xmlns:text="x" xmlns:number="n" xmlns:style="s">{zeros}'
        f"<office:body><office:spreadsheet>{''.join(tables)}</office:spreadsheet></office:body></office:document-content>"
    )
    return _zip({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": content.encode()})


def _ods_cell(cell: Cell) -> str:
    if cell.error:
        return f'<table:table-cell calcext:value-type="error" table:formula="x"><text:p>{cell.error}</text:p></table:table-cell>'
    if cell.value is None:
        return "<table:table-cell/>"
    if isinstance(cell.value, bool):
        return f'<table:table-cell office:value-type="boolean" office:boolean-value="{str(cell.value).lower()}"/>'
    if isinstance(cell.value, str):
        lines = "".join(f"<text:p>{escape(line)}</text:p>" for line in cell.value.split("\n"))
        note = "<office:annotation><text:p>a note</text:p></office:annotation>"
        return f'<table:table-cell office:value-type="string">{note}{lines}</table:table-cell>'
    style = ' table:style-name="ce13"' if cell.format == "0000000000000" else ""
    kind = "currency" if cell.currency else "percentage" if "%" in cell.format else "float"
    currency = f' office:currency="{cell.currency}"' if cell.currency else ""
    value = f'{style} office:value-type="{kind}"{currency} office:value="{cell.value!r}"'
    return f"<table:table-cell{value}><text:p>?</text:p></table:table-cell>"


def xlsb(sheets: Sheets) -> bytes:
    """A workbook of binary parts, of texts and numbers with formats."""
    formats: list[str] = ["General"]
    texts: list[str] = []
    files: dict[str, bytes] = {}
    listed = b""
    for at, (name, given) in enumerate(sheets.items(), 1):
        sheet = given if isinstance(given, Sheet) else Sheet(given)
        listed += _record(156, struct.pack("<II", int(sheet.hidden), at) + _wide(f"rId{at}") + _wide(name))
        rows = b""
        for number, row in enumerate(sheet.rows):
            flags = 0x10 if number + 1 in sheet.hidden_rows else 0
            rows += _record(0, struct.pack("<IIHBB", number, 0, 300, 0, flags) + bytes(5)) if row is not None else b""
            for column, cell in enumerate(row or ()):
                rows += _xlsb_cell(of_cell(cell), column, formats, texts)
        files[f"xl/worksheets/sheet{at}.bin"] = _record(145, b"") + rows + _record(146, b"")
    related = "".join(_relation(f"rId{at}", "worksheet", f"worksheets/sheet{at}.bin") for at in range(1, len(sheets) + 1))
    related += _relation("rIdS", "styles", "styles.bin") + _relation("rIdT", "sharedStrings", "sharedStrings.bin")
    numbered = b"".join(_record(44, struct.pack("<H", 164 + at) + _wide(code)) for at, code in enumerate(formats))
    styles = b"".join(_record(47, struct.pack("<HH", 0, 164 + at if at else 0) + bytes(12)) for at in range(len(formats)))
    return _zip(
        files
        | {
            "[Content_Types].xml": b"<Types/>",
            "_rels/.rels": f"<Relationships>{_relation('r', 'officeDocument', 'xl/workbook.bin')}</Relationships>".encode(),
            "xl/workbook.bin": _record(153, bytes(8)) + listed,
            "xl/_rels/workbook.bin.rels": f"<Relationships>{related}</Relationships>".encode(),
            "xl/styles.bin": numbered + _record(617, b"") + styles + _record(618, b""),
            "xl/sharedStrings.bin": b"".join(_record(19, b"\0" + _wide(text)) for text in texts),
        }
    )


def _xlsb_cell(cell: Cell, column: int, formats: list[str], texts: list[str]) -> bytes:
    if cell.format not in formats:
        formats.append(cell.format)
    head = struct.pack("<II", column, formats.index(cell.format))
    if cell.error:
        return _record(3, head + b"\x2a")
    if cell.value is None:
        return _record(1, head)
    if isinstance(cell.value, bool):
        return _record(4, head + bytes([cell.value]))
    if isinstance(cell.value, str):
        texts.append(cell.value)
        return _record(7, head + struct.pack("<I", len(texts) - 1))
    if isinstance(cell.value, int) and abs(cell.value) < 1 << 28:
        return _record(2, head + struct.pack("<i", cell.value << 2 | 2))
    return _record(5, head + struct.pack("<d", cell.value))


def _record(kind: int, data: bytes) -> bytes:
    head = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    length, size = b"", len(data)
    while True:
        length += bytes([size & 0x7F | (0x80 if size > 0x7F else 0)])
        size >>= 7
        if not size:
            return head + length + data


def _wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def of_cell(cell: Cell | Value) -> Cell:
    """A value as a cell."""
    return cell if isinstance(cell, Cell) else Cell(cell)


def _letters(at: int) -> str:
    return chr(65 + at) if at < 26 else _letters(at // 26 - 1) + chr(65 + at % 26)


def _zip(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()
