"""XLSX and XLSM as a stream: of the sheet only rows are in memory, of the workbook its shared texts. Macros are not looked at."""

import re
import zipfile
from collections.abc import Sequence

from imports_svc.feeds.errors import FeedTooLarge
from imports_svc.feeds.model import Limits
from imports_svc.formats.spreadsheet import sheet_text
from imports_svc.formats.spreadsheet.cells import Cells
from imports_svc.formats.spreadsheet.numbers import GENERAL, Format, built_in, read_format
from imports_svc.formats.spreadsheet.package import Package
from imports_svc.formats.spreadsheet.shared_texts import SharedTexts
from imports_svc.formats.spreadsheet.workbook import MOST_MERGED, Merged, Notes, Range, Rows, Sheet, column_index
from imports_svc.formats.xml import Tags

_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]*?ref=[\"']([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})[\"']")
_DIMENSION = re.compile(rb"<(?:\w+:)?dimension\s[^>]*?ref=[\"'](?:[A-Z]+[0-9]+:)?([A-Z]+)[0-9]+[\"']")


class Xlsx:
    """A workbook of XML parts in a zip archive."""

    def __init__(self, archive: zipfile.ZipFile, limits: Limits) -> None:
        self.kind = "XLSM" if any(name.endswith("vbaProject.bin") for name in archive.namelist()) else "XLSX"
        self._package = Package(archive, limits, self.kind)
        self._epoch_1904 = False
        self.sheets: Sequence[Sheet] = self._sheets()
        self._texts: SharedTexts | None = None
        self._ranges: dict[str, tuple[list[Range], int]] = {}
        self._formats = self._styles()

    def close(self) -> None:
        """Let go of the file."""
        self._package.close()

    def rows(self, sheet: Sheet, notes: Notes) -> Rows:
        """See `Workbook`. Raises FeedTooLarge, FileDamaged."""
        if self._texts is None:
            self._texts = self._shared()
        if sheet.part not in self._ranges:
            self._ranges[sheet.part] = self._merged(sheet.part)
        ranges, width = self._ranges[sheet.part]
        cells = Cells(self._texts, self._formats, notes, epoch_1904=self._epoch_1904)
        with self._package.part(sheet.part) as text:
            yield from Merged(ranges, width, notes).filled(sheet_text.rows(text, cells))

    def _merged(self, part: str) -> tuple[list[Range], int]:
        """The merged ranges, which stand behind the rows, and how many columns the sheet says to have."""
        found: list[Range] = []
        width, rows = 0, False
        before = b""
        with self._package.part(part) as pieces:
            for piece in pieces:
                text = before + piece
                if not rows:
                    rows = b"sheetData" in text
                    width = column_index(said[1].decode()) + 1 if (said := _DIMENSION.search(text)) else width
                end = 0
                for match in _MERGED.finditer(text) if b"mergeCell" in text else ():
                    left, first, right, last = match.groups()
                    found.append(Range(int(first), int(last), column_index(left.decode()), column_index(right.decode())))
                    end = match.end()
                before = text[max(end, len(text) - 200) :]
                if len(found) > MOST_MERGED:
                    raise FeedTooLarge(
                        f"The sheet has more than {MOST_MERGED:,} merged ranges. Undo the merging and send it again."
                    )
        return found, width

    def _sheets(self) -> list[Sheet]:
        found: list[Sheet] = []

        def sheet(given: dict[str, str]) -> None:
            id_ = next((value for name, value in given.items() if name.endswith(":id")), "")
            if part := self._package.sheet(id_):
                found.append(Sheet(given.get("name", ""), given.get("state", "visible") != "visible", part))

        def properties(given: dict[str, str]) -> None:
            self._epoch_1904 = given.get("date1904", "0") in ("1", "true", "on")

        self._package.read(self._package.main, {"sheet": sheet, "workbookPr": properties})
        return found

    def _styles(self) -> list[Format]:
        codes: dict[str, str] = {}
        found: list[Format] = []
        inside = False

        def number_format(given: dict[str, str]) -> None:
            codes[given.get("numFmtId", "")] = given.get("formatCode", "")

        def formats(_: dict[str, str]) -> None:
            nonlocal inside
            inside = True

        def others(_: dict[str, str]) -> None:
            nonlocal inside
            inside = False

        def style(given: dict[str, str]) -> None:
            if inside:
                id_ = given.get("numFmtId", "0")
                found.append(read_format(codes[id_] if id_ in codes else built_in(int(id_) if id_.isdigit() else 0)))

        tags: Tags = {"numFmt": number_format, "cellXfs": formats, "cellStyles": others, "dxfs": others, "xf": style}
        self._package.read(self._package.related("styles"), tags)
        return found or [GENERAL]

    def _shared(self) -> SharedTexts:
        texts = SharedTexts()
        if self._package.has(part := self._package.related("sharedStrings")):
            with self._package.part(part) as text:
                texts.read(text, f"{self.kind} workbook")
        return texts
