"""Proves, block by block, that a profile of the file's beginning reads its rows as a profile of the whole file would.

What a profile says changes how a few values are read, and leaves most alone: the decimal mark (numbers such as `1,234`), a
spreadsheet's damage, lost zeros and ISBN (codes shorter than a GTIN), chance (codes of eight digits), references that look like
decimals, labels of codes, and whether prices name currencies. A value that could move one of them away from what the beginning
says is a doubt; then the whole file is profiled.
"""

from collections import Counter

import polars as pl

from imports_svc.cleaning import checks, codes, decoration, gtin, marks
from imports_svc.cleaning.currencies import PRICES
from imports_svc.feeds.errors import SampleMisleads
from imports_svc.feeds.model import ColumnProfile, Field
from imports_svc.vocabulary import values

_NUMBERS: tuple[Field, ...] = ("price", "list_price", "stock", "pack_size", "price_unit")
# Whether these are damaged, lost their zeros, or are ISBN-10, is decided over the whole column.
_UNDECIDED_CODE = r"^(?:[0-9]{6,7}|[0-9]{9,11}|[0-9]{5,9}[Xx])$"
_USUAL_CODE = r"^(?:[0-9]{8}|[0-9]{12,14})$"
_EIGHT = "^[0-9]{8}$"
_DECIMAL_REF = r"^[0-9]+[.,]0+$"
_JUDGED_TOGETHER = 20_000


class Proof:
    """Watches the mapped columns of one file; `columns` are their profiles over the beginning of it, `codes` what is made of it.

    `carries_currency`: rows have a currency whatever the values say. ISBN without their zeros: eight digits may be one, too. Odd
    values are few: they are collected and judged together.
    """

    def __init__(self, columns: dict[Field, ColumnProfile], codes: gtin.Column, *, carries_currency: bool) -> None:
        self._columns = columns
        self._codes = codes
        self._carries_currency = carries_currency
        # Python's strings: a series of a few values would keep the memory of its whole block alive.
        self._odd: dict[Field, set[str]] = {}
        self._eights: Counter[str] = Counter()

    def labels(self, name: Field, cells: pl.Series) -> None:
        """The cells of codes as typed: all have the label of the column. Raises SampleMisleads."""
        if (
            self._columns[name].label is not None
            and not cells.filter(cells.str.strip_chars() != "").str.contains(values.LABEL).all()
        ):
            raise SampleMisleads(f"The label of {name} is not that of all codes.")

    def floats(self, name: Field, cells: pl.Series) -> None:
        """The cells of codes as typed: all are whole numbers with a fraction of zeros. Raises SampleMisleads."""
        if not cells.filter(cells.str.strip_chars() != "").str.contains(_DECIMAL_REF).all():
            raise SampleMisleads(f"Not all codes of {name} are numbers that a program wrote with a fraction.")

    def add(self, cells: pl.DataFrame) -> None:
        """`cells`: the mapped fields of one block, stripped. Raises SampleMisleads."""
        if self._codes.isbn and self._codes.lost_zeros:
            raise SampleMisleads("Whether ISBN lost their zeros is not decided by the beginning of the file.")
        for name in _NUMBERS:
            if name in cells.columns:
                column = self._columns[name]
                plain = rf"^[0-9]*(?:[{column.style.decimal}][0-9]*)?$" if column.settled else "^[0-9]*$"
                self._collect(name, cells[name].filter(~cells[name].str.contains(plain)))
        if "ref" in cells.columns and cells["ref"].str.contains(_DECIMAL_REF).any():
            raise SampleMisleads("Whether references with decimals are damaged is not decided by the beginning of the file.")
        if "gtin" in cells.columns:
            self._collect("gtin", cells["gtin"].filter(~cells["gtin"].str.contains(_USUAL_CODE)))
            self._count_eights(cells["gtin"])
        if sum(map(len, self._odd.values())) > _JUDGED_TOGETHER:
            self._judge()

    def close(self) -> None:
        """Judge what was collected. Raises SampleMisleads."""
        self._judge()
        eights = self._eights
        counted = ColumnProfile(
            eight=eights["eight"],
            eight_valid=eights["eight_valid"],
            upc_e=eights["upc_e"],
            upc_e_valid=eights["upc_e_valid"],
        )
        if (counted.has_eight, counted.has_upc_e) != (self._codes.eight, self._codes.upc_e):
            raise SampleMisleads("Whether codes of eight digits are some is not decided by the beginning of the file.")

    def _judge(self) -> None:
        for name, cells in self._odd.items():
            odd = pl.Series(list(cells), dtype=pl.String)
            if name == "gtin":
                self._judge_codes(odd)
            else:
                self._judge_numbers(name, odd.filter(odd.str.contains(marks.NUMERIC)))
        self._odd.clear()

    def _collect(self, name: Field, odd: pl.Series) -> None:
        if odd.len():
            self._odd.setdefault(name, set()).update(odd.unique().to_list())

    def _count_eights(self, cells: pl.Series) -> None:
        found = cells.filter(cells.str.contains(_EIGHT))
        if found.len():
            counts = checks.eights(found.cast(pl.Int64))
            self._eights.update(counts)

    def _judge_numbers(self, name: Field, odd: pl.Series) -> None:
        column = self._columns[name]
        votes, either = marks.vote(Counter(marks.shapes(odd).drop_nulls().to_list()))
        if (votes.keys() - {column.style.decimal}) if column.settled else (votes or either):
            raise SampleMisleads(f"The decimal mark of {name} is not decided by the beginning of the file.")
        if name in PRICES and not self._carries_currency and odd.len():
            named = decoration.understood(decoration.cut(odd))["currency"]
            if named.drop_nulls().len():
                raise SampleMisleads(f"That prices of {name} name currencies is not said by the beginning of the file.")

    def _judge_codes(self, odd: pl.Series) -> None:
        bare = codes.undecorated(odd)
        if bare.str.contains(_UNDECIDED_CODE).any() or bare.str.contains(_EIGHT).any():
            raise SampleMisleads("Whether short codes are damaged or ISBN-10 is not decided by the beginning of the file.")
