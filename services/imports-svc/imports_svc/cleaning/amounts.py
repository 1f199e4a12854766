"""The prices and quantities of a block: read, for one piece, each in its currency, with what is not sure of them told."""

import polars as pl

from imports_svc.cleaning import currencies, dates, marks, numbers, stocks, units
from imports_svc.cleaning.currencies import PRICES
from imports_svc.cleaning.problems import Problems
from imports_svc.feeds.model import ColumnProfile, Field, Mapping, NumberStyle, Profile, Shape
from imports_svc.vocabulary.parameters import base
from imports_svc.vocabulary.taxes import is_in_cents, quantity_of

_TOLD = {
    numbers.Status.INVALID: "invalid",
    numbers.Status.NEGATIVE: "negative",
    numbers.Status.ROUNDED: "rounded",
    numbers.Status.DIVIDED: "divided",
    numbers.Status.GROSS: "with_tax",
    numbers.Status.UNIT: "per_unit",
    numbers.Status.ERROR: "error",
}
_UNITS_TOLD = {
    units.Status.MISSING: "price_unit_missing",
    units.Status.OTHER: "price_unit_other",
    units.Status.INVALID: "price_unit_invalid",
}


CENTS = 100


class Amounts:
    """Reads the numbers of one file under one mapping. `currency`: that of prices which say none."""

    def __init__(self, shape: Shape, mapping: Mapping, profile: Profile, currency: str | None) -> None:
        self._columns = {name: shape.columns[choice.column] for name, choice in mapping.fields.items()}
        self._styles = {name: style_of(profile.columns[choice.column], mapping) for name, choice in mapping.fields.items()}
        self._currency = currency
        said = [
            choice for name, choice in mapping.fields.items() if base(name) in (*PRICES, "currency") and "currency=" not in name
        ]
        self._named = currencies.named_in(profile.columns[choice.column] for choice in said)
        priced = {name: choice for name, choice in mapping.fields.items() if shape.header and base(name) in PRICES}
        headers = {name: shape.said[choice.column] for name, choice in priced.items()}
        self._quantities = {name: quantity for name, header in headers.items() if (quantity := quantity_of(header))}
        self._cents = {
            name
            for name, header in headers.items()
            if is_in_cents(header) and not profile.columns[mapping.fields[name].column].decimals
        }
        self._quantities |= dict.fromkeys(self._cents, CENTS)
        self._fractional = {
            name for name, choice in mapping.fields.items() if dates.is_price_among_fractions(profile.columns[choice.column])
        }
        self._small = {
            name
            for name, choice in mapping.fields.items()
            if base(name) == "stock" and dates.is_of_small_counts(profile.columns[choice.column])
        }
        unit = mapping.column("price_unit")
        self._letters = units.letters_of(cell for cell, _ in profile.columns[unit].units) if unit is not None else {}
        # What the header of a price says of the cells below it that say nothing themselves.
        self._header_signs: dict[Field, str] = {}
        if mapping.currency_code is None:
            self._header_signs = {name: sign for name, header in headers.items() if (sign := currencies.header_sign(header))}

    def one_of_many(
        self, cells: pl.DataFrame, name: Field, signs: dict[Field, pl.Series], problems: Problems
    ) -> pl.Series | None:
        """A price or stock with parameters."""
        if base(name) == "price":
            return self.price(cells, name, signs, problems)
        return self.count(cells, name, 0, problems)

    def price(self, cells: pl.DataFrame, name: Field, signs: dict[Field, pl.Series], problems: Problems) -> pl.Series | None:
        """A column of prices as canonical text; the currencies they name go to `signs`."""
        if name not in cells.columns:
            return None
        read = numbers.read_decimals(cells[name], self._styles[name])
        if (read["status"] != numbers.Status.OK).any():
            for status, reason in _TOLD.items():
                problems.warn(f"{base(name)}_{reason}", name, read["status"] == status)
        if name in self._fractional:
            read = self._without_days(read, name, problems)
        value = self._for_one(read, cells, name, problems)
        if base(name) == "price":
            problems.warn("price_zero", name, (value == "0").fill_null(value=False))
        self._warn_marks(cells, name, problems)
        sign = read["currency"]
        if name in self._header_signs:
            sign = sign.fill_null(self._header_signs[name])
        if sign.null_count() < sign.len():
            signs[name] = sign
        return value

    def count(self, cells: pl.DataFrame, name: Field, least: int, problems: Problems) -> pl.Series | None:
        """A column of whole numbers from `least` up to what the catalogue holds; a zero below `least` means "not given"."""
        if name not in cells.columns:
            return None
        read = stocks.read_counts(cells[name], self._styles[name], least, words=base(name) == "stock")
        if (read["status"] != stocks.Status.OK).any():
            for status, reason in stocks.REASONS.items():
                problems.warn(f"{base(name)}_{reason}", name, read["status"] == status)
        self._warn_marks(cells, name, problems)
        if name not in self._small:
            return read["value"]
        days = dates.among_counts(read["value"])
        problems.warn(f"{base(name)}_like_date", name, days)
        return read["value"].set(days, None) if days.any() else read["value"]

    def in_currencies(self, frame: pl.DataFrame, signs: dict[Field, pl.Series], problems: Problems) -> pl.DataFrame:
        """Each row with its currency, and without the prices that may be in another one."""
        priced = any(base(name) in PRICES for name in self._columns)
        given = frame["currency"] if "currency" in self._columns else None
        if signs or (priced and self._currency is not None):
            frame = frame.with_columns(currencies.of_rows(given, signs, self._currency, frame.height))
        frame = currencies.without_others(frame, signs, problems)
        if self._named and priced and self._currency is None:
            frame = currencies.like_others(frame, self._named, problems)
        return frame if given is None else currencies.without_unknown(frame, problems)

    def _for_one(self, read: pl.DataFrame, cells: pl.DataFrame, name: Field, problems: Problems) -> pl.Series:
        """Prices for a quantity that the header or a column says, as those of one piece; a cell that says it itself is done."""
        value = read["value"]
        done = read["status"] == numbers.Status.DIVIDED
        if name in self._quantities:
            quantity = pl.Series([self._quantities[name]]).new_from_index(0, read.height)
        elif "price_unit" in cells.columns:
            quantity = _units(cells, name, self._letters, value.is_not_null() & ~done, problems)
        else:
            return value
        if name in self._cents:
            # The beginning of the file has none with a fraction: such a one may be whole euros.
            problems.warn("price_marks", name, value.str.contains(".", literal=True).fill_null(value=False))
        quantity = quantity.set(done, 1)
        divided = numbers.divided(value, quantity)
        back = divided.cast(pl.Decimal(38, 6), strict=False) * quantity.cast(pl.Decimal(38, 0))
        problems.warn(f"{base(name)}_rounded", name, (back != value.cast(pl.Decimal(38, 6))).fill_null(value=False))
        return divided

    def _without_days(self, read: pl.DataFrame, name: Field, problems: Problems) -> pl.DataFrame:
        """Without whole numbers among small fractions that are days to a spreadsheet: it made them of prices such as 1.5."""
        days = dates.among_prices(read["value"])
        if not days.any():
            return read
        problems.warn(f"{base(name)}_like_date", name, days)
        problems.note(f"{self._columns[name]} may have been", dates.price_may_have_been(read["value"].set(~days, None)))
        return read.with_columns(read["value"].set(days, None))

    def _warn_marks(self, cells: pl.DataFrame, name: Field, problems: Problems) -> None:
        """In a column with both marks a number such as `1.250` may be another one."""
        if self._styles[name].mixed:
            problems.warn(f"{base(name)}_marks", name, marks.either_way(cells[name]))


def style_of(column: ColumnProfile, mapping: Mapping) -> NumberStyle:
    """How the numbers of a column are read: where they leave it open, as a person said."""
    open_to_both = column.style.ambiguous or column.style.mixed
    return NumberStyle(mapping.decimal_mark) if mapping.decimal_mark and open_to_both else column.style


def _units(cells: pl.DataFrame, name: Field, letters: dict[str, int], priced: pl.Series, problems: Problems) -> pl.Series:
    """For how many pieces the price of each row is, null where that is not understood: such a price is left out."""
    read = units.read_units(cells["price_unit"], letters)
    for status, reason in _UNITS_TOLD.items():
        told = priced & (read["status"] == status)
        problems.warn(reason, "price_unit", told)
        problems.warn(reason, name, told)
    return read["quantity"]
