"""Which mark separates decimals: what one number shows by itself, what a column votes, and how numbers are read by that."""

import re
from collections import Counter
from collections.abc import Iterable

import polars as pl

from chassis.currencies import CODES
from imports_svc.cleaning import decoration
from imports_svc.feeds.model import Mark, NumberStyle
from imports_svc.vocabulary import values

_LIKE_WORDS = values.CODES_LIKE_WORDS - {sign.upper() for sign in values.SIGNS}


def _any_of(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


# `CUP 12` is an amount, and `Cup 12` the twelfth cup.
_WORDS = (
    rf"(?i:{_any_of(word for word in {*values.SIGNS, *CODES} - _LIKE_WORDS if len(word) > 1 and word[:1].isalpha())})"
    rf"|{_any_of(_LIKE_WORDS)}"
)
_BEFORE = rf"(?:\p{{Sc}}|[A-Za-z]{{1,3}}\$)[ \u00a0]?[-+]?|(?:{_WORDS})\.?(?:[ \u00a0][-+]?)?|[FKLPQR]\.?[ \u00a0]"
_AFTER = rf"(?:\p{{Sc}}|(?:{_WORDS})\.?|[ \u00a0\u202f]\(?[\p{{L}}\p{{M}}.$/״\"]{{1,5}})"
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


def with_point(text: pl.Expr, style: NumberStyle) -> pl.Expr:
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
