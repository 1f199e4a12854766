"""Which sheet of a workbook is the list: the one whose header names the most fields, and said so when another looks as likely.

Sheets with alike headers are parts of one list: one for each category, brand or letter. Read alone, each would make the products
of the others vanish.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from imports_svc.feeds.errors import EmptyFeed, UnknownTable
from imports_svc.feeds.model import Doubt
from imports_svc.formats.spreadsheet.workbook import Notes, Sheet, Workbook
from imports_svc.vocabulary.words import field_of

_SAMPLE_ROWS = 60
_HEADER_ROWS = 30
_MOST_SHEETS = 100
# A header that names fewer fields may be anything.
_ENOUGH = 2
# Headers that have as much in common are those of one list.
_ALIKE = 0.6
ALL = ("*", "all")
"""What a person says for all sheets that are parts of one list."""


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
        if self.sheet.hidden or self.rows < 2 or min(len(self.fields), len(best.fields)) < _ENOUGH or self.fields != best.fields:
            return False
        own, others = ({name.casefold() for name in look.header[1] if name} for look in (self, best))
        return len(own & others) >= _ALIKE * len(own | others)


@dataclass(frozen=True)
class Chosen:
    """The sheet, in words where it was found, and what is not sure about it. `parts`: the sheets that are one list together."""

    sheet: Sheet
    told: str
    doubts: tuple[Doubt, ...]
    parts: tuple[Look, ...] = ()


def choose(workbook: Workbook, wanted: str) -> Chosen:
    """The sheet named `wanted`, by its name or its number, or the likeliest. Raises EmptyFeed, UnknownTable, FeedError."""
    sheets = list(workbook.sheets)[:_MOST_SHEETS]
    if not sheets:
        raise EmptyFeed(f"The {workbook.kind} workbook holds no sheet with cells. Check the supplier's export and send it again.")
    everything = wanted.strip().casefold() in ALL and not any(sheet.name.strip().casefold() in ALL for sheet in sheets)
    if wanted and not everything:
        sheet = _named(sheets, wanted)
        return Chosen(sheet, _told(workbook, sheet, "chosen by the user"), ())
    looks = [_look(workbook, sheet) for sheet in sheets]
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


def _named(sheets: Sequence[Sheet], wanted: str) -> Sheet:
    exact = [sheet for sheet in sheets if sheet.name == wanted]
    if found := exact or [sheet for sheet in sheets if sheet.name.strip().casefold() == wanted.strip().casefold()]:
        return found[0]
    if wanted.isdigit() and 0 < int(wanted) <= len(sheets):
        return sheets[int(wanted) - 1]
    raise UnknownTable(f"The workbook has no sheet {wanted!r}. Its sheets: {_listed(sheets)}.")


def _look(workbook: Workbook, sheet: Sheet) -> Look:
    fields: frozenset[str] = frozenset()
    rows = width = 0
    header: tuple[int, tuple[str, ...]] = (0, ())
    for at, (row, cells) in enumerate(islice(workbook.rows(sheet, Notes()), _SAMPLE_ROWS)):
        filled = [cell.decode(errors="replace") for cell in cells if cell.strip()]
        rows += len(filled) > 1
        width = max(width, len(filled))
        if at < _HEADER_ROWS and len(filled) > 1:
            named = frozenset(field for cell in filled if len(cell) < 80 and (field := field_of(cell)))
            if len(named) > len(fields):
                fields, header = named, (row, tuple(" ".join(cell.decode(errors="replace").split()) for cell in cells))
    return Look(sheet, fields, rows, width, header)


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
        f"Sheets with the same columns are read as one list: {_listed(sheets)}. The column 'sheet' names that of each row."
        " Accept this; or choose one with --sheet NAME, if they are of different times or markets; or map supplier=sheet, if"
        " each is a supplier's."
    )
    return Doubt("sheets_together", message, examples=tuple(sheet.name for sheet in sheets[:20]))


def _unseen(workbook: Workbook) -> list[Doubt]:
    if len(workbook.sheets) <= _MOST_SHEETS:
        return []
    left = workbook.sheets[_MOST_SHEETS:]
    message = f"Of {len(workbook.sheets)} sheets the first {_MOST_SHEETS} are looked at; not read: {_listed(left)}."
    return [Doubt("sheets_unseen", message, rows=len(left))]


def _doubts(best: Look, parts: Sequence[Look], looks: Sequence[Look]) -> list[Doubt]:
    others = [look for look in looks if look not in parts and look.width]
    rivals = [look.sheet for look in others if look.rivals(best)]
    found = []
    if rivals:
        message = (
            f"Several sheets look like the list. Read: {_listed([look.sheet for look in parts])}; not read: {_listed(rivals)}."
            " Choose one with --sheet NAME, and import the others by themselves."
        )
        # A yes is meant for this sheet, and not for another one of the next file.
        read = ", ".join(look.sheet.name for look in parts)
        found.append(Doubt("sheet_choice", message, read, examples=tuple(sheet.name for sheet in rivals)))
    if left := [look.sheet for look in others if look.sheet not in rivals]:
        names = tuple(sheet.name for sheet in left)
        found.append(Doubt("other_sheets", f"Other sheets are not read: {_listed(left)}.", examples=names, holds=False))
    return found


def _listed(sheets: Sequence[Sheet]) -> str:
    return ", ".join(f"{sheet.name!r}{' (hidden)' if sheet.hidden else ''}" for sheet in sheets[:20]) + (
        ", ..." if sheets[20:] else ""
    )
