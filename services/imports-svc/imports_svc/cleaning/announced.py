"""What a line around a table, or a remark in it, says of its prices and stocks: for how many, before a discount, until when."""

import re
from collections import Counter
from datetime import date
from functools import lru_cache
from typing import Literal, NamedTuple

import polars as pl

from imports_svc.cleaning import periods
from imports_svc.vocabulary import beside, lines, months, terms, values, words
from imports_svc.vocabulary.taxes import WITH_TAX, other_price

Kind = Literal["tax", "quantity", "discount", "days", "packs"]

_MARKS = re.compile(r"[;\t|\x1f\"]+")
_LABELLED = re.compile(r"^\W*(?P<label>[^\d:=]{2,40}?)[\s:=.,]+(?P<number>[0-9][0-9., ]*)\W*(?P<unit>[^\W\d]*)\W*$")
_PERCENT = re.compile(r"(?<![\w,.])[0-9]{1,2}(?:[.,][0-9]+)?\s*(?:%|percent|prozent)", re.IGNORECASE)
_CONDITION = re.compile(r"(?<!\w)(?:ab|from|over|above|des|dès|od|vanaf|oltre|desde|von)\s+(?:€|\$|£)?\s*[0-9]", re.IGNORECASE)
_NAMED_DAY = re.compile(
    r"(?:(?P<day>[0-9]{1,2})(?:st|nd|rd|th|er)?\.?\s+(?:de\s+)?)?(?P<month>[^\W\d_]{3,10})\.?\s+(?:(?P<second>[0-9]{1,2})(?:st|nd|rd|th)?,\s*)?"
    r"(?:de\s+)?(?P<year>20[0-9]{2})(?!\d)"
)
_DAY = re.compile(
    r"(?<!\d)(?:20[0-9]{2}[-/.][0-9]{1,2}[-/.][0-9]{1,2}|[0-9]{1,2}[-/.][0-9]{1,2}[-/.](?:20[0-9]{2}|[0-9]{2}))(?!\d)"
)
_LONGEST = 400
# Of cells: so many with a word for prices are kept, and longer ones are descriptions.
_SPOKEN, _LONGEST_CELL = 20, 60
# As many of a batch are looked at: more are names of goods.
_READ = 500
# What most of those have that say something: a tax, a share, a day, a number of pieces.
_SAYING = (
    r"(?i)%|percent|prozent|cent|20[0-9]{2}|[0-9][./-][0-9]{1,2}[./-][0-9]|(?:^|\D)10+(?:\D|$)|tax|vat|mwst|ust|tva|iva|btw|moms"
    r"|mva|dph|pdv|gst|kdv|ttc|ндс|пдв|φπα|brutto|gross|\b(?:per|je|pro|par|por|voor|za|за|in|from|ab|bis|until)\b"
)


class Announced(NamedTuple):
    """What prices, or stocks, are instead of what they are read as: a kind, and the words for it."""

    kind: Kind
    what: str


@lru_cache(maxsize=2_000)
def announced(text: str, day: date, *, labelled: bool = True) -> Announced | None:
    """What a line says that prices or stocks are, if it is not what they are read as; None for all other lines.

    `labelled`: a name and a number alone are taken, too: `Preiseinheit: 100`.
    """
    line = " ".join(_MARKS.sub(" ", text[:_LONGEST]).split())
    if (what := other_price(line)) is not None:
        return Announced("tax" if what == WITH_TAX else "quantity", what)
    if labelled and (what := _labelled(line)):
        return Announced("quantity", what)
    if (percent := _discount(line)) is not None:
        return Announced("discount", f"before a discount of {percent}")
    if (said := _days(line, day)) is not None:
        return Announced("days", said)
    return Announced("packs", "in packs") if _is_of_packs(line) else None


def speaking(texts: pl.Series, seen: tuple[str, ...]) -> tuple[str, ...]:
    """Those of a column's distinct texts that may say something of prices, and those `seen` before.

    Of many that have a word for prices those come first that surely say something.
    """
    found = _likeliest(with_prices(texts).sort())
    if not found.len():
        return seen
    cells = dict.fromkeys((*seen, *found))
    if len(cells) <= _SPOKEN:
        return tuple(cells)
    day = periods.today()
    return tuple(sorted(cells, key=lambda cell: not _says_something(cell, day))[:_SPOKEN])


def _says_something(cell: str, day: date) -> bool:
    return announced(cell, day, labelled=False) is not None or lines.price_currency(cell) is not None


def _likeliest(found: pl.Series) -> pl.Series:
    """As many as are looked at: those that seem to say something, then one of those that differ in their numbers only."""
    if found.len() <= _READ:
        return found
    alike = found.str.replace_all("[0-9]+", "0")
    rank = pl.DataFrame({"cell": found, "silent": ~found.str.contains(_SAYING), "again": ~alike.is_first_distinct()})
    return rank.sort(pl.col("silent") | pl.col("again"), "again", "silent", maintain_order=True)["cell"].head(_READ)


def with_prices(texts: pl.Series) -> pl.Series:
    """Short texts with a word for prices in them."""
    found = texts.filter(texts.str.contains_any(terms.PRICED, ascii_case_insensitive=True))
    return found.filter(found.str.len_chars() <= _LONGEST_CELL)


def _labelled(line: str) -> str | None:
    """`PE 100`, `Price unit 1000`."""
    found = _LABELLED.match(line)
    if found is None or words.field_of(found["label"]) != "price_unit":
        return None
    number = int(re.sub(r"\D", "", found["number"]))
    return f"for {number:,} pieces" if number > 1 else None


def _discount(line: str) -> str | None:
    percent = _PERCENT.search(line)
    if percent is None:
        return None
    said = values.words_of(line)
    plain = f" {' '.join(said)} "
    if any(f" {phrase} " in plain for phrase in terms.PAYMENT | values.AFTER_DISCOUNT) or _CONDITION.search(line):
        return None
    stems = tuple(terms.DISCOUNTS)
    named = any(word.startswith(stems) or word.endswith(stems) for word in said)
    return percent[0].replace(",", ".") if named or not terms.OFF.isdisjoint(said) else None


def _days(line: str, day: date) -> str | None:
    """A day from which prices hold that is to come, or one until which they held."""
    said = values.words_of(line)
    stems = tuple(terms.VALID)
    side = beside.side_of(line)
    if side is None or not (any(word.startswith(stems) for word in said) or lines.is_of_prices(line)):
        return None
    written = [*_DAY.findall(line), *(found for found in _named_days(line))]
    if not written:
        return None
    # `Preisliste gültig 01.02.2027`: one day alone is the first.
    begins = [written[0]] if side != "ends" or len(written) > 1 else []
    ends = [written[-1]] if side == "ends" or len(written) > 1 else []
    if periods.passed(Counter(begins), day).ahead:
        return f"valid from {begins[0]}"
    return f"valid until {ends[0]}" if periods.passed(Counter(ends), day).over else None


def _named_days(line: str) -> list[str]:
    """`1 March 2027` as `2027-03-01`."""
    found = []
    for day in _NAMED_DAY.finditer(line):
        name = day["month"].casefold()
        month = next((months.NUMBERS[part] for part in (name, name[:4], name[:3]) if part in months.NUMBERS), None)
        if month is not None:
            found.append(f"{day['year']}-{month:02}-{int(day['day'] or day['second'] or 1):02}")
    return found


def _is_of_packs(line: str) -> bool:
    """`Bestand in Karton`, `quantities in boxes`."""
    said = values.words_of(line)
    return any(
        word in terms.STOCKS and said[at + 1] in ("in", "en", "w", "per", "je") and said[at + 2] in values.PACKS | words.PACKS
        for at, word in enumerate(said[:-2])
    )
