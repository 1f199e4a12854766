"""List prices that are for another number of pieces than the price beside them, row by row."""

import polars as pl

from imports_svc.cleaning.problems import Problems
from imports_svc.cleaning.units import letters_of, read_units
from imports_svc.feeds.model import Mapping, Profile, Shape
from imports_svc.vocabulary.taxes import quantity_of

REASON = "price_unit_of_one"
MOST = 10
"""No discount is larger: a list price is so many times the price at most."""


class ListUnits:
    """Looks at the rows of one file under one mapping."""

    def __init__(self, shape: Shape, mapping: Mapping, profile: Profile) -> None:
        columns = [mapping.column("price"), mapping.column("list_price")]
        self._said = [quantity_of(shape.said[at]) if at is not None and shape.header else None for at in columns]
        unit = mapping.column("price_unit")
        self._by_row = unit is not None and None in self._said
        self._open = None not in columns and (self._by_row or any(self._said))
        self._letters = letters_of(cell for cell, _ in profile.columns[unit].units) if unit is not None else {}

    def warn(self, cells: pl.DataFrame, read: pl.DataFrame, problems: Problems) -> None:
        """Tell the rows of a block; `read` has the prices for one piece as they are understood."""
        if not self._open:
            return
        of_row = read_units(cells["price_unit"], self._letters)["quantity"] if self._by_row else None
        by = [of_row if said is None else pl.Series([said]).new_from_index(0, read.height) for said in self._said]
        prices = [read[name].cast(pl.Float64, strict=False) for name in ("price", "list_price")]
        known = [quantity for quantity in by if quantity is not None]
        rows = pl.DataFrame({"price": prices[0], "listed": prices[1]}).with_columns(quantity=pl.max_horizontal(known))
        mask = rows.select(is_of_another_unit()).to_series().fill_null(value=False)
        problems.warn(REASON, "list_price", mask)
        if mask.any():
            problems.warn(REASON, "price", mask)


def is_of_another_unit() -> pl.Expr:
    """Whether `listed` is below `price`, or far above it, and would be neither if one of them were for `quantity` as well."""
    price, listed, quantity = pl.col("price"), pl.col("listed"), pl.col("quantity")
    below = (listed < price) & (listed * quantity / price).is_between(1, MOST)
    above = (listed > MOST * price) & (listed / quantity / price).is_between(1, MOST)
    return (price > 0) & (listed > 0) & (quantity > 1) & (below | above)
