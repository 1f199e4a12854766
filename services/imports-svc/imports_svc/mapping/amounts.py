"""Numbers below names that leave open whether they are amounts of money: `price/base` beside `price/list`, `info/weight`."""

import re

from imports_svc.feeds.model import ColumnProfile
from imports_svc.mapping.likeness import number_in
from imports_svc.vocabulary.beside import is_base, is_no_amount
from imports_svc.vocabulary.words import field_of, normalise

MONEY = ("amounts", "money")
"""Steps of a path below which amounts stand."""

_FRACTIONS = 0.3
# Of quantities that prices are for, so many may be odd ones.
_ODD = 0.1
# 1, 2, 5, 10, 25, 100 and so on, and dozens.
_QUANTITY = re.compile(r"(?:[125]|25|75|12|144)0*")


def may_be_base_price(header: str, column: ColumnProfile) -> bool:
    """Whether a header that says `base` is one of prices: below it a quantity is a round number, and prices are any."""
    if not is_base(header) or column.share(column.integers + column.decimals) < 1 - _ODD:
        return False
    if not column.few:
        return True
    mark = column.style.decimal
    odd = sum(count for cell, count in column.few if not _is_quantity(cell, mark))
    return odd > _ODD * column.values


def may_be_paid(place: str, last: str, column: ColumnProfile) -> bool:
    """Whether numbers of a tree below `place/last`, beside a list price, may be what is paid instead of it."""
    if is_no_amount(last) or column.share(column.integers + column.decimals) < _FRACTIONS:
        return False
    priced = field_of(f"{last} price") in ("price", "list_price") or may_be_base_price(f"price {last}", column)
    below = place.rpartition("/")[2]
    return priced or ((field_of(below) == "price" or normalise(below) in MONEY) and column.share(column.decimals) > _FRACTIONS)


def _is_quantity(cell: str, mark: str) -> bool:
    number = number_in(cell, mark)
    return number is not None and number == int(number) and _QUANTITY.fullmatch(str(int(number))) is not None
