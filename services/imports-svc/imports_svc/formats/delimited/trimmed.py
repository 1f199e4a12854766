"""Rows that lack cells: whether these are their last ones or some in the middle, by what kinds of cells each column has."""

from collections.abc import Sequence
from functools import reduce
from operator import or_

import polars as pl

from imports_svc.feeds.model import Trimmed

# What a cell may be, first match first; a column's kinds are those of its cells together. An empty cell is of none.
_KINDS = (
    ("://", 1),
    (r"^[0-9]{1,7}$", 2),
    (r"^[0-9]{8,}$", 4),
    (r"^[0-9]{1,4}[./-][0-9]{1,2}[./-][0-9]{1,4}", 8),
    (r"^(?:[A-Z]{3}|\p{Sc})?\s*[-+]?[0-9][0-9.,' ]*\s*(?:[A-Z]{3}|\p{Sc}|%)?$", 16),
    (r"^\S*[0-9]\S*$", 32),
)
_TEXT, _ANY = 64, 127
# A kind that fewer of a column's cells have is an accident.
_RARE = 0.02


def kinds_of(column: pl.Series) -> int:
    """The kinds of cells of a column, all of them where none says any."""
    found = _named(column.to_frame("cell")).filter(pl.col("cell") > 0)
    often = found.group_by("cell").len().filter(pl.col("len") >= _RARE * found.height)
    return reduce(or_, often["cell"].to_list(), 0) or _ANY


def last_or_within(rows: pl.DataFrame, lengths: pl.Series, trimmed: Trimmed) -> pl.Series:
    """Of rows that lack cells: 1 where their last ones fit best, -1 where some within do, 0 where nobody can tell.

    `rows`: their cells, one column for each of the table. `lengths`: how many cells each has.
    """
    named = _named(rows)
    answers = pl.Series([0], dtype=pl.Int8).new_from_index(0, rows.height)
    for length in lengths.unique():
        at = (lengths == length).arg_true()
        answers = answers.scatter(at, _compared(named[at], length, trimmed))
    return answers


def _named(cells: pl.DataFrame) -> pl.DataFrame:
    """The kind of each cell."""
    cells = cells.with_columns(pl.all().fill_null("").str.strip_chars())
    return cells.select(_kind(pl.col(name)).alias(name) for name in cells.columns)


def _kind(cell: pl.Expr) -> pl.Expr:
    found = pl.lit(_TEXT, pl.UInt8)
    for pattern, kind in reversed(_KINDS):
        found = pl.when(cell.str.contains(pattern)).then(pl.lit(kind, pl.UInt8)).otherwise(found)
    return pl.when(cell == "").then(pl.lit(0, pl.UInt8)).otherwise(found)


def _compared(named: pl.DataFrame, length: int, trimmed: Trimmed) -> pl.Series:
    """The answers for rows of one length: cells that do not fit as they stand, and with a gap wherever that fits best."""
    names, width = named.columns[:length], len(trimmed.kinds)
    as_they_stand = pl.sum_horizontal(_strange(name, kind) for name, kind in zip(names, trimmed.kinds, strict=False))
    gaps = {width - length, trimmed.usual - length} - {0}
    within = [_with_gap(names, at, gap, trimmed.kinds) for gap in gaps if gap > 0 for at in range(length)]
    compared = named.select(last=as_they_stand, within=pl.min_horizontal(within))
    return compared.select((pl.col("within") - pl.col("last")).sign().cast(pl.Int8)).to_series()


def _with_gap(names: Sequence[str], at: int, gap: int, kinds: Sequence[int]) -> pl.Expr:
    """How many cells do not fit when `gap` ones are missing in front of that `at` this place; more than all if it moves none."""
    costs = [_strange(name, kinds[i if i < at else i + gap]) for i, name in enumerate(names)]
    moved = pl.any_horizontal(pl.col(name) > 0 for name in names[at:])
    return pl.when(moved).then(pl.sum_horizontal(costs)).otherwise(pl.lit(len(names) + 1))


def _strange(name: str, kinds: int) -> pl.Expr:
    return ((pl.col(name) > 0) & (pl.col(name) & kinds == 0)).cast(pl.Int32)
