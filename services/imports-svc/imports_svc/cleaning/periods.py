"""Days of a whole column: how many are over and how many are still to come, whatever the way they are written.

Which part of `01/02/2026` is the month is decided over the column. Where it is open, a day is over, or to come, if it is that in
either reading.
"""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import NamedTuple

import polars as pl

_YEAR, _MONTH, _DAY = "(?:19|20)[0-9]{2}", "(?:0?[1-9]|1[0-2])", "(?:0?[1-9]|[12][0-9]|3[01])"
_COMPACT = rf"{_YEAR}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
_TIME = r"(?:[ T][0-9]{1,2}:[0-9]{2}.{0,24})?"
DATED = rf"^(?:{_YEAR}[-/.]{_MONTH}[-/.]{_DAY}|{_DAY}[-/.]{_MONTH}[-/.]{_YEAR}|{_MONTH}/{_DAY}/{_YEAR}|{_COMPACT}){_TIME}$"
"""A day in digits, with or without a time."""
# One day or two, also with years of two digits, and those without an end (9999-12-31).
_ONE = r"(?:[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}|[0-9]{1,2}[-/.][0-9]{1,2}[-/.](?:[0-9]{4}|[0-9]{2})|[0-9]{8})"
_ONE_OR_TWO = rf"^{_ONE}{_TIME}(?:\s*(?:/|-|–|to|bis)\s*{_ONE}{_TIME})?$"
_FOUND = re.compile(_ONE)
_YEAR_FIRST = re.compile(r"([0-9]{4})[-/.]?([0-9]{1,2})[-/.]?([0-9]{1,2})")
_YEAR_LAST = re.compile(r"([0-9]{1,2})([-/.])([0-9]{1,2})[-/.]([0-9]{4}|[0-9]{2})")
_MONTHS = 12
_CENTURY = 2000
_EXAMPLES = 3


def today() -> date:
    """The day by which prices are current: that of UTC."""
    return datetime.now(UTC).date()


class Passed(NamedTuple):
    """Of values that are days: how many ended before a day, how many begin behind it, and some of them as typed."""

    days: int = 0
    over: int = 0
    ahead: int = 0
    over_examples: tuple[str, ...] = ()
    ahead_examples: tuple[str, ...] = ()


def written(found: pl.DataFrame) -> pl.DataFrame:
    """Of distinct values `v` those that are a day, without its time, or a day and another one."""
    days = found.filter(pl.col("v").str.contains(_ONE_OR_TWO))
    return days.with_columns(pl.col("v").str.replace(rf"^({_ONE}){_TIME}$", "$1"))


def passed(seen: Counter[str], day: date) -> Passed:
    """What the values of a column, each with its count, say of a day."""
    month_first = _month_first(seen)
    over: list[str] = []
    ahead: list[str] = []
    days = 0
    for text, count in sorted(seen.items()):
        read = [list(_days(part, month_first)) for part in _FOUND.findall(text)]
        if not read or not all(read):
            continue
        days += count
        if any(end < day for end in read[-1]):
            over.append(text)
        if any(begin > day for begin in read[0]):
            ahead.append(text)
    return Passed(
        days,
        sum(seen[text] for text in over),
        sum(seen[text] for text in ahead),
        tuple(over[:_EXAMPLES]),
        tuple(ahead[:_EXAMPLES]),
    )


def _month_first(seen: Counter[str]) -> bool | None:
    """Whether the month stands in front; None where no value of the column decides that."""
    for text in seen:
        for part in _FOUND.findall(text):
            if (read := _YEAR_LAST.fullmatch(part)) and read[2] == "/":
                if int(read[1]) > _MONTHS:
                    return False
                if int(read[3]) > _MONTHS:
                    return True
    return None


def _days(text: str, month_first: bool | None) -> Iterator[date]:
    """The days a text may be: none where it is no day at all."""
    if read := _YEAR_FIRST.fullmatch(text):
        orders = [(int(read[1]), int(read[2]), int(read[3]))]
    elif read := _YEAR_LAST.fullmatch(text):
        one, other = int(read[1]), int(read[3])
        year = int(read[4]) + (_CENTURY if len(read[4]) == len("26") else 0)
        usual, american = (year, other, one), (year, one, other)
        by_column = {True: [american], False: [usual], None: [usual, american]}
        orders = by_column[month_first] if read[2] == "/" else [usual]
    else:
        return
    for order in orders:
        with suppress(ValueError):
            yield date(*order)
