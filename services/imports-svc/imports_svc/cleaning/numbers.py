"""Reads decimal numbers by column as people write them: `1 234,56`, `1.234,56`, `1,23,456`, `4,417,08`, `54,23*`, `12,50 EUR`.

One value often shows by itself which mark is the decimal one; `1,234` does not. The style of the column, voted by
all its values, decides those.
"""

import re
from enum import IntEnum

import polars as pl

from imports_svc.cleaning import decoration
from imports_svc.cleaning.marks import OTHER, with_point
from imports_svc.feeds.model import Mark, NumberStyle
from imports_svc.vocabulary import values


class Status(IntEnum):
    """How reading one number went. Only OK, ROUNDED and DIVIDED carry a value."""

    EMPTY = 0
    OK = 1
    ROUNDED = 2
    """More than six decimals."""
    NEGATIVE = 3
    INVALID = 4
    DIVIDED = 5
    """Said to be for a quantity: what one piece costs."""
    GROSS = 6
    """Said to be with tax."""
    UNIT = 7
    """For something else than a piece: a kilogram, a metre, a box."""
    ERROR = 8
    """What a spreadsheet shows in place of a value."""


READ: dict[str, type[pl.DataType]] = {**{"value": pl.String, "status": pl.UInt8, "currency": pl.String, "bound": pl.String}}
"""Columns of numbers that were read: canonical decimal text, Status, and what Beside says of currency and bound."""


def read_decimals(typed: pl.Series, style: NumberStyle, *, counts: bool = False) -> pl.DataFrame:
    """Reads stripped numbers (String, null for none) into READ: the value is null unless the status carries one.

    At most 12 integer digits and 6 decimals, no exponent, no trailing zeros: `1.234,50` becomes `1234.5`. `counts`: they are
    quantities and not amounts of money.
    """
    mark = re.escape(style.decimal)
    canonical = typed.str.contains(rf"^(?:0|[1-9][0-9]{{0,11}})(?:{mark}[0-9]{{0,5}}[1-9])?$")
    value = typed if canonical.all() else typed.set(~canonical, None)
    if style.decimal == ",":
        value = value.str.replace(",", ".", literal=True)
    status = canonical.fill_null(value=False).cast(pl.UInt8)
    columns = {"value": value, "status": status, "currency": _nulls(typed.len()), "bound": _nulls(typed.len())}
    at = (~canonical).fill_null(value=False).arg_true()
    if at.len():
        read = _read_others(typed.gather(at), style, counts=counts)
        for name, column in columns.items():
            if read[name].null_count() < at.len():
                columns[name] = column.clone().scatter(at, read[name])
    return pl.DataFrame(columns)


def _nulls(height: int) -> pl.Series:
    return pl.Series([None], dtype=pl.String).new_from_index(0, height)


def _read_others(typed: pl.Series, style: NumberStyle, *, counts: bool) -> pl.DataFrame:
    """Numbers that are not written as they are kept, and what is no number."""
    mark, free = re.escape(style.decimal), re.escape(OTHER[style.decimal])
    usual = rf"^(?:[0-9]{{1,12}}|[1-9][0-9]{{0,2}}(?:[{free} '\x{{a0}}\x{{202f}}][0-9]{{3}}){{1,3}})(?:{mark}[0-9]{{1,6}})?$"
    plain = typed.str.contains(usual)
    frame = pl.DataFrame({"text": typed}).with_row_index("at")
    if plain.all():
        return _read_usual(frame, style.decimal)
    odd = frame.filter(~plain)
    read = _read_odd(odd.select("text").unique(), style, counts=counts)
    parts = [_read_usual(frame.filter(plain), style.decimal), odd.join(read, on="text", how="left").drop("text")]
    return pl.concat(parts).sort("at")


def _null() -> pl.Expr:
    return pl.lit(None, pl.String)


def _read_usual(frame: pl.DataFrame, mark: Mark) -> pl.DataFrame:
    """Numbers of digits, groups of three and the decimal mark of the column."""
    text = pl.col("text")
    if frame["text"].str.contains(rf"[^0-9{mark}]").any():
        text = text.str.replace_all(rf"[^0-9{mark}]", "")
    if mark == ",":
        text = text.str.replace(",", ".", literal=True)
    value = _canonical(text.cast(pl.Decimal(18, 6)))
    return frame.select("at", value=value, status=pl.lit(Status.OK, pl.UInt8), currency=_null(), bound=_null())


def _canonical(value: pl.Expr) -> pl.Expr:
    return value.cast(pl.String).str.strip_chars_end("0").str.strip_chars_end(".")


def _read_odd(frame: pl.DataFrame, style: NumberStyle, *, counts: bool) -> pl.DataFrame:
    """Distinct texts that are no usual numbers."""
    words = ~frame["text"].str.contains(r"\p{Nd}") | frame["text"].str.contains("^#|^(?i)err:")
    # What words say of a quantity is another question.
    read_words = _unread if counts else _read_words
    parts = [read_words(frame.filter(words))] if words.any() else []
    if not words.all():
        cut = decoration.cut(frame.filter(~words)["text"])
        single = cut["number"].is_not_null()
        parts.append(_read_decorated(cut.filter(single), style, counts=counts))
        if not single.all():
            parts.append(_read_several(cut.filter(~single)["text"], style, counts=counts))
    return pl.concat(parts)


def _read_words(frame: pl.DataFrame) -> pl.DataFrame:
    """Texts without a number: those that say nothing, errors of spreadsheets, and what is not understood."""
    said = {text: word for text in frame["text"] if (word := _word(text)) != Status.INVALID}
    status = (
        pl.col("text").replace_strict(said, default=Status.INVALID, return_dtype=pl.UInt8) if said else pl.lit(Status.INVALID)
    )
    return frame.select("text", value=_null(), status=status.cast(pl.UInt8), currency=_null(), bound=_null())


def _unread(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select("text", value=_null(), status=pl.lit(Status.INVALID, pl.UInt8), currency=_null(), bound=_null())


def _word(text: str) -> Status:
    if values.is_error(text):
        return Status.ERROR
    return Status.EMPTY if values.is_marks(text) or values.plain(text) in values.NO_CODE else Status.INVALID


def _read_several(texts: pl.Series, style: NumberStyle, *, counts: bool) -> pl.DataFrame:
    """Texts with several numbers: prices for a quantity, and what is no number."""
    found = {text: pair for text in texts if not counts and (pair := decoration.per_quantity(text)) is not None}
    rows = [(text, price, quantity) for text, (price, quantity) in found.items()]
    priced = pl.DataFrame(rows, schema={"whole": pl.String, "text": pl.String, "quantity": pl.Int64}, orient="row")
    read = priced.join(_read_decorated(decoration.cut(priced["text"].unique()), style, counts=False), on="text", how="left")
    known = pl.col("value").is_not_null() & (pl.col("quantity") > 0)
    value = pl.when(known).then(_divided(pl.col("value"), pl.col("quantity")))
    status = (
        pl.when(pl.col("quantity") == 0)
        .then(pl.lit(Status.UNIT, pl.UInt8))
        .when(known & (pl.col("quantity") > 1))
        .then(pl.lit(Status.DIVIDED, pl.UInt8))
        .otherwise("status")
    )
    rest = (_unread if counts else _read_words)(texts.filter(~texts.is_in(list(found))).to_frame("text"))
    return pl.concat([read.select(text="whole", value=value, status=status, currency="currency", bound="bound"), rest])


def _divided(value: pl.Expr, quantity: pl.Expr) -> pl.Expr:
    exact = value.cast(pl.Decimal(38, 12)) / quantity.cast(pl.Decimal(38, 0))
    return _canonical(exact.round(6).cast(pl.Decimal(18, 6), strict=False))


def divided(value: pl.Series, quantity: pl.Series) -> pl.Series:
    """What one piece costs of prices (canonical text) for a quantity, with six decimals."""
    frame = pl.DataFrame({"value": value, "quantity": quantity})
    return frame.select(pl.when(pl.col("quantity") > 0).then(_divided(pl.col("value"), pl.col("quantity")))).to_series()


def _read_decorated(cut: pl.DataFrame, style: NumberStyle, *, counts: bool) -> pl.DataFrame:
    frame = decoration.understood(cut, counts=counts).with_columns(number=with_point(pl.col("number"), style))
    number = pl.col("number")
    fits = number.str.contains(r"^[0-9]{0,12}(?:\.[0-9]*)?$") & number.str.contains("[0-9]")
    exact = pl.when(fits).then(number.str.replace(r"^\.", "0.").str.replace(r"\.$", ""))
    fine = exact.str.replace(r"(\.[0-9]{14})[0-9]+$", "$1").cast(pl.Decimal(30, 14), strict=False)
    frame = frame.with_columns(
        fine=fine, long=exact.str.contains(r"\.[0-9]{6}[0-9]*[1-9]") & ~exact.str.contains(r"\.[0-9]{0,6}0*$")
    )
    problems = {"percent": Status.INVALID, "words": Status.INVALID, "gross": Status.GROSS, "unit": Status.UNIT}
    status = (
        pl.when(pl.col("fine").is_null())
        .then(pl.lit(Status.INVALID))
        .when(pl.col("problem") != "")
        .then(pl.col("problem").replace_strict(problems, default=Status.INVALID, return_dtype=pl.Int64))
        .when(pl.col("negative") & (pl.col("fine") != 0))
        .then(pl.lit(Status.NEGATIVE))
        .when("long")
        .then(pl.lit(Status.ROUNDED))
        .otherwise(pl.lit(Status.OK))
        .cast(pl.UInt8)
    )
    frame = frame.with_columns(status=status)
    kept = pl.col("status").is_in([Status.OK, Status.ROUNDED])
    value = pl.when(kept).then(pl.col("fine").round(6).cast(pl.Decimal(18, 6), strict=False))
    return frame.select("text", value=_canonical(value), status="status", currency="currency", bound="bound")
