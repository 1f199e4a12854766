"""Rows of another width than the table: which are empty, and which only lack their last cells."""

from collections.abc import Sequence

import polars as pl

_BLANK = "^[\\s\\x{feff}\\x1a\\x{a0}]*$"


def empty_rows(frame: pl.DataFrame, fields: Sequence[str], sentinel: str) -> pl.Series:
    """Rows of which no cell holds anything: blank lines, lines of nothing but delimiters, the end mark of DOS."""
    blank = frame[fields[0]].str.contains(_BLANK).fill_null(value=True)
    if not blank.any():
        return blank
    rest = [pl.col(name).is_null() | (pl.col(name) == sentinel) | pl.col(name).str.contains(_BLANK) for name in fields[1:]]
    found = frame.filter(blank).select(pl.all_horizontal(rest)).to_series()
    return blank.scatter(blank.arg_true().filter(~found), [False] * int((~found).sum()))


def widths(frame: pl.DataFrame, fields: Sequence[str], sentinel: str) -> pl.Series:
    """Fields of each row, as its sentinel shows; null for a row wider than the table."""
    places = [pl.when(pl.col(name) == sentinel).then(pl.lit(at)) for at, name in enumerate(fields)]
    return frame.select(pl.coalesce(places).cast(pl.Int64)).to_series()


def ends_early(found: pl.Series, width: int, before: int) -> pl.Series:
    """Rows of two fields or more that lack their last cells, by the widths of all rows and that of the row `before` them.

    Two in a row that would make one row of the table together are a row that was torn apart: neither counts.
    """
    short = found.is_between(2, width - 1).fill_null(value=False)
    behind = found.shift(-1, fill_value=width)
    ahead = found.shift(1, fill_value=before)
    torn = ((found + behind - 1 == width) & (behind < width)) | ((found + ahead - 1 == width) & (ahead < width))
    return short & ~torn.fill_null(value=False)
