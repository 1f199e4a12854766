"""Reads a made file exactly as a job does, and compares every cell with the truth."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import polars as pl

from imports_svc.feeds.encodings import NOTHING_SAID, Letters
from imports_svc.feeds.errors import EmptyFeed, FeedError, SampleMisleads
from imports_svc.feeds.model import Doubt, Inspection, Mapping
from imports_svc.feeds.reader import inspect
from imports_svc.formats.opening import open_feed
from imports_svc.jobs.models import Job
from imports_svc.mapping.around import settled
from imports_svc.mapping.doubts import doubts_of
from imports_svc.pipeline.judging import with_judged
from imports_svc.pipeline.mapping import mapped
from imports_svc.reading.reading import Reading
from imports_svc.understanding.draft import Made
from imports_svc.understanding.tables import FIELDS, Truth

Answer = Literal["right", "doubt", "needless", "refused", "wrong"]
SUPPLIERS_OWN = "EUR"
"""The currency of prices that nobody says anything of."""
_COLUMNS = {"gtin14": "gtin"}
# Doubts that say which field may stand in a column that is not read.
_UNREAD = {"supplier_unread": "brand", "stock_unread": "stock", "ref_unread": "ref"}


@dataclass(frozen=True)
class Verdict:
    """`answer`: right; doubt (wrong or missing somewhere, and said); needless (right, and held all the same); refused; wrong in
    silence. `found` says in words what differs, `doubts` the names of those that hold.
    """

    answer: Answer
    found: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()


def judge(made: Made) -> Verdict:
    """The verdict on one file."""
    with TemporaryDirectory() as folder:
        try:
            return _judged(made, Path(folder))
        except FeedError as error:
            return Verdict("refused", (f"{error.reason}: {error}",))


@dataclass(frozen=True)
class Read:
    """A file as a job reads it. `holding`: names of the doubts that hold it; `rows`: accepted and rejected ones."""

    seen: Inspection
    mapping: Mapping
    doubts: tuple[Doubt, ...]
    holding: tuple[str, ...]
    accepted: pl.DataFrame
    problems: pl.DataFrame

    @property
    def rows(self) -> int:
        """How many rows were read."""
        return self.accepted.height + self.problems.filter(pl.col("outcome") == "rejected").height


def read_file(stored: Path, folder: Path, currency: str = "", letters: Letters = NOTHING_SAID) -> Read:
    """Reads a file as a job does, in `folder`; `letters`: which encoding a person said.

    A mapping without identity reads no row. Raises FeedError.
    """
    text = open_feed(stored, folder, letters=letters)
    seen = inspect(text)
    if not seen.rows:
        raise EmptyFeed("The file has a header but no row.")
    mapping = settled(mapped(seen, {}), seen.shape, currency)
    doubts = doubts_of(seen, mapping, currency)
    holding = (*(doubt.name for doubt in doubts if doubt.holds), *mapping.problems)
    if not mapping.usable:
        nothing = pl.DataFrame(schema={"row_no": pl.Int64, "outcome": pl.String})
        return Read(seen, mapping, doubts, holding, nothing, nothing)
    accepted, problems = _read(text, seen, mapping, currency)
    holding = tuple(dict.fromkeys((*holding, *_judged_rows(seen, mapping, accepted, problems))))
    return Read(seen, mapping, doubts, holding, accepted, problems)


def _judged(made: Made, folder: Path) -> Verdict:
    stored = folder / made.name
    stored.write_bytes(made.content)
    read = read_file(stored, folder, made.currency, made.letters)
    if not read.mapping.usable:
        return Verdict("doubt", (), read.holding)
    columns = {name: read.seen.shape.columns[choice.column] for name, choice in read.mapping.fields.items()}
    differing = _Comparison(made, columns, read).differing()
    silent = tuple(what for what, told in differing if not told)
    if silent and not read.holding:
        return Verdict("wrong", silent)
    if differing:
        return Verdict("doubt", tuple(what for what, _ in differing), read.holding)
    return Verdict("needless" if read.holding else "right", (), read.holding)


def _read(text: Path, seen: Inspection, mapping: Mapping, currency: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    reading = Reading(seen, mapping, currency)
    try:
        blocks = list(reading.blocks(text))
    except SampleMisleads:
        blocks = list(replace(reading, inspection=inspect(text, seen.shape, whole=True)).blocks(text))
    return pl.concat([block.accepted for block in blocks]), pl.concat([block.problems for block in blocks])


def _judged_rows(seen: Inspection, mapping: Mapping, accepted: pl.DataFrame, problems: pl.DataFrame) -> list[str]:
    """The doubts that hold a planned job for what its rows say together, of a new supplier whose articles are all new."""
    rejected = problems.filter(pl.col("outcome") == "rejected").height
    reasons = problems["reasons"].explode().drop_nulls().value_counts().rows()
    job = Job(
        mapping=json.loads(mapping.to_json()),
        inspection=json.loads(seen.to_json()),
        confirmed=False,
        read=accepted.height + rejected,
        rejected=rejected,
        products_created=accepted.height,
        reasons=dict(reasons),
        doubts=[],
    )
    return [doubt.name for doubt in with_judged(job) if doubt.holds]


class _Comparison:
    """Articles as they should be beside rows as they were read. Each difference is told by its row, its column, or by nobody."""

    def __init__(self, made: Made, columns: dict[str, str], read: Read) -> None:
        self._made = made
        # Columns of the fields, those that a doubt names, and fields that a column may be which is not read.
        self._columns = columns
        self._doubted = {doubt.column for doubt in read.doubts}
        self._letters = any(doubt.code == "encoding_other" for doubt in read.doubts)
        self._unread = {_UNREAD[doubt.code] for doubt in read.doubts if doubt.code in _UNREAD}
        self._rows = read.accepted.to_dicts()
        # Of each row that has problems: the columns these are about.
        self._told: dict[int, set[str]] = {}
        self._rejected: list[int] = []
        for problem in read.problems.to_dicts():
            self._told.setdefault(problem["row_no"], set()).update(json.loads(problem["values"]))
            if problem["outcome"] == "rejected":
                self._rejected.append(problem["row_no"])

    def differing(self) -> list[tuple[str, bool]]:
        """What differs in words, and whether it is told."""
        found: list[tuple[str, bool]] = []
        for number, row in self._pairs():
            if number is None:
                found.append((f"row {row['row_no']} is no article: {_shown(row)}", row["row_no"] in self._told))
            else:
                found.extend(self._cells(self._made.truth[number], row))
        found.extend(self._missing())
        return found

    def _pairs(self) -> list[tuple[int | None, dict[str, Any]]]:
        """Each row with its article by reference; what is left, by its place between those."""
        at: dict[Any, list[int]] = {}
        for number, truth in enumerate(self._made.truth):
            at.setdefault(truth["ref"], []).append(number)
        pairs: list[tuple[int | None, dict[str, Any]]] = []
        for row in self._rows:
            numbers = at.get(row["ref"], [])
            pairs.append((numbers.pop(0) if numbers else None, row))
        self._left = sorted(number for numbers in at.values() for number in numbers)
        by_title = {self._made.truth[number]["title"]: number for number in self._left}
        for place, (known, row) in enumerate(pairs):
            if known is None and (other := by_title.pop(row["title"], None)) is not None:
                self._left.remove(other)
                pairs[place] = (other, row)
        self._found = {number: row["row_no"] for number, row in pairs if number is not None}
        return pairs

    def _missing(self) -> list[tuple[str, bool]]:
        """Articles that are no rows: told when so many lines are rejected between their neighbours."""
        found = []
        free = list(self._rejected)
        for number in self._left:
            before = max((row_no for other, row_no in self._found.items() if other < number), default=0)
            behind = min((row_no for other, row_no in self._found.items() if other > number), default=1 << 62)
            line = next((row_no for row_no in free if before < row_no < behind), None)
            if line is not None:
                free.remove(line)
            if number not in self._made.rejected or line is None:
                found.append((f"article {self._made.truth[number]['ref']} is missing", line is not None))
        return found

    def _cells(self, truth: Truth, row: dict[str, Any]) -> list[tuple[str, bool]]:
        found = []
        for name in FIELDS:
            expected, read = truth[name], row[name]
            if name == "currency":
                if row["price"] is None or truth["price"] is None:
                    continue
                read = read or SUPPLIERS_OWN
            if expected != read:
                found.append((f"row {row['row_no']} {name}: {read!r} for {expected!r}", self._is_told(name, row["row_no"])))
        return found

    def _is_told(self, name: str, row_no: int) -> bool:
        fields = ("currency", "price") if name in ("currency", "price") else (_COLUMNS.get(name, name),)
        if name in self._unread or (self._letters and name in ("ref", "title", "brand", "category")):
            return True
        columns = {self._columns[field] for field in fields if field in self._columns}
        return bool(columns & (self._told.get(row_no, set()) | (self._doubted if name != "currency" else set())))


def _shown(row: dict[str, Any]) -> str:
    return ", ".join(f"{name} {row[name]!r}" for name in ("ref", "title", "price") if row[name] is not None)
