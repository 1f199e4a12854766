"""Rows that lack cells: whether these are their last ones or some in the middle, by what kinds of cells each column has."""

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
    named, width = _named(rows), rows.width
    count = rows.height
    frame = pl.DataFrame(
        {
            "kind": pl.concat(named.get_columns()) if width else pl.Series(dtype=pl.UInt8),
            "row": pl.concat([pl.int_range(count, eager=True)] * width),
            "at": pl.int_range(width, eager=True).repeat_by(count).explode() if count else pl.Series(dtype=pl.Int64),
            "length": pl.concat([lengths.cast(pl.Int64)] * width),
        }
    ).filter(pl.col("at") < pl.col("length"))
    kinds = pl.Series(trimmed.kinds, dtype=pl.UInt8)
    frame = frame.with_columns(stands=_strange(frame["kind"], kinds.gather(frame["at"])))
    # A gap moves cells that hold something only.
    filled = pl.col("at").filter(pl.col("kind") > 0).max().over("row")
    frame = frame.with_columns(movable=(pl.col("at") <= filled).fill_null(value=False))
    within = [_within(frame, kinds, gap) for gap in (width, trimmed.usual)]
    last = frame.group_by("row", maintain_order=True).agg(pl.col("stands").sum(), pl.col("length").first()).sort("row")
    best = pl.DataFrame({"one": within[0], "other": within[1]}).select(pl.min_horizontal("one", "other").fill_null(1 << 20))
    return (best.to_series() - last["stands"]).sign().cast(pl.Int8)


def _within(frame: pl.DataFrame, kinds: pl.Series, end: int) -> pl.Series:
    """For each row how many cells do not fit when the missing ones, up to the column `end`, stand where that fits best.

    Null where no gap moves a cell.
    """
    moved = (frame["at"] + (end - frame["length"])).clip(0, kinds.len() - 1)
    frame = frame.with_columns(moves=_strange(frame["kind"], kinds.gather(moved)))
    change = pl.col("stands") - pl.col("moves")
    # In front of the gap cells stand where they are, behind it they move.
    cost = pl.col("moves").sum().over("row") + change.cum_sum().over("row") - change
    possible = pl.col("movable") & (pl.col("length") < end)
    found = frame.with_columns(cost=cost).group_by("row").agg(pl.col("cost").filter(possible).min()).sort("row")
    return found["cost"]


def _named(cells: pl.DataFrame) -> pl.DataFrame:
    """The kind of each cell."""
    cells = cells.with_columns(pl.all().fill_null("").str.strip_chars())
    return cells.select(_kind(pl.col(name)).alias(name) for name in cells.columns)


def _kind(cell: pl.Expr) -> pl.Expr:
    found = pl.lit(_TEXT, pl.UInt8)
    for pattern, kind in reversed(_KINDS):
        found = pl.when(cell.str.contains(pattern)).then(pl.lit(kind, pl.UInt8)).otherwise(found)
    return pl.when(cell == "").then(pl.lit(0, pl.UInt8)).otherwise(found)


def _strange(cells: pl.Series, kinds: pl.Series) -> pl.Series:
    """1 for each cell that is of none of the kinds beside it."""
    return ((cells > 0) & ((cells & kinds) == 0)).cast(pl.Int32)
