"""ODS (OpenDocument spreadsheets), read as a stream of rows."""

import zipfile
from collections.abc import Iterator, Sequence

from chassis.counts import counted
from imports_svc.feeds.errors import FeedTooLarge, FileDamaged, PasswordProtected
from imports_svc.feeds.model import Limits
from imports_svc.formats.converted import cell
from imports_svc.formats.spreadsheet.numbers import Format, shown
from imports_svc.formats.spreadsheet.ods_styles import Styles
from imports_svc.formats.spreadsheet.workbook import Notes, Rows, Sheet, column_name
from imports_svc.formats.xml import Source, Tags, fed, local, new_parser, parse, pieces

# A cell or row repeated more often than that is no list but a file made to cost much.
_MOST_REPEATED_CELLS = 20_000_000
_WHAT = "ODS workbook"
_ERRORS = ("#N/A", "#REF!", "#NAME?", "#VALUE!", "#DIV/0!", "Err:")


class Ods:
    """A workbook of XML parts in a zip archive."""

    kind = "ODS"

    def __init__(self, archive: zipfile.ZipFile, limits: Limits) -> None:
        self._archive = archive
        self._limits = limits
        self._check_password()
        self._styles = Styles()
        self.sheets: Sequence[Sheet] = self._looked()

    def close(self) -> None:
        """Let go of the file."""
        self._archive.close()

    def rows(self, sheet: Sheet, notes: Notes) -> Rows:
        """See `Workbook`. Raises FeedTooLarge, FileDamaged."""
        reader = _Table(int(sheet.part), self._styles, notes)
        with self._archive.open("content.xml") as source:
            for _ in fed(reader.parser, self._pieces(source), _WHAT):
                yield from reader.take()
                if reader.ended:
                    return

    def _pieces(self, source: Source) -> Iterator[bytes]:
        return pieces(source, self._archive.getinfo("content.xml").compress_size, self._limits)

    def _check_password(self) -> None:
        if "content.xml" not in self._archive.namelist():
            raise FileDamaged("The ODS workbook is damaged: it has no content. Save it again and send it.")
        if "META-INF/manifest.xml" not in self._archive.namelist():
            return

        def encrypted(_: dict[str, str]) -> None:
            raise PasswordProtected("The ODS workbook is password-protected. Save it without a password and send it again.")

        with self._archive.open("META-INF/manifest.xml") as source:
            packed = self._archive.getinfo("META-INF/manifest.xml").compress_size
            parse(pieces(source, packed, self._limits), {"encryption-data": encrypted}, _WHAT)

    def _looked(self) -> list[Sheet]:
        """The sheets, and on the way how values look by style."""
        found: list[Sheet] = []
        hidden_styles: set[str] = set()
        current = ""

        def style(given: dict[str, str]) -> None:
            nonlocal current
            current = given.get("style:name", "")

        def properties(given: dict[str, str]) -> None:
            if given.get("table:display") == "false":
                hidden_styles.add(current)

        def table(given: dict[str, str]) -> None:
            found.append(Sheet(given.get("table:name", ""), given.get("table:style-name") in hidden_styles, str(len(found))))

        tags: Tags = {"style": style, "table-properties": properties, "table": table}
        with self._archive.open("content.xml") as source:
            self._styles.read(self._pieces(source), tags, _WHAT)
        return found


class _Table:
    """Reads the table with this number."""

    def __init__(self, number: int, styles: Styles, notes: Notes) -> None:
        self.ended = False
        self._left = number
        self._styles = styles
        self._notes = notes
        self.parser = new_parser()
        self.parser.StartElementHandler, self.parser.EndElementHandler = self._start, self._end
        self._kinds: dict[str, str] = {}
        self._done: list[tuple[int, list[bytes]]] = []
        self._inside = False
        self._row_no = 0
        self._column = 0
        self._row: list[bytes] = []
        self._row_repeated = 1
        self._given: dict[str, str] = {}
        self._said: list[str] = []
        self._paragraphs = 0
        self._annotations = 0
        self._default_styles: list[str] = []
        self._cells = 0
        self._down: dict[int, tuple[int, bytes]] = {}

    def take(self) -> list[tuple[int, list[bytes]]]:
        """The rows that are done."""
        done, self._done = self._done, []
        return done

    def _start(self, name: str, given: dict[str, str]) -> None:
        kind = self._kinds.get(name) or self._kinds.setdefault(name, local(name))
        if not self._inside:
            if kind == "table" and not self.ended:
                self._inside = self._left == 0
                self._left -= 1
            return
        if kind in ("table-cell", "covered-table-cell"):
            self._given, self._paragraphs = given, 0
            self._said.clear()
        elif kind == "table-row":
            self._begin_row(given)
        elif kind == "table-column":
            self._begin_column(given)
        elif kind == "annotation":
            self._annotations += 1
        elif not self._annotations:
            self._begin_text(kind, given)

    def _begin_text(self, kind: str, given: dict[str, str]) -> None:
        if kind == "p":
            if self._paragraphs:
                self._said.append("\n")
            self._paragraphs += 1
            self.parser.CharacterDataHandler = self._said.append
        elif kind == "s":
            self._said.append(" " * min(_count(given, "text:c"), 1000))
        elif kind in ("line-break", "tab"):
            self._said.append("\n" if kind == "line-break" else "\t")

    def _begin_row(self, given: dict[str, str]) -> None:
        self._row, self._column = [], 0
        self._row_repeated = _count(given, "table:number-rows-repeated")
        if given.get("table:visibility", "visible") != "visible" and self._row_repeated < 10_000:
            self._notes.note("hidden_rows", str(self._row_no + 1))

    def _begin_column(self, given: dict[str, str]) -> None:
        repeated = min(_count(given, "table:number-columns-repeated"), 16_384)
        if given.get("table:visibility", "visible") != "visible" and repeated < 1000:
            first = len(self._default_styles)
            self._notes.hidden_columns += [column_name(at) for at in range(first, first + repeated)]
        if len(self._default_styles) < 16_384:
            self._default_styles += [given.get("table:default-cell-style-name", "")] * repeated

    def _end(self, name: str) -> None:
        if not self._inside:
            return
        kind = self._kinds[name]
        if kind in ("table-cell", "covered-table-cell"):
            self._end_cell()
        elif kind == "table-row":
            self._end_row()
        elif kind == "p":
            self.parser.CharacterDataHandler = None
        elif kind == "annotation":
            self._annotations -= 1
        elif kind == "table":
            self._inside, self.ended = False, True

    def _end_cell(self) -> None:
        given = self._given
        repeated = _count(given, "table:number-columns-repeated")
        value = self._value(given)
        if value:
            if repeated > 16_384:
                raise FeedTooLarge(f"The ODS workbook repeats a cell {counted(repeated, 'time')}. Save it again and send it.")
            self._row += [b""] * (self._column - len(self._row)) + [value] * repeated
            down = _count(given, "table:number-rows-spanned")
            if down > 1 and _count(given, "table:number-columns-spanned") == 1:
                self._notes.note("merged_cells", f"{column_name(self._column)}{self._row_no + 1}")
                self._down[self._column] = (self._row_no + down, value)
        elif (span := self._down.get(self._column)) and self._row_no + 1 <= span[0]:
            self._row += [b""] * (self._column - len(self._row)) + [span[1]]
        self._column += repeated
        self._given = {}

    def _end_row(self) -> None:
        if self._row:
            self._cells += self._row_repeated * len(self._row)
            if self._cells > _MOST_REPEATED_CELLS:
                raise FeedTooLarge(f"The ODS workbook has more than {_MOST_REPEATED_CELLS:,} cells in one sheet. Split it.")
            self._done += [(self._row_no + at, self._row) for at in range(1, self._row_repeated + 1)]
        self._row_no += self._row_repeated

    def _value(self, given: dict[str, str]) -> bytes:
        kind = given.get("office:value-type", given.get("calcext:value-type", ""))
        text = "".join(self._said)
        failed = given.get("calcext:value-type") == "error" or text.startswith(_ERRORS)
        if failed and (kind != "string" or given.get("table:formula")):
            self._notes.note("error_cells", f"{self._where()} {text}")
            return b""
        if kind in ("float", "percentage", "currency"):
            return self._number(given, kind)
        if kind == "date":
            self._notes.date(self._where())
            return cell(given.get("office:date-value", text).replace("T", " ").removesuffix(" 00:00:00"))
        if kind == "boolean":
            return b"TRUE" if given.get("office:boolean-value") == "true" else b"FALSE"
        said = cell(text or given.get("office:string-value", ""))
        self._notes.text(self._column, said)
        return said

    def _number(self, given: dict[str, str], kind: str) -> bytes:
        style = given.get("table:style-name") or (
            self._default_styles[self._column] if self._column < len(self._default_styles) else ""
        )
        form = self._styles.format(style)
        try:
            value = float(given.get("office:value", ""))
        except ValueError:
            return cell("".join(self._said))
        if kind == "percentage":
            form = Format("percent")
        elif kind == "currency":
            form = Format("number", given.get("office:currency", "") or form.currency, decimals=form.decimals)
        self._notes.number(value, form, self._where())
        return shown(value, form).encode()

    def _where(self) -> str:
        return f"{column_name(self._column)}{self._row_no + 1}"


def _count(given: dict[str, str], name: str) -> int:
    said = given.get(name, "1")
    if not said.isdigit() or len(said) > 12:
        raise FileDamaged(f"The ODS workbook is damaged: {name} is {said[:20]!r}. Save it again and send it.")
    return max(int(said), 1)
