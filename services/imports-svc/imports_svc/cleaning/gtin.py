"""Reads trade item codes by column: GTIN-8/12/13/14, UPC-E, ISBN-10, what spreadsheets made of them, and the rest.

Rules: GS1 General Specifications (check digit, UPC-E zero suppression, restricted circulation numbers), ISO 2108
(ISBN-10). The normal form is the GTIN-14, zero-padded; the digits decide, never the declared type.
"""

from collections.abc import Iterator
from enum import IntEnum
from typing import NamedTuple

import polars as pl

from imports_svc.cleaning import codes
from imports_svc.cleaning.checks import check_sum, is_restricted, isbn10_is_valid, isbn13, upc_a
from imports_svc.cleaning.nothing import says_little
from imports_svc.vocabulary import values


class Status(IntEnum):
    """What a code turned out to be. Only VALID and REPAIRED carry a GTIN."""

    EMPTY = 0
    VALID = 1
    REPAIRED = 2
    AMBIGUOUS = 3
    """Eight digits that are both a GTIN-8 and a UPC-E starting with 0: two products, nobody can tell which."""
    RESTRICTED = 4
    """Restricted circulation: every shop uses these numbers for goods of its own."""
    CHECK_DIGIT = 5
    ZERO = 6
    DAMAGED = 7
    """Scientific notation or a decimal part: digits are lost or invented."""
    INTERNAL = 8
    """No code of a GTIN's length: the supplier's own."""
    SEVERAL = 9
    """Two sound codes in one cell: nobody can tell which is the product's."""
    CHANCE = 10
    """Eight digits that pass as a GTIN, as one in ten does, in a column whose others do not."""
    ERROR = 11
    """What a spreadsheet shows in place of a value."""


class Column(NamedTuple):
    """What a column's codes say together of those that alone leave it open.

    `lost_zeros`: a spreadsheet damaged the column, so zeros may be put back where the check digit agrees and one reading is left.
    `short`: of codes of these lengths nearly all pass the check once their zeros are back: they lost them. `isbn`: its short
    codes are ISBN-10. `eight` and `upc_e`: whether eight digits that pass are GTIN-8, or UPC-E, and not by chance.
    """

    lost_zeros: bool = False
    isbn: bool = False
    short: frozenset[int] = frozenset()
    eight: bool = True
    upc_e: bool = True


USUAL = Column()


_LONG = r"^[0-9]{12,14}$"
_EIGHT = r"^[0-9]{8}$"
SCIENTIFIC = r"^[0-9](?:[.,][0-9]+)?[eE]\+[0-9]{1,3}$|^[0-9][.,][0-9]+[eE][0-9]{1,3}$"
_DECIMAL_TAIL = r"^([0-9]+)[.,]0+$"
# More than one number of a code's length, or one beside something else.
_MANY = r"[0-9]{8,}[^0-9A-Za-z()\]]+(?:\pL{1,3}\s+)?[0-9]*[0-9Xx]|[0-9][^0-9A-Za-z()\]]+[0-9]{8,}"
DAMAGED = rf"{SCIENTIFIC}|{_DECIMAL_TAIL}"
"""Numbers a spreadsheet wrote in place of a code."""


def read_codes(typed: pl.Series, column: Column = USUAL) -> pl.DataFrame:
    """Reads stripped codes (String, null for none) into `code` (as typed, without decoration), `gtin14`, `status`."""
    frame = pl.DataFrame({"code": typed}).with_row_index("at")
    long = typed.str.contains(_LONG)
    if long.all(ignore_nulls=False):
        return _read_long(frame).drop("at")
    read = _read_long(frame.with_columns(code=typed.set(~long, None))).drop("at")
    status = read["status"].set(typed.is_null(), Status.EMPTY)
    at = (~long).fill_null(value=False).arg_true()
    if not at.len():
        return read.with_columns(status=status)
    others = _read_others(frame[at], column)
    columns = {name: read[name].scatter(at, others[name]) for name in ("code", "gtin14")}
    return pl.DataFrame({**columns, "status": status.scatter(at, others["status"])})


def _read_others(odd: pl.DataFrame, column: Column) -> pl.DataFrame:
    """Cells that are no codes of 12, 13 or 14 digits, in their order."""
    little = says_little(odd["code"])
    parts = []
    if little.any():
        words = odd.filter(little)
        errors = {word: values.is_error(word) for word in words["code"].unique()}
        saying = [
            word for word, error in errors.items() if not (error or values.is_marks(word) or values.plain(word) in values.NO_CODE)
        ]
        parts.append(_without_code(words.filter(~pl.col("code").is_in(saying)), errors))
        odd = odd.filter(~little | pl.col("code").is_in(saying))
    parts.extend(_read_odd(odd, column))
    return pl.concat(parts).sort("at")


def _without_code(frame: pl.DataFrame, errors: dict[str, bool]) -> pl.DataFrame:
    """Words for nothing and errors of spreadsheets."""
    error = pl.col("code").is_in([word for word, is_error in errors.items() if is_error])
    status = pl.when(error).then(pl.lit(Status.ERROR)).otherwise(pl.lit(Status.EMPTY)).cast(pl.UInt8)
    return frame.select("at", code=pl.lit(None, pl.String), gtin14=pl.lit(None, pl.String), status=status)


def _read_long(frame: pl.DataFrame) -> pl.DataFrame:
    """Codes of 12, 13 or 14 digits."""
    value = pl.col("value")
    frame = frame.with_columns(value=pl.col("code").cast(pl.Int64))
    return _result(frame, pl.when(check_sum(value) != 0).then(pl.lit(Status.CHECK_DIGIT)))


def _read_eight(frame: pl.DataFrame, column: Column) -> pl.DataFrame:
    """Codes of 8 digits: GTIN-8, or a UPC-E where only that reading passes."""
    value, as_upc = pl.col("value"), pl.col("upc")
    frame = frame.with_columns(value=pl.col("code").cast(pl.Int64)).with_columns(upc=upc_a(pl.col("value")))
    frame = frame.with_columns(own=check_sum(value) == 0, upc_e=(value < 2 * 10**7) & (check_sum(as_upc) == 0))
    both = pl.col("own") & pl.col("upc_e") & (value < 10**7) & (value > 0)
    chance = pl.when("own").then(not column.eight).otherwise(not column.upc_e)
    status = (
        pl.when(~pl.col("own") & ~pl.col("upc_e"))
        .then(pl.lit(Status.CHECK_DIGIT))
        .when(chance & (value > 0))
        .then(pl.lit(Status.CHANCE))
        .when(both)
        .then(pl.lit(Status.AMBIGUOUS))
    )
    return _result(frame.with_columns(value=pl.when("own").then(value).otherwise(as_upc)), status)


def _result(frame: pl.DataFrame, status: pl.Expr) -> pl.DataFrame:
    """`status` where it says something, else what the value of a code that passes its check digit is."""
    value = pl.col("value")
    known = (
        pl.when(value == 0)
        .then(pl.lit(Status.ZERO))
        .when(status.is_not_null())
        .then(status)
        .when(is_restricted(value))
        .then(pl.lit(Status.RESTRICTED))
        .otherwise(pl.lit(Status.VALID))
        .cast(pl.UInt8)
    )
    return _coded(frame.with_columns(status=known))


def _coded(frame: pl.DataFrame) -> pl.DataFrame:
    sound = pl.col("status").is_in([Status.VALID, Status.REPAIRED])
    gtin14 = pl.when(sound).then(pl.col("value").cast(pl.String).str.zfill(14))
    return frame.select("at", "code", gtin14=gtin14, status="status")


def _read_odd(frame: pl.DataFrame, column: Column) -> Iterator[pl.DataFrame]:
    """Everything else: eight digits, decorated or damaged digits, other lengths, letters. Kinds without a row cost nothing."""
    lost_isbn = column.lost_zeros and column.isbn
    eight = frame.select(pl.col("code").str.contains(_EIGHT) & ~_is_lost_isbn(pl.col("code"), lost_isbn)).to_series()
    if eight.any():
        yield _read_eight(frame.filter(eight), column)
    odd = frame.filter(~eight)
    several = odd["code"].str.contains(_MANY) & ~odd["code"].str.contains(rf"{DAMAGED}|^http")
    if several.any():
        yield from _read_several(odd.filter(several), column)
        odd = odd.filter(~several)
    yield from _read_decorated(odd, column)


def _read_decorated(odd: pl.DataFrame, column: Column) -> Iterator[pl.DataFrame]:
    if odd.is_empty():
        return
    lost_isbn = column.lost_zeros and column.isbn
    code, bare = pl.col("code"), pl.coalesce("whole", "code")
    odd = odd.with_columns(codes.undecorated(odd["code"]).alias("code")).with_columns(
        whole=code.str.extract(_DECIMAL_TAIL, 1), damaged=code.str.contains(DAMAGED).fill_null(value=False)
    )
    odd = odd.with_columns(
        long=bare.str.contains(_LONG).fill_null(value=False),
        short=bare.str.contains(_EIGHT).fill_null(value=False) & ~_is_lost_isbn(bare, lost_isbn),
    )
    if odd["long"].any():
        found = odd.filter("long")
        yield _repaired(found, _read_long(found.with_columns(code=bare)))
    if odd["short"].any():
        found = odd.filter("short")
        yield _repaired(found, _read_eight(found.with_columns(code=bare), column))
    yield _read_other(odd.filter(~pl.col("long") & ~pl.col("short")), column)


def _read_several(cells: pl.DataFrame, column: Column) -> Iterator[pl.DataFrame]:
    """Cells that may hold several codes. One of them is sound: that is it; two products in one cell are none."""
    pieces = [
        (at, piece) for at, cell in cells.select("at", "code").iter_rows() for piece in codes.SEVERAL.split(cell) if piece.strip()
    ]
    split = pl.DataFrame(pieces, schema={"owner": cells.schema["at"], "code": pl.String}, orient="row").with_row_index("at")
    split = split.with_columns(pl.col("code").str.strip_chars())
    long = split["code"].str.contains(_LONG)
    read = pl.concat([_read_long(split.filter(long)), *_read_decorated(split.filter(~long), column)])
    sound = read.join(split.select("at", "owner"), on="at").filter(pl.col("gtin14").is_not_null())
    found = sound.group_by("owner").agg(pl.col("gtin14").unique())
    found = cells.select("at", "code").join(found, left_on="at", right_on="owner", how="left")
    count = pl.col("gtin14").list.len().fill_null(0)
    yield found.filter(count > 0).select(
        "at",
        "code",
        gtin14=pl.when(count == 1).then(pl.col("gtin14").list.first()),
        status=pl.when(count == 1).then(pl.lit(Status.REPAIRED)).otherwise(pl.lit(Status.SEVERAL)).cast(pl.UInt8),
    )
    yield from _read_decorated(found.filter(count == 0).select("at", "code"), column)


def _is_lost_isbn(code: pl.Expr, possible: bool) -> pl.Expr:
    """Whether eight digits of an ISBN column are an ISBN-10 that lost its zeros: that reading wins over a GTIN-8 there."""
    return isbn10_is_valid(code.str.zfill(10)) if possible else pl.lit(value=False)


def _repaired(odd: pl.DataFrame, read: pl.DataFrame) -> pl.DataFrame:
    """Codes of a GTIN's length once undecorated; those that lost a `.0` are repaired when valid and worthless when not."""
    status = (
        pl.when(~pl.col("damaged"))
        .then("status")
        .when(pl.col("status") == Status.VALID)
        .then(pl.lit(Status.REPAIRED))
        .otherwise(pl.lit(Status.DAMAGED))
        .cast(pl.UInt8)
    )
    return read.with_columns(odd.select("code", "damaged")).with_columns(status=status).drop("damaged")


def _read_other(frame: pl.DataFrame, column: Column) -> pl.DataFrame:
    code = pl.col("code")
    length = code.str.len_bytes()
    digits = code.str.contains(r"^[0-9]+$")
    found: pl.Expr = pl.lit(None, pl.Int64)
    if column.isbn:
        padded = pl.when(length == 10).then(code).when(pl.lit(column.lost_zeros) & (length >= 6)).then(code.str.zfill(10))
        fits = code.str.contains(r"^[0-9]{5,9}[0-9Xx]$") & isbn10_is_valid(padded)
        found = pl.when(fits).then(isbn13(padded))
    elif column.lost_zeros or column.short:
        lengths = length.is_between(9, 11) if column.lost_zeros else length.is_in(sorted(column.short))
        value = pl.when(digits & lengths).then(code.str.head(11)).cast(pl.Int64, strict=False)
        found = pl.when((check_sum(value) == 0) & ~is_restricted(value)).then(value)
    repaired = pl.when(pl.lit(column.isbn) & (length == 10)).then(pl.lit(Status.VALID)).otherwise(pl.lit(Status.REPAIRED))
    status = (
        pl.when(code.is_null())
        .then(pl.lit(Status.EMPTY))
        .when("damaged")
        .then(pl.lit(Status.DAMAGED))
        .when(code.str.contains(r"^0+$"))
        .then(pl.lit(Status.ZERO))
        .when(pl.col("value").is_not_null())
        .then(repaired)
        .otherwise(pl.lit(Status.INTERNAL))
        .cast(pl.UInt8)
    )
    return _coded(frame.with_columns(value=found).with_columns(status=status))
