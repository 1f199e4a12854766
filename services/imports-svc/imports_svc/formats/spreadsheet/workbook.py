"""What every kind of workbook gives: its sheets, and the rows of one of them as a person sees them."""

import re
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from imports_svc.feeds.doubt import FORMAT_UNIT, HIDDEN, Doubt
from imports_svc.formats.spreadsheet.numbers import Format, is_rounded
from imports_svc.vocabulary import terms

Rows = Iterator[tuple[int, Sequence[bytes]]]
_EXAMPLES = 5
LONGEST_AMBIGUOUS = 12
_EITHER = re.compile(rb"(?:^|[^0-9.,])[0-9]{1,3}[.,][0-9]{3}(?:$|[^0-9.,])")
# Rows, columns and merged ranges that are told by number.
_LISTED = 10
MOST_MERGED = 100_000
_QUANTITY = re.compile(r"(?i)[0-9/]|\b(?:per|pro|je|par|por|za)\b")


@dataclass(frozen=True)
class Sheet:
    """A sheet with cells; `hidden` ones are not chosen where another will do."""

    name: str
    hidden: bool = False
    part: str = ""


class Workbook(Protocol):
    """An open workbook. `kind` is its format's name."""

    kind: str

    @property
    def sheets(self) -> Sequence[Sheet]:
        """Those with cells, in order."""

    def rows(self, sheet: Sheet, notes: "Notes") -> Rows:
        """The rows with anything in them, by their number in the sheet; what is odd about them is noted."""

    def close(self) -> None:
        """Let go of the file."""


@dataclass
class _Seen:
    count: int = 0
    examples: list[str] = field(default_factory=list)


class Notes:
    """What a sheet holds beside its cells, or holds and does not show: told to people, by kind, with examples."""

    def __init__(self) -> None:
        self._seen: dict[str, _Seen] = {}
        self.hidden_columns: list[str] = []
        # Those of sheets that are read together, by their letters in the whole.
        self._hidden_in_whole: list[str] = []
        # Columns of which a text can be read as two numbers (`1.250`): those of cells that hold numbers cannot.
        self.ambiguous: set[int] = set()
        # Units that formats show, by the letters of their column.
        self.units: dict[str, Counter[str]] = {}
        # How many dates there are and where the last ones are, by the letters of their column.
        self.dates: Counter[str] = Counter()
        self.last_dates: dict[str, deque[str]] = {}

    def note(self, code: str, example: str) -> None:
        """One more of a kind; `example` says where or what."""
        seen = self._seen.setdefault(code, _Seen())
        seen.count += 1
        if len(seen.examples) < _EXAMPLES and example not in seen.examples:
            seen.examples.append(example)

    def text(self, column: int, text: bytes) -> None:
        """What a text of a column leaves open."""
        if is_ambiguous(text):
            self.ambiguous.add(column)

    def date(self, where: str) -> None:
        """A date; few of them among codes were codes before."""
        letters = where.rstrip("0123456789")
        self.dates[letters] += 1
        self.last_dates.setdefault(letters, deque(maxlen=_EXAMPLES)).append(where)

    def number(self, value: float, form: Format, where: str) -> None:
        """What a format says or hides of a number."""
        if form.kind == "date":
            self.date(where)
            return
        if form.words and not form.places:
            self._note_words(form.words, where)
        if abs(value) >= 1e15:
            self.note("digits_lost", where)
        elif is_rounded(value, form):
            self.note("more_decimals_than_shown", where)

    def _note_words(self, words: str, where: str) -> None:
        for_many = _QUANTITY.search(words) is not None
        self.note("format_quantity" if for_many else "format_words", words)
        if not for_many and terms.unit(words) != terms.Terms():
            units = self.units.setdefault(where.rstrip("0123456789"), Counter())
            units[words] += 1

    def add(self, other: "Notes", sheet: str, places: Sequence[int]) -> None:
        """What was noted of a sheet whose columns stand at these places of the whole."""
        for code, seen in other._seen.items():
            own = self._seen.setdefault(code, _Seen())
            own.count += seen.count
            own.examples += [f"{sheet}!{example}" for example in seen.examples][: _EXAMPLES - len(own.examples)]
        self.hidden_columns += [f"{sheet}!{column}" for column in other.hidden_columns]
        self._hidden_in_whole += [
            column_name(places[at]) for column in other.hidden_columns if (at := column_index(column)) < len(places)
        ]
        self.ambiguous |= {places[column] for column in other.ambiguous if column < len(places)}
        for letters, units in other.units.items():
            if (column := column_index(letters)) < len(places):
                self.units.setdefault(column_name(places[column]), Counter()).update(units)
        for letters, count in other.dates.items():
            if (column := column_index(letters)) < len(places):
                placed = column_name(places[column])
                self.dates[placed] += count
                last = self.last_dates.setdefault(placed, deque(maxlen=_EXAMPLES))
                last.extend(f"{sheet}!{where}" for where in other.last_dates[letters])

    def doubts(self) -> Iterator[Doubt]:
        """Each kind as a doubt."""
        if self.hidden_columns:
            listed = ", ".join(self.hidden_columns[:_LISTED])
            hidden = dict.fromkeys(self._hidden_in_whole or self.hidden_columns)
            yield Doubt(HIDDEN, f"Hidden columns are read like the others: {listed}.", examples=tuple(hidden), holds=False)
        for letters, units in self.units.items():
            message = (
                f"Cells show {', '.join(map(repr, units))} beside their number, which alone is read: they may be in another unit."
            )
            # Which name stands above them, and whether they are prices, is found out later.
            yield Doubt(FORMAT_UNIT, message, letters, units.total(), tuple(units)[:_EXAMPLES])
        for code, seen in self._seen.items():
            text, holds = _SENTENCES[code]
            examples = tuple(seen.examples)
            message = text.format(count=f"{seen.count:,}", examples=", ".join(examples))
            yield Doubt(code, message, rows=seen.count, examples=examples, holds=holds)


# What is told of each kind, and whether it is a doubt about a whole column.
_SENTENCES = {
    "hidden_rows": ("Rows that are hidden or filtered out are read like the others: {count}, such as row {examples}.", False),
    "merged_cells": ("Merged ranges whose value is read in each of their rows: {count}, such as {examples}.", False),
    "merged_bands": ("Merged ranges whose value is read in their first cell alone: {count}, such as {examples}.", False),
    "error_cells": ("Cells with the error of a formula, read as empty: {count}, such as {examples}.", False),
    "formula_without_result": (
        "Cells with a formula and without its result, read as empty: {count}, such as {examples}. Open the workbook in a"
        " spreadsheet program and save it, then send it again.",
        True,
    ),
    "digits_lost": (
        "Cells with a number of more than 15 digits, of which a spreadsheet keeps only the first 15: {count}, such as {examples}."
        " Codes belong into cells formatted as text.",
        False,
    ),
    "more_decimals_than_shown": (
        "Cells with more decimals than they show: {count}, such as {examples}. Amounts are read as they are shown when two"
        " decimals or more are, else with all decimals.",
        False,
    ),
    "format_words": ("Cells that show words beside their number, which alone is read: {count}, such as {examples}.", False),
    "format_quantity": (
        "Cells that say what their number is for, which alone is read: {count}, such as {examples}. If prices are for more than"
        " one piece, have them sent for one.",
        True,
    ),
}


def is_ambiguous(text: bytes) -> bool:
    """Whether a text is a number whose mark may part decimals or thousands."""
    return 5 <= len(text) <= LONGEST_AMBIGUOUS and _EITHER.search(text) is not None


def column_name(index: int) -> str:
    """The letters of a column counted from 0."""
    name, index = "", index + 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(65 + rest) + name
    return name


def column_index(letters: str) -> int:
    """The column of these letters counted from 0."""
    index = 0
    for letter in letters:
        index = index * 26 + ord(letter) - 64
    return index - 1


class Range(NamedTuple):
    """Merged cells: rows counted from 1, columns from 0, the last ones included."""

    first: int
    last: int
    left: int
    right: int

    @property
    def told(self) -> str:
        """As spreadsheets write it."""
        return f"{column_name(self.left)}{self.first}:{column_name(self.right)}{self.last}"


class Merged:
    """The merged ranges of a sheet: values are repeated down their first column, where they are not the width of a title."""

    def __init__(self, ranges: Sequence[Range], width: int, notes: "Notes") -> None:
        self._by_row: dict[int, list[Range]] = {}
        for range_ in ranges:
            repeated = range_.first < range_.last and (
                range_.right == range_.left or 2 * (range_.right - range_.left + 1) < width
            )
            notes.note("merged_cells" if repeated else "merged_bands", range_.told)
            if repeated:
                self._by_row.setdefault(range_.first, []).append(range_)
        # By column: the last row and the value.
        self._open: dict[int, tuple[int, bytes]] = {}

    def filled(self, rows: Rows) -> Rows:
        """The rows with what is repeated in them, and those that hold nothing else."""
        if not self._by_row:
            yield from rows
            return
        before = 0
        for row, cells in rows:
            end = max((last for last, _ in self._open.values()), default=0)
            for between in range(before + 1, min(row, end + 1)):
                if any(repeated := self._fill(between, [])):
                    yield between, repeated
            yield row, self._fill(row, list(cells))
            before = row

    def _fill(self, row: int, cells: list[bytes]) -> list[bytes]:
        for column, (last, value) in list(self._open.items()):
            if row > last:
                del self._open[column]
            elif value:
                cells += [b""] * (column + 1 - len(cells))
                cells[column] = cells[column] or value
        for range_ in self._by_row.pop(row, ()):
            self._open[range_.left] = (range_.last, cells[range_.left] if range_.left < len(cells) else b"")
        return cells
