"""The rows of an XLSX sheet by patterns: twice as fast as a parser, for how spreadsheet programs write them.

A piece counts as read only when all of its markup was in the patterns; any other is given to the parser (`sheet_xml`).
"""

import re
from collections.abc import Iterable, Iterator
from itertools import chain

from imports_svc.feeds.errors import FileDamaged
from imports_svc.formats.spreadsheet.cells import Cells
from imports_svc.formats.spreadsheet.numbers import MOST_DIGITS
from imports_svc.formats.spreadsheet.shared_texts import is_plain, plain_text
from imports_svc.formats.spreadsheet.sheet_xml import SheetParser, column_of, following, hide, put
from imports_svc.formats.spreadsheet.workbook import LONGEST_AMBIGUOUS, Rows, column_name
from imports_svc.formats.xml import is_utf8

# A row with its attributes; or a cell: place, style, type, style behind the type, formula, value, text.
_TOKEN = re.compile(
    rb"<row ([^>]+)>|"
    rb'<c r="([A-Z]{1,3})[0-9]+"(?: s="([0-9]+)")?(?: t="(\w+)")?(?: s="([0-9]+)")?'
    rb"(?:/>|>(<f(?:/>| [^>]*/>|(?: [^>]*)?>[^<]*</f>))?"
    rb"(?:<v>([^<]*)</v>|<is><t(?: xml:space=\"preserve\")?>([^<]*)</t></is>)?</c>)"
)
# What begins or ends within a cell; few sheets have texts in their cells.
_WITHIN, _TEXTS_WITHIN = (b"</", b"<v>", b"<f"), (b"<is>", b"<t")
_NUMBER = re.compile(rb'\br="([0-9]+)"')
_HIDDEN = re.compile(rb'\bhidden="(?:1|true)"')
_COLUMN = re.compile(rb"<col [^>]*>")
_BOUND = re.compile(rb'\b(min|max)="([0-9]+)"')
_BEGIN, _ROW_END, _END = re.compile(rb"<sheetData(/?)>"), b"</row>", b"</sheetData>"


def rows(text: Iterable[bytes], cells: Cells) -> Rows:
    """The rows of a sheet with their number, in order. Raises FileDamaged."""
    source = iter(text)
    head = b""
    for piece in source:
        head += piece
        begin = _BEGIN.search(head)
        if begin or len(head) > 1 << 20:
            break
    else:
        begin = None
    if begin is None or b"<!" in head or not is_utf8(head):
        yield from SheetParser(cells).rows(chain([head], source))
        return
    for column in _COLUMN.findall(head[: begin.start()]):
        if _HIDDEN.search(column):
            bounds = dict(_BOUND.findall(column))
            hide(cells, bounds.get(b"min", b"").decode(), bounds.get(b"max", b"").decode())
    if not begin[1]:
        yield from _Rows(cells).read(chain([head[begin.end() :]], source))


class _Rows:
    def __init__(self, cells: Cells) -> None:
        self._cells = cells
        self._row_no = 0
        self._columns: dict[bytes, int] = {}

    def read(self, text: Iterable[bytes]) -> Rows:
        rest = b""
        for piece in text:
            rest += piece
            if (stop := rest.find(_END)) >= 0:
                yield from self._rows(rest[:stop])
                return
            end = rest.rfind(_ROW_END) + len(_ROW_END)
            if end >= len(_ROW_END):
                yield from self._rows(rest[:end])
                rest = rest[end:]
        raise FileDamaged("The workbook is damaged: its sheet ends in the middle. Save it again and send it.")

    def _rows(self, chunk: bytes) -> Rows:
        found = _TOKEN.findall(chunk)
        others = chunk.count(b"<") - len(found) - sum(chunk.count(tag) for tag in _WITHIN)
        if not others or others == sum(chunk.count(tag) for tag in _TEXTS_WITHIN):
            yield from self._known(found, is_plain=is_plain(chunk))
            return
        parser = SheetParser(self._cells, self._row_no)
        yield from parser.rows([b"<sheetData>", chunk, b"</sheetData>"])
        self._row_no = parser.row_no

    def _known(self, found: list[tuple[bytes, ...]], *, is_plain: bool) -> Iterator[tuple[int, list[bytes]]]:  # noqa: PLR0912
        """What the patterns found: the innermost loop of reading a workbook. `is_plain`: texts without `&` are as they are."""
        cells, columns, numbers = self._cells, self._columns, self._cells.numbers
        texts, ambiguous, whole = cells.texts.all, cells.texts.ambiguous, numbers.whole
        many = len(texts)
        row: list[bytes] = []
        at = -1

        def where() -> str:
            return f"{column_name(at)}{self._row_no}"

        for attributes, letters, style, kind, late, formula, value, inline in found:
            if attributes:
                if row:
                    yield self._row_no, row
                    row = []
                self._begin_row(attributes)
                continue
            at = columns.get(letters, -1)
            if at < 0:
                at = columns[letters] = column_of(letters.decode())
            if not value and not inline:
                if formula and kind != b"str":
                    cells.notes.note("formula_without_result", where())
                continue
            if kind == b"s" and value.isdigit() and (index := int(value)) < many:
                seen = texts[index]
                if ambiguous and index in ambiguous:
                    cells.notes.ambiguous.add(at)
            elif not kind or kind == b"n":
                known = whole.get(style or late)
                if known is not None and value.isdigit() and len(value) <= MOST_DIGITS:
                    seen = value.zfill(known[0]) + known[1] if known[0] or known[1] else value
                else:
                    seen = numbers.seen(int(style or late or 0), value, where)
            elif kind in (b"str", b"inlineStr"):
                seen = value or inline
                if not is_plain or b"&" in seen:
                    seen = plain_text(seen)
                if len(seen) <= LONGEST_AMBIGUOUS:
                    cells.notes.text(at, seen)
            else:
                seen = cells.value(kind.decode(), int(style or late or 0), plain_text(value).decode(), where)
            if at == len(row):
                row.append(seen)
            else:
                put(row, at, seen)
        if row:
            yield self._row_no, row

    def _begin_row(self, attributes: bytes) -> None:
        number = _NUMBER.search(attributes)
        self._row_no = following(int(number[1]) if number else self._row_no + 1, self._row_no)
        if b"hidden" in attributes and _HIDDEN.search(attributes):
            self._cells.notes.note("hidden_rows", str(self._row_no))
