"""Reads decimal numbers by column as people write them: `1 234,56`, `1.234,56`, `4,417,08`, `54,23*`, `12,50 EUR`, `-`.

One value often shows by itself which mark is the decimal one; `1,234` does not. The style of the column, voted by
all its values, decides those.
"""

import re
from collections import Counter
from enum import IntEnum

import polars as pl

from imports_svc.feeds.model import Mark, NumberStyle


class Status(IntEnum):
    """How reading one number went. Only OK and ROUNDED carry a value."""

    EMPTY = 0
    OK = 1
    ROUNDED = 2
    """More than six decimals."""
    NEGATIVE = 3
    INVALID = 4


_CURRENCY_WORDS = (
    "eur|euro|euros|usd|us|gbp|chf|pln|czk|huf|ron|bgn|sek|nok|dkk|rub|uah|try|ils|nis|jpy|cny|cad|aud|"
    'zł|zl|kč|kc|kr|ft|lei|руб|р|грн|лв|kn|tl|din|дин|円|元|ש״ח|ש"ח'
)
_CURRENCY = rf"(?i)^(?:(?:{_CURRENCY_WORDS})\.?|\p{{Sc}})|(?:(?:{_CURRENCY_WORDS})\.?|\p{{Sc}})$"
NUMERIC = (
    r"^[-+('=\"]{0,2}(?:\p{Sc}|[A-Za-z]{3})?[ \u00a0]?[0-9][0-9 .,'’\u00a0\u202f]*(?:[eE][+-]?[0-9]{1,3}|[xX])?"
    r"[-*)\"]{0,2}[ \u00a0\u202f]?(?:\p{Sc}|\p{L}{2,3}\.?)?$"
)
"""Text that may be a number with a sign, a currency or grouping."""
SIGN = r"^[-+(]?(\p{Sc}|[A-Za-z]{3})|(?:\p{Sc}|\p{L}{2,3}\.?)$"
"""A currency before or after a number."""
_NOTHING = r"^[-–—*]+$"
_GROUPED = r"^[0-9]{1,3}(?:[ '][0-9]{3})+(?:[.,][0-9]+)?$"

_TWO_MARKS = {".": re.compile(r"^\d{1,3}(?:,\d{2,3})+\.\d+$"), ",": re.compile(r"^\d{1,3}(?:\.\d{2,3})+,\d+$")}
_DECIMAL = {
    ".": re.compile(r"^(?:0|\d{4,})?\.\d+$|^\d+\.(?:\d{1,2}|\d{4,})?$"),
    ",": re.compile(r"^(?:0|\d{4,})?,\d+$|^\d+,(?:\d{1,2}|\d{4,})?$"),
}
_GROUPS = {".": re.compile(r"^\d{1,3}(?:\.\d{3}){2,}$"), ",": re.compile(r"^\d{1,3}(?:,\d{3}){2,}$")}
_SAME_MARK = {".": re.compile(r"^\d{1,3}(?:\.\d{3})+\.\d{2}$"), ",": re.compile(r"^\d{1,3}(?:,\d{3})+,\d{2}$")}
_EITHER = {".": re.compile(r"^\d{1,3}\.\d{3}$"), ",": re.compile(r"^\d{1,3},\d{3}$")}
_OTHER: dict[Mark, Mark] = {".": ",", ",": "."}


def vote(shapes: Counter[str]) -> tuple[Counter[Mark], int]:
    """Votes for the decimal mark from number shapes with their counts, and how many values could be read both ways.

    A shape is a bare number of digits and marks, all digits but a leading zero written as 9.
    """
    votes: Counter[Mark] = Counter()
    either = 0
    for shape, count in shapes.items():
        marks: tuple[Mark, Mark] = (".", ",")
        for mark in marks:
            if _TWO_MARKS[mark].match(shape) or _DECIMAL[mark].match(shape) or _SAME_MARK[mark].match(shape):
                votes[mark] += count
            elif _GROUPS[mark].match(shape):
                votes[_OTHER[mark]] += count
            elif _EITHER[mark].match(shape):
                either += count
    return votes, either


def style_of(votes: Counter[Mark], either: int, default: Mark) -> NumberStyle:
    """The style of a column; `default` (what the rest of the file does) where its own values leave it open."""
    if votes:
        return NumberStyle(max(votes, key=lambda mark: (votes[mark], mark == default)))
    return NumberStyle(default, ambiguous=either > 0)


def bare(typed: pl.Series) -> pl.Series:
    """Numbers without currency, stars, signs of nothing and grouping spaces; sign kept in front; null for nothing."""
    v = pl.col("v")
    text = v.str.normalize("NFKC").str.replace_all(r"[*\p{Cf}]", "").str.strip_chars()
    text = text.str.replace_all("[−–—]", "-").str.replace_all("[’`´]", "'")
    text = text.str.replace_all(_CURRENCY, "").str.strip_chars()
    text = text.str.replace(r"^\((.*)\)$", "-$1").str.replace(r"([.,])-+$", "").str.replace(r"^(.*[0-9])\s*-$", "-$1")
    text = text.str.replace(r"^([-+]?)\s*(?:\p{Sc})?\s*", "$1").str.strip_prefix("+")
    frame = typed.to_frame("v").select(text.alias("v"), nothing=v.str.contains(_NOTHING))
    frame = frame.with_columns(grouped=v.str.strip_prefix("-").str.contains(_GROUPED))
    if frame["grouped"].any():
        frame = frame.with_columns(pl.when("grouped").then(v.str.replace_all("[ ']", "")).otherwise(v).alias("v"))
    return frame.select(pl.when(~pl.col("nothing") & (v != "")).then(v)).to_series()


def shapes(typed: pl.Series) -> pl.Series:
    """The shape of every number with marks, see `vote`; null for all other text."""
    shape = (
        pl.col("bare")
        .str.strip_prefix("-")
        .str.replace_all("[1-9]", "9")
        .str.replace_all(r"(.)0", "${1}9")
        .str.replace_all("90", "99")
    )
    frame = pl.DataFrame({"bare": bare(typed)}).select(shape.alias("shape"))
    marked = pl.col("shape").str.contains(r"^[0-9.,]+$") & pl.col("shape").str.contains("[.,]")
    return frame.select(pl.when(marked).then("shape")).to_series()


def read_decimals(typed: pl.Series, style: NumberStyle) -> pl.DataFrame:
    """Reads stripped numbers (String, null for none) into `value` (canonical decimal text, null unless OK) and `status`.

    At most 12 integer digits and 6 decimals, no exponent, no trailing zeros: `1.234,50` becomes `1234.5`.
    """
    mark, free = re.escape(style.decimal), re.escape(_OTHER[style.decimal])
    usual = rf"^(?:[0-9]{{1,12}}|[1-9][0-9]{{0,2}}(?:[{free} '\x{{a0}}\x{{202f}}][0-9]{{3}}){{1,3}})(?:{mark}[0-9]{{1,6}})?$"
    plain = typed.str.contains(usual)
    frame = pl.DataFrame({"text": typed}).with_row_index("at")
    if plain.all(ignore_nulls=False):
        return _read_usual(frame, style.decimal).drop("at")
    odd = frame.filter(~plain)
    parts = [_read_usual(frame.filter(plain), style.decimal), _nothing(frame.filter(plain.is_null()))]
    if odd.height:
        parts.append(odd.join(_read_odd(odd.select("text").unique(), style), on="text", how="left").drop("text"))
    return pl.concat(parts).sort("at").drop("at")


def _nothing(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select("at", value=pl.lit(None, pl.String), status=pl.lit(Status.EMPTY, pl.UInt8))


def _read_usual(frame: pl.DataFrame, mark: Mark) -> pl.DataFrame:
    """Numbers of digits, groups of three and the decimal mark of the column."""
    text = pl.col("text")
    if frame["text"].str.contains(rf"[^0-9{mark}]").any():
        text = text.str.replace_all(rf"[^0-9{mark}]", "")
    if mark == ",":
        text = text.str.replace(",", ".", literal=True)
    return frame.select("at", value=_canonical(text.cast(pl.Decimal(18, 6))), status=pl.lit(Status.OK, pl.UInt8))


def _canonical(value: pl.Expr) -> pl.Expr:
    return value.cast(pl.String).str.strip_chars_end("0").str.strip_chars_end(".")


def _read_odd(frame: pl.DataFrame, style: NumberStyle) -> pl.DataFrame:
    """Distinct texts that are no usual numbers."""
    words = ~frame["text"].str.contains(r"\p{Nd}")
    parts = [_read_words(frame.filter(words))] if words.any() else []
    return pl.concat(parts if words.all() else [*parts, _read_decorated(frame.filter(~words), style)])


def _read_words(frame: pl.DataFrame) -> pl.DataFrame:
    """Texts without a digit."""
    status = pl.when(pl.col("text").str.contains(_NOTHING)).then(pl.lit(Status.EMPTY)).otherwise(pl.lit(Status.INVALID))
    return frame.select("text", value=pl.lit(None, pl.String), status=status.cast(pl.UInt8))


def _read_decorated(frame: pl.DataFrame, style: NumberStyle) -> pl.DataFrame:
    frame = frame.with_columns(bare=bare(frame["text"]))
    number = pl.col("number")
    frame = frame.with_columns(
        number=_with_point(pl.col("bare").str.strip_prefix("-"), style), negative=pl.col("bare").str.starts_with("-")
    )
    fits = number.str.contains(r"^[0-9]{0,12}(?:\.[0-9]*)?$") & number.str.contains("[0-9]")
    exact = pl.when(fits).then(number.str.replace(r"^\.", "0.").str.replace(r"\.$", ""))
    fine = exact.str.replace(r"(\.[0-9]{14})[0-9]+$", "$1").cast(pl.Decimal(30, 14), strict=False)
    frame = frame.with_columns(
        fine=fine, long=exact.str.contains(r"\.[0-9]{6}[0-9]*[1-9]") & ~exact.str.contains(r"\.[0-9]{0,6}0*$")
    )
    status = (
        pl.when(pl.col("bare").is_null())
        .then(pl.lit(Status.EMPTY))
        .when(pl.col("fine").is_null())
        .then(pl.lit(Status.INVALID))
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
    return frame.select("text", value=_canonical(value), status="status")


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

    free: Mark = _OTHER[style.decimal]
    return (
        pl.when(text.str.contains("^[0-9]+$"))
        .then(text)
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
