"""Codes that a spreadsheet turned into dates: `3-1` and `MAR1` became `1-Mar`, `2003-03-01 00:00:00` or `44256`.

What they were is lost, so such a code is told with what it may have been. Names of months and midnights are dates wherever they
stand. Days in digits, and the numbers that spreadsheets keep days as, may be codes by chance: the column decides.
"""

import re
from datetime import date, timedelta

import polars as pl

from imports_svc.cleaning import periods
from imports_svc.cleaning.gtin import DAMAGED
from imports_svc.feeds.model import ColumnProfile
from imports_svc.vocabulary import months

_DAY, _MONTH, _YEAR = "(?:0?[1-9]|[12][0-9]|3[01])", "(?:0?[1-9]|1[0-2])", "(?:19|20)[0-9]{2}"


def _named(words: bool) -> str:
    names = sorted((name for name in months.NUMBERS if (name in months.WORDS) == words), key=len, reverse=True)
    return "|".join(name if words else f"[{name[0]}{name[0].upper()}]{name[1:]}" for name in names)


_NAME = rf"(?:{_named(words=False)})\.?"
_WORD = rf"(?:{_named(words=True)})\.?"
_BETWEEN = r"(?:[-/.]|\.? )"
_NAMES = (
    rf"{_DAY}{_BETWEEN}{_NAME}(?:{_BETWEEN}(?:{_YEAR}|[0-9]{{2}}))?|{_NAME}{_BETWEEN}(?:{_YEAR}|[0-9]{{2}})"
    rf"|(?:0[1-9]|[12][0-9]|3[01]){_BETWEEN}{_WORD}(?:{_BETWEEN}(?:{_YEAR}|[0-9]{{2}}))?|{_WORD}{_BETWEEN}[0-9]{{2}}"
)
_ISO = rf"{_YEAR}-{_MONTH}-{_DAY}"
_DAYS = rf"{_ISO}|{_DAY}[./]{_MONTH}[./]{_YEAR}|{_MONTH}/{_DAY}/{_YEAR}"
_MIDNIGHT = rf"(?:{_DAYS})[ T](?:00?:00(?::00(?:\.0+)?)?Z?|12:00(?::00)? ?[aA][mM])"
SURE = rf"^(?:{_NAMES}|{_MIDNIGHT})$"
DIGITS = rf"^(?:{_DAYS})$"
ANY = rf"^(?:{_NAMES}|(?:{_DAYS})(?:[ T](?:00?:00(?::00(?:\.0+)?)?Z?|12:00(?::00)? ?[aA][mM]))?)$"
# All names of months take longer to look for than this does.
_LIKELY = r"^(?:[0-9]{1,4}|[^0-9]+)[-/. ]"
# Written like a day in digits, whether it is one or not.
_SHAPE = r"^(?:[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}|[0-9]{1,2}([./])[0-9]{1,2}[./][0-9]{4})$"
# Days from 2000 to 2049 as spreadsheets number them.
SERIAL = r"^(?:36[6-9][0-9]{2}|3[7-9][0-9]{3}|4[0-9]{4}|5[0-3][0-9]{3}|54[0-7][0-9]{2})$"
_BEGINS_SO = r"^[345][0-9]{4}[^0-9]"
# What becomes a date.
_PAIR = r"^[0-9]{1,2}[-/.][0-9]{1,4}$|^[A-Za-z]{3,4}[-/. ]?[0-9]{1,2}$"
_BEGINS_LIKE = (
    r"^(?:[0-9]{1,2}[-/.]|[345][0-9]{4}(?:[^0-9]|$)|\pL{3,6}\.?[-/. ]?[0-9]|[0-9]{1,2}\.? ?\pL{3}|[12][09][0-9]{2}[-/.]"
    r"|(?:19|20)[0-9]{6}(?:[^0-9]|$)).{0,45}$"
)
_EPOCH = date(1899, 12, 30)
_MOST = 0.5
_PAIRS = 0.2
_FEW = 3
# So many times as many prices with a fraction as without, and what these cost on average: a hundredth of a day's number.
_WHOLE = 9
# Of quantities on average, where one of eight digits is no quantity.
_FEW_DIGITS = 6
_SMALL = 365


def count(found: pl.DataFrame) -> dict[str, int]:
    """Counts for a column profile: of distinct values `v`, each `n` times."""
    v, n = pl.col("v"), pl.col("n")
    looked = found.select(looked=n.sum(), looked_integers=n.filter(v.str.contains("^[0-9]+$")).sum()).row(0, named=True)
    # Most cells of most columns begin otherwise.
    likely = found.filter(v.str.contains(_BEGINS_LIKE))
    if not likely.height:
        return looked
    return looked | likely.select(
        days=n.filter(v.str.contains(DIGITS)).sum(),
        day_shapes=n.filter(v.str.contains(_SHAPE)).sum(),
        serials=n.filter(v.str.contains(SERIAL)).sum(),
        serial_stems=n.filter(v.str.contains(_BEGINS_SO)).sum(),
        pairs=n.filter(v.str.contains(_PAIR) | v.str.contains(SURE)).sum(),
        dated=n.filter(v.str.contains(periods.DATED)).sum(),
    ).row(0, named=True)


class Dates:
    """Finds dates among the codes of one column; `profile` is that of the column."""

    def __init__(self, profile: ColumnProfile) -> None:
        by_chance = profile.day_shapes > profile.days or profile.days > _MOST * profile.looked
        self._pattern = SURE if by_chance else ANY
        self._serials = _has_serials(profile)
        self.suspicious = "|".join([DAMAGED, self._pattern, *([SERIAL] if self._serials else [])])
        """What a code may be that is damaged or a date."""

    def found(self, codes: pl.Series) -> pl.Series:
        """Which of the stripped codes are dates."""
        found = codes.str.contains(_LIKELY).fill_null(value=False)
        if found.any():
            found = codes.str.contains(self._pattern).fill_null(value=False)
        if self._serials:
            found = found | codes.str.contains(SERIAL).fill_null(value=False)
        return found


def _has_serials(profile: ColumnProfile) -> bool:
    """Whether whole numbers of the column are days: all of them may be, and the others are codes that become dates."""
    alone = profile.serials == profile.looked_integers and not profile.serial_stems and profile.serials <= _MOST * profile.looked
    return alone and (profile.pairs >= max(1, _PAIRS * profile.looked) or profile.serials >= _FEW)


def may_have_been(codes: pl.Series) -> pl.Series:
    """For each date in words what it may have been before: `3-1, 1-3, MAR1`."""
    said = {code: ", ".join(_before(code)) for code in codes.unique().drop_nulls()}
    return codes.replace_strict(said, default=None, return_dtype=pl.String) if said else codes


def is_price_among_fractions(profile: ColumnProfile) -> bool:
    """Whether a whole number that may be a day is one among the prices of a column: the others have fractions and are small."""
    whole = profile.integers - profile.serials
    return profile.fractions > max(_FEW, _WHOLE * whole) and profile.fractions_total / profile.fractions < _SMALL


def among_prices(prices: pl.Series) -> pl.Series:
    """Which canonical prices may be days as spreadsheets number them."""
    # Looked at one by one only where there is one of five digits.
    found = (prices.str.len_bytes() == len("36526")).fill_null(value=False)
    return found & prices.str.contains(SERIAL).fill_null(value=False) if found.any() else found


def is_of_small_counts(profile: ColumnProfile) -> bool:
    """Whether a number of eight digits is none of a column of quantities but a day in it: the others are far smaller."""
    others = profile.values - profile.eight
    return profile.total_length - 8 * profile.eight <= _FEW_DIGITS * others


def among_counts(counts: pl.Series) -> pl.Series:
    """Which quantities may be days of this century, written as 20261205."""
    found = counts.is_between(2000_01_01, 2099_12_31).fill_null(value=False)
    if not found.any():
        return found
    day = counts.cast(pl.String).str.to_date("%Y%m%d", strict=False)
    return found & day.is_not_null()


def price_may_have_been(prices: pl.Series) -> pl.Series:
    """For each day as a number the day it is, and the prices that become it: `2026-05-01: 1.5, 5.1`."""
    said = {text: f"{(day := _EPOCH + timedelta(days=int(text))).isoformat()}: {_priced(day)}" for text in prices.drop_nulls()}
    return prices.replace_strict(said, default=None, return_dtype=pl.String) if said else prices


def _priced(day: date) -> str:
    found = [f"{day.day}.{day.month}", f"{day.month}.{day.day}"]
    if day.day == 1:
        found.append(f"{day.month}.{day.year % 100:02}")
    return ", ".join(dict.fromkeys(found))


def _before(code: str) -> list[str]:
    if re.match(SERIAL, code):
        day = _EPOCH + timedelta(days=int(code))
        return _of(day.day, day.month, day.year)
    if iso := re.match(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})", code):
        return _of(int(iso[3]), int(iso[2]), int(iso[1]))
    if days := re.match(r"([0-9]{1,2})[./]([0-9]{1,2})[./]([0-9]{4})", code):
        one, other = int(days[1]), int(days[2])
        return [f"{one}-{other}", f"{other}-{one}"] + [
            f"{months.ENGLISH[at - 1]}{day}" for day, at in ((one, other),) if at <= 12
        ]
    parts = [part for part in re.split(r"[-/. ]+", code) if part]
    name = next(part for part in parts if not part.isdigit())
    number = months.NUMBERS[name.lower()]
    beside = next(part for part in parts if part.isdigit())
    found = [f"{int(beside)}-{number}", f"{number}-{int(beside)}", f"{months.ENGLISH[number - 1]}{int(beside)}"]
    return list(dict.fromkeys(found))


def _of(day: int, month: int, year: int) -> list[str]:
    found = [f"{day}-{month}", f"{month}-{day}", f"{months.ENGLISH[month - 1]}{day}"]
    if day == 1:
        # A month and a year.
        found.append(f"{month}-{year}")
    return list(dict.fromkeys(found))
