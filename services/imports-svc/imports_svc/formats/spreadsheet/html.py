"""Tables of HTML that are called .xls: what many shops and programs give as "export to Excel"."""

import re
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path

from imports_svc.feeds.errors import FeedTooLarge, UnsupportedFormat
from imports_svc.feeds.model import Limits
from imports_svc.formats.converted import cell
from imports_svc.formats.delimited.encoding import find_encoding
from imports_svc.formats.spreadsheet.workbook import Notes, Rows, Sheet

_STEP = 1 << 18
_MOST_SPAN = 1_000
_HEAD = 4096
_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]{1,40})", re.IGNORECASE)
_BREAKS = ("br", "p", "div", "li")


def declared_in_page(path: Path) -> str:
    """The encoding a page says it is in, "" for none."""
    with path.open("rb") as source:
        declared = _CHARSET.search(source.read(_HEAD))
    return declared[1].decode() if declared else ""


class HtmlTables:
    """A page as a workbook: a table is a sheet, as far as it is not within another one."""

    kind = "HTML"

    def __init__(self, path: Path, limits: Limits) -> None:
        self._path = path
        self._limits = limits
        self._encoding = find_encoding(path)
        counter = _Tables(-1)
        self._feed(counter)
        rows = {at: count for at, count in enumerate(counter.counts) if count}
        if not any(count > 1 for count in rows.values()):
            raise UnsupportedFormat(
                "The file is an HTML page without a table: often the login or error page of the supplier's site."
                " Check the download."
            )
        self.sheets: Sequence[Sheet] = [Sheet(f"table {at + 1}", part=str(at)) for at in rows]

    def close(self) -> None:
        """Nothing is open."""

    def rows(self, sheet: Sheet, notes: Notes) -> Rows:
        """See `Workbook`."""
        reader = _Tables(int(sheet.part))
        with self._path.open(encoding=self._encoding, errors="replace", newline="") as text:
            while piece := text.read(_STEP):
                reader.feed(piece)
                yield from reader.take()
        reader.close()
        yield from reader.take(final=True)

    def _feed(self, reader: "_Tables") -> None:
        with self._path.open(encoding=self._encoding, errors="replace", newline="") as text:
            while piece := text.read(_STEP):
                reader.feed(piece)
        reader.close()


class _Tables(HTMLParser):
    """The rows of the table with this number among those that stand in no other; counts the rows of all."""

    def __init__(self, wanted: int) -> None:
        super().__init__(convert_charrefs=True)
        self.counts: list[int] = []
        self._wanted = wanted
        self._depth = 0
        self._row_no = 0
        self._row: list[bytes] | None = None
        self._said: list[str] | None = None
        self._span = (1, 1)
        self._hidden = 0
        self._down: dict[int, tuple[int, bytes]] = {}
        self._done: list[tuple[int, list[bytes]]] = []

    def take(self, *, final: bool = False) -> list[tuple[int, list[bytes]]]:
        """The rows that are done."""
        if final:
            self._end_row()
        done, self._done = self._done, []
        return done

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self._depth += 1
            if self._depth == 1:
                self.counts.append(0)
                self._row_no = 0
                self._down.clear()
        elif tag in ("script", "style"):
            self._hidden += 1
        elif self._depth == 1 and tag == "tr":
            self._end_row()
            self._row = []
        elif self._depth == 1 and tag in ("td", "th"):
            self._end_cell()
            if self._row is None:
                self._row = []
            given = dict(attrs)
            self._span = (_span(given.get("colspan")), _span(given.get("rowspan")))
            self._said = []
        elif tag in _BREAKS and self._said:
            self._said.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "table" and self._depth:
            if self._depth == 1:
                self._end_row()
            self._depth -= 1
        elif tag in ("script", "style") and self._hidden:
            self._hidden -= 1
        elif self._depth == 1 and tag in ("td", "th"):
            self._end_cell()
        elif self._depth == 1 and tag == "tr":
            self._end_row()

    def handle_data(self, data: str) -> None:
        if self._said is not None and not self._hidden:
            self._said.append(data)

    def _end_cell(self) -> None:
        if self._said is None or self._row is None:
            return
        text = "\n".join(" ".join(line.split()) for line in "".join(self._said).split("\n") if line.strip())
        self._said = None
        value = cell(text)
        self._take_down()
        columns, rows = self._span
        if rows > 1 and columns == 1:
            self._down[len(self._row)] = (self._row_no + rows, value)
        self._row += [value] + [b""] * (columns - 1)
        if len(self._row) > 16_384:
            raise FeedTooLarge("A row of the HTML table has more than 16,384 cells. Split it.")

    def _take_down(self) -> None:
        """Cells of rows above that reach into this one."""
        assert self._row is not None, "a row is open"
        while (down := self._down.get(len(self._row))) and self._row_no + 1 <= down[0]:
            self._row.append(down[1])

    def _end_row(self) -> None:
        if self._row is None:
            return
        self._end_cell()
        self._take_down()
        row, self._row = self._row, None
        self._row_no += 1
        self.counts[-1] += bool(any(row))
        if self._wanted == len(self.counts) - 1 and any(row):
            self._done.append((self._row_no, row))


def _span(said: str | None) -> int:
    return min(max(int(said), 1), _MOST_SPAN) if said and said.isdigit() and len(said) < 6 else 1
