"""Prices and stocks a row may have many of: how a field is written (`price[type=sale,min=10]`) and which headers name one."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from chassis.currencies import CODES
from imports_svc.feeds.fields import (
    CATEGORY_SEPARATOR,
    DECIMAL_MARK,
    ENCODING,
    FIELDS,
    MISSING_OFFERS,
    MOST_IMAGES,
    REPEATED_ROWS,
    TABLE,
    Field,
)
from imports_svc.vocabulary import another, beside, months, words
from imports_svc.vocabulary.taxes import is_of_packs
from pm.catalog.v1.offers_pb2 import OfferPrice

PURCHASE, *_OTHERS = (name.removeprefix("TYPE_").lower() for name in OfferPrice.Type.keys()[1:])

_FIELD = re.compile(
    r"price\[(?P<type>type=[a-z]+)?,?(?P<currency>currency=[A-Z]{3})?,?(?P<least>min=[1-9][0-9]{0,8})?\]"
    r"|stock\[location=(?P<location>[^\[\],=]{1,64})\]"
)
_IMAGE = re.compile(r"image_url\[(?:[2-9]|[1-9][0-9])\]")
_NUMBER_BEGINS = re.compile(r"(?<=[^\W\d_])(?=\d)")


_NUMBERED = re.compile(r"(.*?[^\W\d])[\s._#-]*([0-9]{1,2})[\s.)\]]*")
_RANGE = re.compile(r"(?<![\d.,/])[1-9]\d{0,5}\s*[-–]\s*[1-9]\d{0,6}(?![\d.,/-])")
_RECORDS = frozenset(
    {"products", "product", "items", "item", "articles", "article", "record", "entries", "entry", "offer", "row", "group"}
)
_LEVELS = frozenset({"tier", "staffel", "break"})
_YEARS = range(1990, 2100)
# Those that are hardly ever a quantity.
_NEAR_YEARS = frozenset(range(2015, 2041)) - {2020, 2040}


@dataclass(frozen=True)
class Price:
    """Which price a field or a header names. `tier`: the header says in words that it is one for a quantity."""

    type: str = PURCHASE
    currency: str | None = None
    least: int | None = None
    tier: bool = False

    @property
    def field(self) -> Field:
        given = {"type": self.type, "currency": self.currency, "min": self.least}
        usual = {"type": PURCHASE, "currency": None, "min": 1}
        said = [f"{key}={value}" for key, value in given.items() if value not in (None, usual[key])]
        plain = "list_price" if self.type == "list" else "price"
        return f"price[{','.join(said)}]" if set(said) - {"type=list"} else plain


def is_field(name: str) -> bool:
    """Whether this is a price or stock with its parameters, or a further image, in the one way to write it."""
    if _IMAGE.fullmatch(name):
        return image_place(name) <= MOST_IMAGES
    match = _FIELD.fullmatch(name)
    if match is None:
        return False
    if location := match["location"]:
        return location == location.strip().lower()
    kind, currency, least = (match[key].partition("=")[2] if match[key] else None for key in ("type", "currency", "least"))
    return (
        kind in (None, *_OTHERS)
        and currency in (None, *CODES)
        and Price(kind or PURCHASE, currency, int(least or 1)).field == name
    )


def unknown_fields(names: Iterable[str]) -> list[str]:
    """Names that are no field, and nothing that is said like one: that can be told before the file is looked at."""
    known = {*FIELDS, CATEGORY_SEPARATOR, DECIMAL_MARK, ENCODING, MISSING_OFFERS, REPEATED_ROWS, TABLE}
    return [name for name in names if name not in known and not is_field(name)]


def image_place(name: Field) -> int:
    """Which image of an article a field is: 1 of `image_url`, 2 of `image_url[2]`."""
    return int(name.partition("[")[2].rstrip("]") or 1)


def base(name: Field) -> Field:
    """`price` of `price[min=10]`."""
    return name.partition("[")[0]


@cache
def price_named(header: str) -> Price | None:
    """The price a header names; None when it names none, or more than one quantity."""
    spaced = _NUMBER_BEGINS.sub(" ", header)
    said = words.normalise(spaced).split()
    numbers = [int(word) for word in said if word.isdecimal() and len(word) < 9]
    if _RANGE.search(header) and any(number in _YEARS for number in numbers):
        # `Preis 2025-2026`, `Preis 12-2026`
        return None
    if len(numbers) == 2 and numbers[0] < numbers[1] and _RANGE.search(header):
        # `10-49`
        said.remove(str(numbers.pop()))
    # `Tier 2` may be the second group of customers, or a price for two.
    tier = bool(_RANGE.search(header)) or not (words.TIER - _LEVELS).isdisjoint(said) or "+" in header
    rest = [word for word in said if not word.isdecimal() and word not in words.TIER]
    kind = words.price_type(" ".join(rest)) if rest else words.price_type(" ".join(word for word in said if not word.isdecimal()))
    if not rest and tier and kind is None:
        kind = PURCHASE
    if kind is None or len(numbers) > 1 or (numbers and not numbers[0]):
        return None
    if numbers and numbers[0] in (_NEAR_YEARS if tier else _YEARS):
        # `Preis 2026`, `Preis ab 2027`
        return None
    return Price(kind, words.currency_within(spaced), numbers[0] if numbers else None, tier and bool(numbers))


@cache
def location_named(header: str) -> str | None:
    """The location whose stock a header names: what is left of it beside a word for stock."""
    said = words.normalise(_NUMBER_BEGINS.sub(" ", header)).split()
    # In a tree the name of records or of their variants is no place.
    step, _, last = header.rpartition("/")
    if words.field_of(last) == "stock" and (words.are_variants(step.rpartition("/")[2]) or step in _RECORDS):
        return None
    never = (
        not words.NO_LOCATION.isdisjoint(said) or another.turns("stock", said) or beside.is_moved(header) or is_of_packs(header)
    )
    if words.field_of(header) is not None or never:
        return None
    for length in range(len(said) - 1, 0, -1):
        for named, rest in ((said[:length], said[length:]), (said[-length:], said[:-length])):
            place = " ".join(rest)
            if words.field_of(" ".join(named)) != "stock" or words.field_of(place) is not None or _is_day(rest):
                continue
            if not beside.is_available(place):
                return place[:64]
    return None


def _is_day(said: list[str]) -> bool:
    """Whether words are a day, a week, a month or a year: that of a stock, and no place."""
    numbers = sum(word.isdecimal() for word in said)
    named = any(word in months.NUMBERS or word in ("kw", "week", "woche", "semaine", "semana") for word in said)
    return numbers > 1 or named or any(word.isdecimal() and int(word) in _YEARS for word in said)


def numbered(header: str) -> tuple[str, int] | None:
    """A header's name and the number behind it: `Staffelpreis 2`."""
    match = _NUMBERED.fullmatch(header.strip())
    return (match[1].strip(), int(match[2])) if match else None


@cache
def is_step(header: str) -> bool:
    """Whether a header is a numbered one of quantities, from which on the price of that number may hold: `Staffel 2`."""
    found = numbered(header)
    return found is not None and words.normalise(found[0]) in words.phrases_of("steps")


def tiers(prices: Iterable[Price]) -> set[Price]:
    """Those of a file's prices that are for a quantity. "Price 1, Price 2, Price 3" are levels and not quantities."""
    numbered = [price for price in prices if price.least is not None]
    found: set[Price] = set()
    for kind in {(price.type, price.currency) for price in numbered}:
        alike = [price for price in numbered if (price.type, price.currency) == kind]
        steps = sorted(price.least or 1 for price in alike)
        # `Price`, `Price 2`, `Price 3`: the first has no number.
        levels = [list(range(least, len(steps) + least)) for least in (1, 2)]
        if any(price.tier for price in alike) or (len(steps) > 1 and steps not in levels):
            found.update(alike)
    return found
