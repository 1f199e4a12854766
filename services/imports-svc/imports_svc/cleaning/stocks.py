"""Reads quantities: numbers, bounds (`>100`, `50+`), and the words people write in their place (`nicht lieferbar`, `in stock`).

At least so many counts as so many. A word for "none" is zero; a word for "some" leaves it unknown: no number is invented.
"""

from enum import IntEnum

import polars as pl

from imports_svc.cleaning import numbers
from imports_svc.feeds.model import NumberStyle
from imports_svc.vocabulary import values

MAX_COUNT = 2**31 - 1
_PLAIN = "^[0-9]{1,9}$"


class Status(IntEnum):
    """How reading one quantity went. Only OK, NONE and LEAST carry a number."""

    EMPTY = 0
    OK = 1
    NONE = 2
    """A word for nothing left."""
    LEAST = 3
    """At least so many."""
    ABOUT = 4
    """At most, or about so many: how many is not known."""
    SOME = 5
    """A word for there is some, or some will be."""
    NEGATIVE = 6
    INVALID = 7
    ERROR = 8


REASONS = {
    Status.LEAST: "at_least",
    Status.ABOUT: "not_exact",
    Status.SOME: "without_quantity",
    Status.NEGATIVE: "negative",
    Status.INVALID: "invalid",
    Status.ERROR: "error",
}
"""What is said of a field with such a cell: `stock_at_least` and so on."""


def read_counts(cells: pl.Series, style: NumberStyle, least: int, *, words: bool) -> pl.DataFrame:
    """Stripped cells as `value` (Int64, from `least` up to MAX_COUNT) and `status`; a zero below `least` means "not given".

    `words`: the column is a stock, whose cells may say in words what there is.
    """
    plain = cells.str.contains(_PLAIN)
    value = cells.set(~plain, None).cast(pl.Int64)
    value = value.set(value < least, None)
    at = (~plain).fill_null(value=False).arg_true()
    status = value.is_not_null().cast(pl.UInt8)
    if at.len():
        read = _read_others(cells.gather(at), style, least, words=words)
        value, status = value.scatter(at, read["value"]), status.scatter(at, read["status"])
    return pl.DataFrame({"value": value, "status": status})


def _read_others(cells: pl.Series, style: NumberStyle, least: int, *, words: bool) -> pl.DataFrame:
    """Quantities that are more than a few digits."""
    read = numbers.read_decimals(cells, style, counts=True)
    whole = pl.col("value").cast(pl.Int64, strict=False)
    fits = whole.is_between(least, MAX_COUNT)
    known = pl.col("status").is_in([numbers.Status.OK, numbers.Status.ROUNDED])
    status = (
        pl.when(pl.col("status") == numbers.Status.EMPTY)
        .then(pl.lit(Status.EMPTY))
        .when(pl.col("status") == numbers.Status.NEGATIVE)
        .then(pl.lit(Status.NEGATIVE))
        .when(known & (pl.col("bound") == "about"))
        .then(pl.lit(Status.ABOUT))
        .when(known & fits & (pl.col("bound") == "least"))
        .then(pl.lit(Status.LEAST))
        .when(known & fits)
        .then(pl.lit(Status.OK))
        .when(known & (whole == 0))
        .then(pl.lit(Status.EMPTY))
        .otherwise(pl.lit(Status.INVALID))
        .cast(pl.UInt8)
    )
    told = pl.col("told").is_in([Status.OK, Status.LEAST])
    frame = read.with_columns(told=status).select(value=pl.when(told).then(whole), status="told")
    unread = frame["status"] == Status.INVALID
    return _in_words(cells, frame, unread, words=words) if unread.any() else frame


def _in_words(cells: pl.Series, frame: pl.DataFrame, unread: pl.Series, *, words: bool) -> pl.DataFrame:
    found = {cell: kind for cell in cells.filter(unread).unique() if (kind := _word(cell, words=words)) is not None}
    if not found:
        return frame
    said = cells.set(~unread, None).replace_strict(found, default=None, return_dtype=pl.UInt8)
    frame = frame.with_columns(status=said.zip_with(said.is_not_null(), frame["status"]))
    return frame.with_columns(value=pl.when(pl.col("status") == Status.NONE).then(0).otherwise("value"))


def _word(cell: str, *, words: bool) -> Status | None:
    """What a cell says that is no number; None for what is not understood."""
    if values.is_error(cell):
        return Status.ERROR
    said = values.plain(cell.strip(" !\"'()[]")).replace("_", " ")
    if not words:
        return Status.EMPTY if said in values.NO_CODE or values.is_marks(cell) else None
    said = said.removeprefix("http //schema org/").removeprefix("https //schema org/")
    # Of a stock, `non disponibile` says that there is none, and elsewhere that nothing is said.
    if said in values.OUT_OF_STOCK:
        return Status.NONE
    if said in values.NOTHING or values.is_marks(cell):
        return Status.EMPTY
    if said in values.IN_STOCK or said in values.LATER:
        return Status.SOME
    return Status.EMPTY if said in values.NO_CODE else None
