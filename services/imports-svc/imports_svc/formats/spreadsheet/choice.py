"""Which sheet of a workbook is the list: the one whose header names the most fields, and said so when another looks as likely.

Sheets with alike headers are parts of one list: one for each category, brand or letter. Read alone, each would make the products
of the others vanish.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice

from imports_svc.feeds.errors import EmptyFeed, UnknownTable
from imports_svc.feeds.model import Doubt
from imports_svc.feeds.tables import ALL, Wanted, apart, is_all, together
from imports_svc.formats.spreadsheet.beside import notes
from imports_svc.formats.spreadsheet.named import listed, named, present
from imports_svc.formats.spreadsheet.workbook import Notes, Sheet, Workbook
from imports_svc.vocabulary.lines import is_of_prices
from imports_svc.vocabulary.words import field_of

_SAMPLE_ROWS = 60
_HEADER_ROWS = 30
_MOST_SHEETS = 100
# Of a line of a sheet of notes: cells at most, and characters.
_OF_NOTE, _LONGEST_LINE = 2, 200
# A header that names fewer fields may be anything.
_ENOUGH = 2
# Headers that have as much in common are those of one list.
_ALIKE = 0.6


@dataclass(frozen=True)
class Look:
    """What the beginning of a sheet shows: the fields its best row names, its rows of several cells, and how wide it is.

    `header`: that row's number and its cells.
    """

    sheet: Sheet
    fields: frozenset[str]
    rows: int
    width: int
    header: tuple[int, tuple[str, ...]] = (0, ())
    # Lines that say something of prices: of a sheet that is not the list they may be meant for it.
    lines: tuple[str, ...] = ()

    @property
    def rank(self) -> tuple[bool, int, int]:
        """Larger is likelier."""
        return not self.sheet.hidden, len(self.fields) if len(self.fields) >= _ENOUGH else 0, min(self.rows, 3) * self.width

    def rivals(self, best: "Look") -> bool:
        """Whether the list may as well be here as in the sheet chosen."""
        if self.sheet.hidden or not self.rows:
            return False
        if len(best.fields) >= _ENOUGH:
            return len(self.fields) >= max(_ENOUGH, 0.7 * len(best.fields))
        return self.width >= max(2, 0.5 * best.width) and self.rows >= 0.5 * best.rows

    def continues(self, best: "Look") -> bool:
        """Whether it is a part of the same list."""
        if self.sheet.hidden or self.rows < 2 or min(len(self.fields), len(best.fields)) < _ENOUGH:
            return False
        return self.is_alike(best)

    def is_alike(self, best: "Look") -> bool:
        """Whether it has the same columns."""
        if self.fields != best.fields:
            return False
        own, others = ({name.casefold() for name in look.header[1] if name} for look in (self, best))
        return len(own & others) >= _ALIKE * len(own | others)


@dataclass(frozen=True)
class Chosen:
    """The sheet, in words where it was found, and what is not sure about it. `parts`: the sheets that are one list together.

    `said`: what a person chose, for this file or an earlier one, so that it can be said again; `instead`: what is read in
    its place.
    """

    sheet: Sheet
    told: str
    doubts: tuple[Doubt, ...]
    parts: tuple[Look, ...] = ()
    said: str = ""
    instead: str = ""

    @property
    def table(self) -> str:
        """What is read, as it can be said again."""
        return (self.said or ALL[0]) if self.parts else self.sheet.name

    @property
    def read(self) -> list[Sheet]:
        """The sheets that are read."""
        return [look.sheet for look in self.parts] or [self.sheet]


def choose(workbook: Workbook, wanted: Wanted) -> Chosen:
    """The sheets that are wanted, or the likeliest. Raises EmptyFeed, UnknownTable, FeedError."""
    sheets = list(workbook.sheets)
    if not sheets:
        raise EmptyFeed(f"The {workbook.kind} workbook holds no sheet with cells. Check the supplier's export and send it again.")
    if wanted.table:
        return _said(workbook, sheets, wanted.table, "chosen by the user")
    return _as_before(workbook, sheets, wanted.earlier) if wanted.earlier else _likeliest(workbook, sheets)


def _said(workbook: Workbook, sheets: Sequence[Sheet], said: str, why: str) -> Chosen:
    # No sheet can be called `*`; one may be called `All`.
    if said == ALL[0] or (is_all(said) and not any(is_all(sheet.name) for sheet in sheets)):
        return replace(_likeliest(workbook, sheets, everything=True), said=ALL[0])
    return _chosen(workbook, named(sheets, said), why)


def _chosen(workbook: Workbook, sheets: list[Sheet], why: str) -> Chosen:
    """These sheets, which somebody chose: several are one list."""
    said = together([sheet.name for sheet in sheets])
    if len(sheets) == 1:
        return Chosen(sheets[0], _told(workbook, sheets[0], why), (), said=said)
    looks = [_look(workbook, sheet) for sheet in sheets]
    if headless := [look.sheet for look in looks if not look.header[0]]:
        raise UnknownTable(
            f"No header was found in {listed(headless)}: sheets are read together by the names of their columns. Import each by"
            " itself."
        )
    best = max(looks, key=lambda look: look.rank)
    others = [look.sheet for look in looks if not look.is_alike(best)]
    told = f"{workbook.kind}, {len(looks)} of {len(workbook.sheets)} sheets as one list, {why}"
    return Chosen(best.sheet, told, (_differ(best.sheet, others),) if others else (), tuple(looks), said)


def _as_before(workbook: Workbook, sheets: Sequence[Sheet], earlier: Sequence[str]) -> Chosen:
    """What was chosen for earlier files of the supplier. Where that is not here, or several such choices are, it is a doubt."""
    why = "chosen for an earlier file"
    here = [said for said in earlier if said == ALL[0] or len(present(sheets, said)) == len(apart(said))]
    if not here:
        left = present(sheets, earlier[0])
        found = _chosen(workbook, left, why) if left else _likeliest(workbook, sheets)
        return replace(found, doubts=(_missing(earlier[0], found, sheets), *found.doubts), instead="" if left else found.table)
    found = _said(workbook, sheets, here[0], why) if here[0] == ALL[0] else _chosen(workbook, present(sheets, here[0]), why)
    doubts = list(found.doubts)
    if more := [said for said in here[1:] if said != here[0]]:
        doubts.insert(0, _several(found, more))
    unread = [sheet for sheet in sheets if sheet not in found.read]
    if unread and here[0] != ALL[0]:
        doubts.append(_others(unread))
    return replace(found, doubts=tuple(doubts))


def _likeliest(workbook: Workbook, sheets: Sequence[Sheet], *, everything: bool = False) -> Chosen:
    looks = [_look(workbook, sheet) for sheet in sheets[:_MOST_SHEETS]]
    best = max(looks, key=lambda look: look.rank)
    if not best.width:
        raise EmptyFeed(f"The {workbook.kind} workbook is empty. Check the supplier's export and send it again.")
    parts = tuple(look for look in looks if look is best or look.continues(best))
    doubts = [*_doubts(best, parts, looks), *_unseen(workbook)]
    if len(parts) == 1:
        return Chosen(best.sheet, _told(workbook, best.sheet, _why(best, len(sheets))), tuple(doubts))
    told = f"{workbook.kind}, {len(parts)} of {len(workbook.sheets)} sheets as one list"
    if not everything:
        doubts.insert(0, _together(parts))
    return Chosen(best.sheet, told, tuple(doubts), parts)


def _differ(best: Sheet, others: Sequence[Sheet]) -> Doubt:
    message = (
        f"The sheets chosen have different columns: {listed(others)} other ones than {best.name!r}. They are read as one"
        " list by the names of their columns. Accept this, or import each by itself."
    )
    return Doubt("sheets_differ", message, examples=tuple(sheet.name for sheet in others[:20]))


def _missing(said: str, found: Chosen, sheets: Sequence[Sheet]) -> Doubt:
    here = present(sheets, said)
    missing = [name for name in apart(said) if name.strip().casefold() not in {sheet.name.strip().casefold() for sheet in here}]
    names = ", ".join(map(repr, missing))
    message = (
        f"Chosen for an earlier file of this supplier and not in this workbook: {names}. Its sheets: {listed(sheets)}. Read:"
        f" {listed(found.read)}. Accept this, or choose with --sheet NAME."
    )
    read = ", ".join(sheet.name for sheet in found.read)
    return Doubt("sheet_missing", message, read, examples=tuple(sheet.name for sheet in sheets[:20]))


def _several(found: Chosen, more: Sequence[str]) -> Doubt:
    others = "; ".join(", ".join(map(repr, apart(said))) for said in more)
    message = (
        f"Several sheets of this workbook were chosen for earlier files. Read: {listed(found.read)}; not read: {others}. Accept"
        " this, or choose with --sheet NAME."
    )
    read = ", ".join(sheet.name for sheet in found.read)
    return Doubt("sheet_choice", message, read, examples=tuple(name for said in more for name in apart(said)))


def _others(sheets: Sequence[Sheet]) -> Doubt:
    names = tuple(sheet.name for sheet in sheets[:20])
    return Doubt("other_sheets", f"Other sheets are not read: {listed(sheets)}.", examples=names, holds=False)


def _look(workbook: Workbook, sheet: Sheet) -> Look:
    fields: frozenset[str] = frozenset()
    rows = width = 0
    header: tuple[int, tuple[str, ...]] = (0, ())
    lines: list[str] = []
    for at, (row, cells) in enumerate(islice(workbook.rows(sheet, Notes()), _SAMPLE_ROWS)):
        filled = [cell.decode(errors="replace") for cell in cells if cell.strip()]
        rows += len(filled) > 1
        width = max(width, len(filled))
        if len(filled) <= _OF_NOTE and len(line := " ".join(filled)) <= _LONGEST_LINE and is_of_prices(line):
            lines.append(line)
        if at < _HEADER_ROWS and len(filled) > 1:
            named = frozenset(field for cell in filled if len(cell) < 80 and (field := field_of(cell)))
            if len(named) > len(fields):
                fields, header = named, (row, tuple(" ".join(cell.decode(errors="replace").split()) for cell in cells))
    return Look(sheet, fields, rows, width, header, tuple(lines))


def _told(workbook: Workbook, sheet: Sheet, why: str) -> str:
    place = [each.name for each in workbook.sheets].index(sheet.name) + 1
    facts = [f"{place} of {len(workbook.sheets)}", *(["hidden"] if sheet.hidden else []), *([why] if why else [])]
    return f"{workbook.kind}, sheet {sheet.name!r} ({', '.join(facts)})"


def _why(best: Look, sheets: int) -> str:
    if sheets == 1:
        return ""
    if len(best.fields) >= _ENOUGH:
        return f"its header names {', '.join(sorted(best.fields))}"
    return "the widest with rows"


def _together(parts: Sequence[Look]) -> Doubt:
    sheets = [look.sheet for look in parts]
    message = (
        f"Sheets with the same columns are read as one list: {listed(sheets)}. The column 'sheet' names that of each row."
        " Accept this; or choose one with --sheet NAME, if they are of different times or markets; or map supplier=sheet, if"
        " each is a supplier's."
    )
    return Doubt("sheets_together", message, examples=tuple(sheet.name for sheet in sheets[:20]))


def _unseen(workbook: Workbook) -> list[Doubt]:
    if len(workbook.sheets) <= _MOST_SHEETS:
        return []
    left = workbook.sheets[_MOST_SHEETS:]
    message = f"Of {len(workbook.sheets)} sheets the first {_MOST_SHEETS} are looked at; not read: {listed(left)}."
    return [Doubt("sheets_unseen", message, rows=len(left))]


def _doubts(best: Look, parts: Sequence[Look], looks: Sequence[Look]) -> list[Doubt]:
    others = [look for look in looks if look not in parts and look.width]
    rivals = [look.sheet for look in others if look.rivals(best)]
    found = []
    if rivals:
        message = (
            f"Several sheets look like the list. Read: {listed([look.sheet for look in parts])}; not read: {listed(rivals)}."
            " Choose one with --sheet NAME, and import the others by themselves."
        )
        # A yes is meant for this sheet, and not for another one of the next file.
        read = ", ".join(look.sheet.name for look in parts)
        found.append(Doubt("sheet_choice", message, read, examples=tuple(sheet.name for sheet in rivals)))
    if left := [look.sheet for look in others if look.sheet not in rivals]:
        found.append(_others(left))
    return [*found, *notes([(look.sheet, look.lines) for look in others if look.sheet in left])]
