"""From a workbook to the text of its list."""

import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from chassis.counts import counted
from imports_svc.feeds.doubt import DATES
from imports_svc.feeds.errors import FileDamaged, PasswordProtected
from imports_svc.feeds.model import Doubt, Limits
from imports_svc.feeds.tables import SHEETS, Wanted
from imports_svc.formats.container import is_damage
from imports_svc.formats.converted import Origin, TextWriter
from imports_svc.formats.kinds import Kind
from imports_svc.formats.spreadsheet import joined
from imports_svc.formats.spreadsheet.choice import Chosen, choose
from imports_svc.formats.spreadsheet.html import HtmlTables
from imports_svc.formats.spreadsheet.ods import Ods
from imports_svc.formats.spreadsheet.workbook import Notes, Workbook, column_index
from imports_svc.formats.spreadsheet.xls import Xls
from imports_svc.formats.spreadsheet.xlsb import Xlsb
from imports_svc.formats.spreadsheet.xlsx import Xlsx
from imports_svc.formats.spreadsheet.xml2003 import Xml2003

# What the libraries raise for files that are not what they say.
_DAMAGED = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, ValueError, LookupError, OverflowError, NotImplementedError)

# A column of fewer cells says nothing, and one with more dates than this is one of dates.
_FEWEST = 4
_MOST_DATES = 0.5


def convert(path: Path, kind: Kind, target: Path, wanted: Wanted, limits: Limits) -> Origin:
    """Write the list of a workbook as text into `target`.

    Raises EmptyFeed, FileDamaged, FeedTooLarge, PasswordProtected, UnknownTable, UnsupportedFormat.
    """
    with _named(kind), closing(_opened(path, kind, limits)) as workbook:
        chosen = choose(workbook, wanted)
        if chosen.parts:
            return _joined(workbook, chosen, kind, target, limits)
        notes = Notes()
        writer = TextWriter(target, limits)
        for row, cells in workbook.rows(chosen.sheet, notes):
            writer.write(row, cells)
        width = writer.close()
        return Origin(
            workbook.kind,
            chosen.told,
            chosen.sheet.name,
            tuple(sheet.name for sheet in workbook.sheets),
            numbers=_typed(kind, width, notes),
            doubts=(*chosen.doubts, *notes.doubts(), *_dates(notes, target)),
            tables_are=SHEETS,
            chosen=chosen.said,
            instead=chosen.instead,
        )


def _joined(workbook: Workbook, chosen: Chosen, kind: Kind, target: Path, limits: Limits) -> Origin:
    """Several sheets as one list; what each brings is told."""
    found = joined.write(workbook, chosen.parts, target, limits)
    brought = ", ".join(f"{name!r}: {counted(rows, 'row')}" for name, rows in found.rows.items())
    return Origin(
        workbook.kind,
        f"{chosen.told} ({brought})",
        chosen.table,
        tuple(sheet.name for sheet in workbook.sheets),
        header=True,
        numbers=_typed(kind, found.width, found.notes),
        doubts=(*chosen.doubts, *found.notes.doubts(), *_dates(found.notes, target)),
        placed=joined.PLACED,
        tables_are=SHEETS,
        chosen=chosen.said,
        instead=chosen.instead,
    )


def _typed(kind: Kind, width: int, notes: Notes) -> tuple[int, ...]:
    """Columns whose numbers were typed as numbers; a table of HTML holds texts only."""
    return () if kind == "HTML" else tuple(sorted(set(range(width)) - notes.ambiguous))


_OF_ARCHIVES: dict[str, Callable[[zipfile.ZipFile, Limits], Workbook]] = {"XLSX": Xlsx, "XLSB": Xlsb, "ODS": Ods}
_OF_FILES: dict[str, Callable[[Path, Limits], Workbook]] = {"XLS": Xls, "HTML": HtmlTables, "XML": Xml2003}


def _opened(path: Path, kind: Kind, limits: Limits) -> Workbook:
    if kind in _OF_FILES:
        return _OF_FILES[kind](path, limits)
    archive = zipfile.ZipFile(path)
    try:
        return _OF_ARCHIVES[kind](archive, limits)
    except BaseException:
        archive.close()
        raise


def _dates(notes: Notes, target: Path) -> Iterator[Doubt]:
    """Columns of which few cells are dates: a spreadsheet makes dates of codes and sizes such as 3-1."""
    if not notes.dates:
        return
    filled: Counter[int] = Counter()
    columns = {column_index(letters): letters for letters in notes.dates}
    with target.open("rb") as text:
        for line in text:
            cells = line.split(b"\x1f")
            filled.update(at for at in columns if at < len(cells) and cells[at].strip())
    for at, letters in columns.items():
        dates, last = notes.dates[letters], tuple(notes.last_dates[letters])
        if filled[at] >= _FEWEST and dates <= _MOST_DATES * filled[at]:
            message = (
                f"{counted(dates, 'date')} such as {', '.join(last)} among other cells of the column: a spreadsheet makes"
                " dates of codes and sizes such as 3-1. Have them sent as text, or accept this if they are dates."
            )
            # Which name stands above it is found out when the table is.
            yield Doubt(DATES, message, letters, dates, last)


@contextmanager
def _named(kind: Kind) -> Iterator[None]:
    try:
        yield
    except (*_DAMAGED, RuntimeError, OSError) as error:
        if not is_damage(error):
            raise
        if "password" in str(error):
            raise PasswordProtected(f"The {kind} workbook is password-protected. Save it without a password.") from error
        why = f"{type(error).__name__}: {error}"
        raise FileDamaged(
            f"The {kind} workbook is damaged or was cut short ({why}). Open it, save it again and send it."
        ) from error
