"""Reads decimal numbers by column as people write them: `1 234,56`, `1.234,56`, `1,23,456`, `4,417,08`, `54,23*`, `12,50 EUR`.

One value often shows by itself which mark is the decimal one; `1,234` does not. The style of the column, voted by
all its values, decides those.
"""

import re
from collections import Counter
from enum import IntEnum

import polars as pl

from chassis.currencies import CODES
from imports_svc.cleaning import decoration
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

_WORDS = "|".join(
    re.escape(word) for word in sorted({*values.SIGNS, *CODES}, key=len, reverse=True) if len(word) > 1 and word[:1].isalpha()
)
_BEFORE = rf"(?:\p{{Sc}}|[A-Za-z]{{1,3}}\$)[ \u00a0]?[-+]?|(?i:{_WORDS})\.?(?:[ \u00a0][-+]?)?|[FKLPQR]\.?[ \u00a0]"
_AFTER = rf"(?:\p{{Sc}}|(?i:{_WORDS})\.?|[ \u00a0\u202f]\(?[\p{{L}}\p{{M}}.$/״\"]{{1,5}})"
_TAX = "|".join(re.escape(word).replace(r"\ ", "[ .]+") for word in sorted(values.NET | values.GROSS, key=len, reverse=True))
_UNIT = r"/[ \u00a0]?(?:10{1,4}[ \u00a0]?)?\pL{0,6}"
NUMERIC = (
    rf"^['=\"]{{0,2}}[-+(<>≥≤~]{{0,2}}=?[ \u00a0]?(?:{_BEFORE})?"
    r"[.,٫]?\p{Nd}[\p{Nd} .,'’´_٬٫\u00a0\u2009\u202f]*(?:[eE][+-]?[0-9]{1,3}|[xX])?"
    rf"(?:[-–—]{{1,2}}|/-|/=)?[*)\"+]{{0,2}}(?:[ \u00a0\u202f]?{_AFTER})?[*)]?[ \u00a0]?(?:(?i:{_TAX})\.?|{_UNIT}|%)?$"
)
"""Text that may be a number with a sign, a currency or grouping."""

_TWO_MARKS = {
    ".": re.compile(r"^\d{1,3}(?:,\d{3})+\.\d+$|^\d{1,2}(?:,\d{2})+,\d{3}\.\d+$"),
    ",": re.compile(r"^\d{1,3}(?:\.\d{3})+,\d+$|^\d{1,2}(?:\.\d{2})+\.\d{3},\d+$"),
}
_DECIMAL = {
    ".": re.compile(r"^(?:0|\d{4,})?\.\d+$|^\d+\.(?:\d{1,2}|\d{4,})?$"),
    ",": re.compile(r"^(?:0|\d{4,})?,\d+$|^\d+,(?:\d{1,2}|\d{4,})?$"),
}
_GROUPS = {
    ".": re.compile(r"^\d{1,3}(?:\.\d{3}){2,}$"),
    # Lakh: 1,23,456.
    ",": re.compile(r"^\d{1,3}(?:,\d{3}){2,}$|^\d{1,2}(?:,\d{2})+,\d{3}$"),
}
_SAME_MARK = {".": re.compile(r"^\d{1,3}(?:\.\d{3})+\.\d{2}$"), ",": re.compile(r"^\d{1,3}(?:,\d{3})+,\d{2}$")}
_EITHER = {".": re.compile(r"^\d{1,3}\.\d{3}$"), ",": re.compile(r"^\d{1,3},\d{3}$")}
OTHER: dict[Mark, Mark] = {".": ",", ",": "."}
_EASTERN = r"^(?:[0-9]+|[0-9]{1,3}(?:٬[0-9]{2,3})+)(?:٫[0-9]+)?$|^٫[0-9]+$"
# Fewer of all votes are typing errors, and say nothing of the others.
_MIXED = 0.01


def vote(shapes: Counter[str]) -> tuple[Counter[Mark], Counter[Mark]]:
    """Votes for the decimal mark from number shapes with their counts, and values that could be read both ways by their mark.

    A shape is a bare number of digits and marks, all digits but a leading zero written as 9.
    """
    votes: Counter[Mark] = Counter()
    either: Counter[Mark] = Counter()
    for shape, count in shapes.items():
        marks: tuple[Mark, Mark] = (".", ",")
        for mark in marks:
            if _TWO_MARKS[mark].match(shape) or _DECIMAL[mark].match(shape) or _SAME_MARK[mark].match(shape):
                votes[mark] += count
            elif _GROUPS[mark].match(shape):
                votes[OTHER[mark]] += count
            elif _EITHER[mark].match(shape):
                either[mark] += count
    return votes, either


def style_of(
    votes: Counter[Mark], either: Counter[Mark], default: Mark, *, decided: bool = False, guess: Mark | None = None
) -> NumberStyle:
    """The style of a column; `default` (what the rest of the file does) where its own values leave it open.

    `decided`: the rest of the file does say it. Numbers with the other mark are grouped then; those with the same mark may be. In
    these, `guess` is what the column looks like.
    """
    if votes:
        decimal = max(votes, key=lambda mark: (votes[mark], mark == default))
        mixed = either.total() > 0 and votes.total() - votes[decimal] >= _MIXED * votes.total()
        return NumberStyle(decimal, mixed=mixed)
    if not either or (decided and not either[default]):
        return NumberStyle(default)
    return NumberStyle(guess or default, ambiguous=True)


def either_way(typed: pl.Series) -> pl.Series:
    """Which numbers could be read with either mark as the decimal one."""
    return typed.str.contains(r"(?:^|[^0-9.,])[1-9][0-9]{0,2}[.,][0-9]{3}(?:$|[^0-9.,])").fill_null(value=False)


def shapes(typed: pl.Series) -> pl.Series:
    """The shape of every number with marks, see `vote`; null for all other text."""
    # Renamed first: `scatter` changes its series in place.
    number = typed.rename("number")
    odd = ~typed.str.contains("^[0-9.,]+$")
    if odd.any():
        at = odd.arg_true()
        number = number.scatter(at, decoration.cut(typed.gather(at))["number"])
    shape = pl.col("number").str.replace_all("[1-9]", "9").str.replace_all(r"(.)0", "${1}9").str.replace_all("90", "99")
    frame = number.to_frame().select(shape.alias("shape"))
    marked = pl.col("shape").str.contains(r"^[0-9.,]+$") & pl.col("shape").str.contains("[.,]")
    return frame.select(pl.when(marked).then("shape")).to_series()


def read_decimals(typed: pl.Series, style: NumberStyle, *, counts: bool = False) -> pl.DataFrame:
    """Reads stripped numbers (String, null for none) into READ: the value is null unless the status carries one.

    At most 12 integer digits and 6 decimals, no exponent, no trailing zeros: `1.234,50` becomes `1234.5`. `counts`: they are
    quantities and not amounts of money.
    """
    mark, free = re.escape(style.decimal), re.escape(OTHER[style.decimal])
    usual = rf"^(?:[0-9]{{1,12}}|[1-9][0-9]{{0,2}}(?:[{free} '\x{{a0}}\x{{202f}}][0-9]{{3}}){{1,3}})(?:{mark}[0-9]{{1,6}})?$"
    plain = typed.str.contains(usual)
    frame = pl.DataFrame({"text": typed}).with_row_index("at")
    if plain.all(ignore_nulls=False):
        return _read_usual(frame, style.decimal).drop("at")
    odd = frame.filter(~plain)
    parts = [_read_usual(frame.filter(plain), style.decimal), _nothing(frame.filter(plain.is_null()))]
    if odd.height:
        read = _read_odd(odd.select("text").unique(), style, counts=counts)
        parts.append(odd.join(read, on="text", how="left").drop("text"))
    return pl.concat(parts).sort("at").drop("at")


def _nothing(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select("at", value=_null(), status=pl.lit(Status.EMPTY, pl.UInt8), currency=_null(), bound=_null())


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
    frame = decoration.understood(cut, counts=counts).with_columns(number=_with_point(pl.col("number"), style))
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


def _with_point(text: pl.Expr, style: NumberStyle) -> pl.Expr:
    """A bare number with `.` as its decimal mark and no grouping; null when it cannot be read."""

    def matches(patterns: dict[str, re.Pattern[str]], mark: str) -> pl.Expr:
        return text.str.contains(patterns[mark].pattern.replace(r"\d", "[0-9]"))

    def grouped(mark: str) -> pl.Expr:
        return text.str.replace_all(mark, "", literal=True)

    def decimal(mark: str) -> pl.Expr:
        return text.str.replace(mark, ".", literal=True)

    def same(mark: str) -> pl.Expr:
        return grouped(mark).str.replace(r"([0-9]{2})$", ".$1")

    free: Mark = OTHER[style.decimal]
    return (
        pl.when(text.str.contains("^[0-9]+$"))
        .then(text)
        .when(text.str.contains("[٬٫]"))
        # Arabic and Persian marks say what they are.
        .then(pl.when(text.str.contains(_EASTERN)).then(text.str.replace_all("٬", "").str.replace("٫", ".")))
        .when(matches(_TWO_MARKS, "."))
        .then(grouped(","))
        .when(matches(_TWO_MARKS, ","))
        .then(grouped(".").str.replace(",", ".", literal=True))
        .when(matches(_DECIMAL, ".") | (matches(_EITHER, ".") & (style.decimal == ".")))
        .then(decimal("."))
        .when(matches(_DECIMAL, ",") | (matches(_EITHER, ",") & (style.decimal == ",")))
        .then(decimal(","))
        .when(matches(_EITHER, free) | matches(_GROUPS, ".") | matches(_GROUPS, ","))
        .then(text.str.replace_all(r"[.,]", ""))
        .when(matches(_SAME_MARK, "."))
        .then(same("."))
        .when(matches(_SAME_MARK, ","))
        .then(same(","))
    )
