"""Proves, block by block, that a profile of the file's beginning reads its rows as a profile of the whole file would.

Only three things a profile says change how a value is read, and each leaves most values alone: the decimal mark (numbers
such as `1,234`), a spreadsheet's damage and ISBN (codes shorter than a GTIN), and whether prices name currencies.
A value that could move one of them away from what the beginning says is a doubt; then the whole file is profiled.
"""

from collections import Counter

import polars as pl

from imports_svc.cleaning import gtin, numbers
from imports_svc.cleaning.currencies import PRICES, code_of
from imports_svc.feeds.errors import SampleMisleads
from imports_svc.feeds.model import ColumnProfile, Field

_NUMBERS: tuple[Field, ...] = ("price", "list_price", "stock", "pack_size")
# Whether these are damaged, or ISBN-10, is decided over the whole column.
_UNDECIDED_CODE = r"^(?:[0-9]{6,7}|[0-9]{9,11}|[0-9]{5,9}[Xx])$"
_USUAL_CODE = r"^(?:[0-9]{8}|[0-9]{12,14})$"
_JUDGED_TOGETHER = 20_000


class Proof:
    """Watches the mapped columns of one file; `columns` are their profiles over the beginning of it.

    `carries_currency`: rows have a currency whatever the values say. `damaged_isbn`: the beginning looks like
    ISBN-10 without their zeros, so that eight digits may be one, too. Odd values are few: they are collected and judged together.
    """

    def __init__(self, columns: dict[Field, ColumnProfile], *, carries_currency: bool, damaged_isbn: bool) -> None:
        self._columns = columns
        self._carries_currency = carries_currency
        self._damaged_isbn = damaged_isbn
        # Python's strings: a series of a few values would keep the memory of its whole block alive.
        self._odd: dict[Field, set[str]] = {}

    def add(self, cells: pl.DataFrame) -> None:
        """`cells`: the mapped fields of one block, stripped. Raises SampleMisleads."""
        if self._damaged_isbn:
            raise SampleMisleads("Whether ISBN lost their zeros is not decided by the beginning of the file.")
        for name in _NUMBERS:
            if name in cells.columns:
                column = self._columns[name]
                plain = rf"^[0-9]*(?:[{column.style.decimal}][0-9]*)?$" if column.settled else "^[0-9]*$"
                self._collect(name, cells[name].filter(~cells[name].str.contains(plain)))
        if "gtin" in cells.columns:
            self._collect("gtin", cells["gtin"].filter(~cells["gtin"].str.contains(_USUAL_CODE)))
        if sum(map(len, self._odd.values())) > _JUDGED_TOGETHER:
            self.close()

    def close(self) -> None:
        """Judge what was collected. Raises SampleMisleads."""
        for name, values in self._odd.items():
            odd = pl.Series(list(values), dtype=pl.String)
            if name == "gtin":
                self._judge_codes(odd)
            else:
                self._judge_numbers(name, odd.filter(odd.str.contains(numbers.NUMERIC)))
        self._odd.clear()

    def _collect(self, name: Field, odd: pl.Series) -> None:
        if odd.len():
            self._odd.setdefault(name, set()).update(odd.unique().to_list())

    def _judge_numbers(self, name: Field, odd: pl.Series) -> None:
        column = self._columns[name]
        votes, either = numbers.vote(Counter(numbers.shapes(odd).drop_nulls().to_list()))
        if (votes.keys() - {column.style.decimal}) if column.settled else (votes or either):
            raise SampleMisleads(f"The decimal mark of {name} is not decided by the beginning of the file.")
        if (
            name in PRICES
            and not self._carries_currency
            and any(map(code_of, odd.str.extract(numbers.SIGN, 0).drop_nulls().unique()))
        ):
            raise SampleMisleads(f"That prices of {name} name currencies is not said by the beginning of the file.")

    def _judge_codes(self, odd: pl.Series) -> None:
        bare = odd.to_frame("code").select(gtin.undecorated(pl.col("code"))).to_series()
        if bare.str.contains(_UNDECIDED_CODE).any():
            raise SampleMisleads("Whether short codes are damaged or ISBN-10 is not decided by the beginning of the file.")
