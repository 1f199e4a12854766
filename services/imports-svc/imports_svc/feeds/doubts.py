"""Proves, block by block, that a profile of the file's beginning reads its rows as a profile of the whole file would.

Only three things a profile says change how a value is read, and each leaves most values alone: the decimal mark (numbers
such as `1,234`), a spreadsheet's damage and ISBN (codes shorter than a GTIN), and the one currency of a price column.
A value that could move one of them away from what the beginning says is a doubt; then the whole file is profiled.
"""

from collections import Counter

import polars as pl

from imports_svc.feeds import gtin, numbers
from imports_svc.feeds.errors import SampleMisleads
from imports_svc.feeds.model import ColumnProfile, Field
from imports_svc.feeds.words import currency_of

_NUMBERS: tuple[Field, ...] = ("price", "list_price", "stock", "pack_size")
_PRICES = ("price", "list_price")
# Whether these are damaged, or ISBN-10, is decided over the whole column.
_UNDECIDED_CODE = r"^(?:[0-9]{6,7}|[0-9]{10,11}|[0-9]{5,9}[0-9Xx])$"
_EIGHT = r"^[0-9]{8}$"


class Doubts:
    """Watches the mapped columns of one file; `columns` are their profiles over the beginning of it.

    `currency_is_sure`: the header names the currency, so values decide nothing about it.
    """

    def __init__(self, columns: dict[Field, ColumnProfile], *, currency_is_sure: bool) -> None:
        self._columns = columns
        self._currency_is_sure = currency_is_sure

    def check(self, cells: pl.DataFrame) -> None:
        """`cells`: the mapped fields of one block, stripped. Raises SampleMisleads."""
        for name in _NUMBERS:
            if name in cells.columns:
                self._check_numbers(name, cells[name])
        if "gtin" in cells.columns:
            self._check_codes(cells["gtin"])

    def _check_numbers(self, name: Field, typed: pl.Series) -> None:
        column = self._columns[name]
        mark = column.style.decimal
        plain = rf"^[0-9]*(?:[{mark}][0-9]*)?$" if column.settled else "^[0-9]*$"
        odd = typed.filter(~typed.str.contains(plain)).unique()
        odd = odd.filter(odd.str.contains(numbers.NUMERIC))
        if odd.is_empty():
            return
        votes, either = numbers.vote(Counter(numbers.shapes(odd).drop_nulls().to_list()))
        if (votes.keys() - {mark}) if column.settled else (votes or either):
            raise SampleMisleads(f"The decimal mark of {name} is not decided by the beginning of the file.")
        if name in _PRICES and not self._currency_is_sure:
            codes = {currency_of(sign) for sign in odd.str.extract(numbers.SIGN, 0).drop_nulls().unique()}
            if codes - {None, column.currency}:
                raise SampleMisleads(f"The currency of {name} is not decided by the beginning of the file.")

    def _check_codes(self, typed: pl.Series) -> None:
        odd = typed.filter(~typed.str.contains(gtin.LONG))
        bare = odd.to_frame("code").select(gtin.undecorated(pl.col("code"))).to_series() if odd.len() else odd
        if (bare.str.contains(_UNDECIDED_CODE) & ~bare.str.contains(_EIGHT)).any():
            raise SampleMisleads("Whether short codes are damaged or ISBN-10 is not decided by the beginning of the file.")
