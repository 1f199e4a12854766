"""In which currency a price is: its row's currency column says it, else the price's own cell, else the file as a whole."""

import polars as pl

from imports_svc.cleaning import numbers
from imports_svc.cleaning.problems import Problems
from imports_svc.feeds.model import Field, Mapping, Profile
from imports_svc.vocabulary.parameters import base
from imports_svc.vocabulary.words import currency_of

PRICES = ("price", "list_price")
DOLLAR = "$"
# Whose sign it is. Where the file speaks of none of them, the first is meant.
DOLLARS = ("USD", "AUD", "BMD", "CAD", "CLP", "COP", "HKD", "MXN", "NZD", "SGD", "TWD")
_DIGITS = r"^[0-9.,]*$"


def named(cells: pl.Series) -> pl.Series | None:
    """The code that each price names beside its digits, DOLLAR for that sign alone, null for none. None when none names any."""
    plain = cells.str.contains(_DIGITS).fill_null(value=True)
    if plain.all():
        return None
    text = pl.col("text")
    sign = pl.when(~plain & text.str.contains(numbers.NUMERIC)).then(text.str.extract(numbers.SIGN, 0))
    signs = cells.to_frame("text").select(sign.alias("sign")).to_series()
    codes = {found: code for found in signs.drop_nulls().unique() if (code := code_of(found))}
    return signs.replace_strict(codes, default=None, return_dtype=pl.String) if codes else None


def code_of(sign: str) -> str | None:
    """The code a sign names, DOLLAR for that sign alone."""
    return currency_of(sign) or (DOLLAR if DOLLAR in sign else None)


def signed(mapping: Mapping, profile: Profile) -> bool:
    """Whether prices of the file name currencies in their cells."""
    return any(base(name) in PRICES and profile.columns[choice.column].currency for name, choice in mapping.fields.items())


def dollar(usual: str | None) -> str:
    """What DOLLAR means in a file whose prices are usually in `usual`."""
    return usual if usual in DOLLARS else DOLLARS[0]


def of_rows(given: pl.Series | None, signs: dict[Field, pl.Series], usual: str | None, height: int) -> pl.Series:
    """Each row's currency, null where nothing says it. `given`: the currency column; `signs`: what price and list price name."""
    said = [given] if given is not None else []
    said += [signs[name].replace(DOLLAR, dollar(usual)) for name in PRICES if name in signs]
    said.append(pl.Series([usual], dtype=pl.String).new_from_index(0, height))
    frame = pl.DataFrame([series.alias(str(at)) for at, series in enumerate(said)])
    return frame.select(pl.coalesce(pl.all()).alias("currency")).to_series()


def without_others(frame: pl.DataFrame, signs: dict[Field, pl.Series], problems: Problems) -> pl.DataFrame:
    """A price whose cell names another currency than it would be in is dropped, and that is said."""
    for name, sign in signs.items():
        in_name = pl.lit(name.partition("currency=")[2][:3]) if "currency=" in name else pl.col("currency")
        agrees = (sign == in_name) | ((sign == DOLLAR) & in_name.is_in(DOLLARS))
        differs = frame.select((~agrees).fill_null(value=False) & sign.is_not_null() & pl.col(name).is_not_null()).to_series()
        problems.warn("currency_mismatch", name, differs)
        if differs.any():
            frame = frame.with_columns(pl.when(~differs).then(name))
    return frame
