"""Watches the columns beside the mapped ones, behind the beginning of a file: what they say there may be a doubt, too.

Columns that were empty, states of rows, units of prices, quantities of price breaks, days of prices, and remarks: a value
that the beginning does not have could hold the job. Then the whole file is profiled (see `proof`).
"""

from collections import Counter

import polars as pl

from imports_svc.cleaning import periods
from imports_svc.cleaning.announced import announced, with_prices
from imports_svc.cleaning.units import count_of, for_several
from imports_svc.feeds.errors import SampleMisleads
from imports_svc.feeds.model import ColumnProfile, Mapping, Profile, Shape
from imports_svc.vocabulary import beside, values
from imports_svc.vocabulary.parameters import base, is_step
from imports_svc.vocabulary.taxes import may_be_factors
from imports_svc.vocabulary.words import is_unit_column


class Beside:
    """The columns of one file that are not mapped and could say more; `profile` is of its beginning."""

    def __init__(self, shape: Shape, mapping: Mapping, profile: Profile) -> None:
        used = {choice.column for choice in mapping.fields.values()}
        self._empty: list[str] = []
        # Values the beginning has; "" stands for all cells that say nothing.
        self._known: dict[str, frozenset[str]] = {}
        # Ones in the beginning, and perhaps hundreds behind it.
        self._counts: dict[str, frozenset[str]] = {}
        # More units than are kept; those of them that a price may be for.
        self._units: dict[str, frozenset[str]] = {}
        self._days: dict[str, beside.Side] = {}
        # Remarks beside prices.
        self._remarks: dict[str, frozenset[str]] = {}
        priced = shape.header and any(base(name) in ("price", "list_price") for name in mapping.fields)
        for at, (name, column) in enumerate(zip(shape.columns, profile.columns, strict=True)):
            if at in used:
                continue
            header = last_step(name) if shape.header else ""
            if not column.values:
                self._empty.append(name)
            elif column.few and (is_unit_column(header) or beside.state_of(header) is not None or is_step(header)):
                seen = frozenset(value for value, _ in column.few)
                self._known[name] = seen | {""} if column.values < profile.rows or beside.state_of(header) != "live" else seen
            elif column.few and may_be_factors(header) is not False and all(count_of(value) for value, _ in column.few):
                self._counts[name] = frozenset(value for value, _ in column.few)
            elif is_unit_column(header) and not column.few:
                self._units[name] = frozenset(value for value, _ in column.several)
            elif (side := side_of(header)) is not None and not any(lapsed(column, side)):
                self._days[name] = side
            if priced:
                self._remarks[name] = frozenset(column.spoken)
        self._day = periods.today()

    def add(self, rows: pl.DataFrame) -> None:
        """One block as it was read. Raises SampleMisleads."""
        for name in self._empty:
            if (rows[name].str.strip_chars() != "").any():
                raise SampleMisleads(f"{name!r} is empty in the beginning of the file, and is not behind it.")
        for name, seen in self._known.items():
            found = set(rows[name].unique().fill_null("").str.strip_chars().to_list())
            if any(("" if values.is_nothing(value) else value) not in seen for value in found - seen):
                raise SampleMisleads(f"{name!r} has values that the beginning of the file does not have.")
        for name, seen in list(self._counts.items()):
            found = set(rows[name].unique().fill_null("").str.strip_chars().to_list()) - seen
            counts = {count_of(value) for value in found if not values.is_nothing(value)}
            if None in counts:
                del self._counts[name]
            elif counts - {1}:
                raise SampleMisleads(f"{name!r} has quantities that the beginning of the file does not have.")
        self._add_units(rows)
        for name, seen in self._remarks.items():
            for cell in with_prices(rows[name].unique().drop_nulls().str.strip_chars()):
                if cell not in seen and announced(cell, self._day, labelled=False) is not None:
                    raise SampleMisleads(f"{name!r} says something of prices that the beginning of the file does not say.")
        for name, side in self._days.items():
            days = periods.written(rows[name].alias("v").value_counts(name="n").drop_nulls())
            read = periods.passed(Counter(dict(days.iter_rows())), self._day)
            if any(lapsed(read, side)):
                raise SampleMisleads(f"The days of {name!r} are not those of the beginning of the file.")

    def _add_units(self, rows: pl.DataFrame) -> None:
        for name, seen in self._units.items():
            found = set(rows[name].unique().fill_null("").str.strip_chars().to_list()) - seen
            if not for_several([*found, *seen]).keys() <= seen:
                raise SampleMisleads(f"{name!r} has units that the beginning of the file does not have.")


def last_step(name: str) -> str:
    """The last step of a path; `Active (0/1)` is none."""
    return name if "(" in name else name.rpartition("/")[2]


def side_of(header: str) -> beside.Side | None:
    """Of which end of a price's or a reduced price's validity the days below a header are, None for other headers."""
    return beside.offer_side_of(header) or beside.side_of(header)


def lapsed(days: ColumnProfile | periods.Passed, side: beside.Side) -> tuple[int, int]:
    """How many values say that a price is over, and how many that it has not begun."""
    return (days.over if side in ("ends", "period") else 0), (days.ahead if side in ("begins", "period") else 0)
