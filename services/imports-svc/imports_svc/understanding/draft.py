"""A file in the making: a table as cells, what stands around it, and how it is written down."""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random

from imports_svc.feeds.encodings import NOTHING_SAID, Letters
from imports_svc.understanding.tables import Table, Truth

Line = list[str] | str
"""Cells to be written like the others, or a line as it stands."""
_GROUPING = {".": ",", ",": "."}


@dataclass(frozen=True)
class Made:
    """A finished file. `rejected`: numbers of articles that cannot be imported, which has to be said."""

    name: str
    content: bytes
    truth: tuple[Truth, ...]
    # What the person who imports it says of prices without a currency; "" for nothing.
    currency: str
    rejected: frozenset[int] = frozenset()
    # Which encoding a person says, of this file or of earlier ones.
    letters: Letters = NOTHING_SAID


@dataclass
class Draft:
    """What kinds change. `truth[i]` belongs to `rows[i]`; `between` holds lines in front of the row with that number."""

    random: Random
    table: Table
    fields: list[str]
    header: list[str]
    rows: list[list[str]]
    truth: list[Truth]
    delimiter: str = ","
    encoding: str = "utf-8"
    line_end: str = "\n"
    quote: str = '"'
    # "needed", "all", "texts" or "never".
    quoting: str = "needed"
    backslash: bool = False
    # What stands between a delimiter and a quote.
    before_quote: str = ""
    above: list[Line] = field(default_factory=list)
    under: list[Line] = field(default_factory=list)
    between: list[tuple[int, Line]] = field(default_factory=list)
    below: list[Line] = field(default_factory=list)
    of_lines: list[Callable[[list[str]], list[str]]] = field(default_factory=list)
    of_bytes: list[Callable[[bytes], bytes]] = field(default_factory=list)
    currency: str = ""
    suffix: str = "csv"
    # What writes the file where it is no delimited text.
    writer: Callable[["Draft"], bytes] | None = None
    rejected: set[int] = field(default_factory=set)
    letters: Letters = NOTHING_SAID

    def at(self, name: str) -> int:
        """Where the column of a field stands."""
        return self.fields.index(name)

    def has(self, name: str) -> bool:
        return name in self.fields

    def retype(self, name: str, typed: Callable[[Truth, int], str]) -> None:
        """Write every cell of a column anew from its truth."""
        column = self.at(name)
        for number, (row, truth) in enumerate(zip(self.rows, self.truth, strict=True)):
            row[column] = typed(truth, number)

    def drop(self, name: str, *, known: bool = False) -> None:
        """Leave a column out, and what it says from the truth unless something else says it (`known`)."""
        if name not in self.fields:
            return
        column = self.at(name)
        for cells in (self.header, self.fields, *self.rows):
            del cells[column]
        if not known:
            for truth in self.truth:
                truth[{"gtin": "gtin14"}.get(name, name)] = None

    def add(self, header: str, cells: list[str], at: int | None = None, name: str = "") -> None:
        """One more column."""
        place = len(self.header) if at is None else at
        self.header.insert(place, header)
        self.fields.insert(place, name)
        for row, cell in zip(self.rows, cells, strict=True):
            row.insert(place, cell)

    def made(self, name: str) -> Made:
        """The bytes."""
        if self.writer is not None:
            return self._file(name, self.writer(self))
        lines = self._lines()
        for change in self.of_lines:
            lines = change(lines)
        content = "".join(line if line.endswith(("\n", "\r")) else line + self.line_end for line in lines)
        written = content.encode(self.encoding)
        for rewrite in self.of_bytes:
            written = rewrite(written)
        return self._file(name, written)

    def _file(self, name: str, content: bytes) -> Made:
        return Made(f"{name}.{self.suffix}", content, tuple(self.truth), self.currency, frozenset(self.rejected), self.letters)

    def written(self, cells: list[str]) -> str:
        """One record."""
        written = [self._cell(cell) for cell in cells]
        return self.delimiter.join(
            f"{self.before_quote}{cell}" if at and cell[:1] == self.quote else cell for at, cell in enumerate(written)
        )

    def lines(self) -> list[Line]:
        """Everything of the file in its order."""
        body: list[Line] = []
        waiting = sorted(self.between, key=lambda entry: entry[0])
        for number, row in enumerate(self.rows):
            while waiting and waiting[0][0] <= number:
                body.append(waiting.pop(0)[1])
            body.append(row)
        header: list[Line] = [self.header] if self.header else []
        return [*self.above, *header, *self.under, *body, *(line for _, line in waiting), *self.below]

    def _lines(self) -> list[str]:
        return [line if isinstance(line, str) else self.written(line) for line in self.lines()]

    def _cell(self, cell: str) -> str:
        q = self.quote
        needed = self.delimiter in cell or q in cell or "\n" in cell or "\r" in cell or cell != cell.strip()
        texts = self.quoting == "texts" and not cell.replace(".", "").replace(",", "").isdigit()
        if self.quoting == "never" or not (needed or texts or self.quoting == "all"):
            return cell
        inner = cell.replace("\\", "\\\\").replace(q, f"\\{q}") if self.backslash else cell.replace(q, q * 2)
        return f"{q}{inner}{q}"


def typed_price(price: str, mark: str, *, grouped: bool | str = False, decimals: int = 2) -> str:
    """A price as people type it; `grouped`: what stands between thousands."""
    separator = (_GROUPING[mark] if grouped is True else grouped) or ""
    text = f"{Decimal(price):,.{decimals}f}"
    return text.replace(",", "\0").replace(".", mark).replace("\0", separator)


def draft_of(random: Random, table: Table) -> Draft:
    """A clean file of the table: its columns in any order, written as one of the usual programs would."""
    fields = [name for name in table.headers if name != "currency" or random.random() < 0.4]
    random.shuffle(fields)
    mark, grouped = table.language.mark, random.random() < 0.3
    rows = [[_typed(name, truth, mark, grouped=grouped) for name in fields] for truth in table.truth]
    draft = Draft(random, table, fields, [table.headers[name] for name in fields], rows, [dict(truth) for truth in table.truth])
    draft.delimiter = random.choice((",", ";", "\t", "|", ";"))
    draft.line_end = random.choice(("\n", "\r\n"))
    draft.quoting = random.choice(("needed", "needed", "all", "texts"))
    draft.encoding = random.choice(("utf-8", "utf-8-sig"))
    if "currency" not in fields:
        draft.currency = table.currency
    return draft


def _typed(name: str, truth: Truth, mark: str, *, grouped: bool) -> str:
    if name == "gtin":
        return str(truth["gtin14"]).removeprefix("0")
    if name == "price":
        return typed_price(str(truth["price"]), mark, grouped=grouped)
    return str(truth[name])
