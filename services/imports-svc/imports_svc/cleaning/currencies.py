"""In which currency a price is: its row's currency column says it, else the price's own cell, else the file as a whole.

A sign that stands for several currencies (`kr`, `$`, `din`) is settled by what else is said of the row, the column or the file.
Where nothing settles it, the price is dropped and that is said: it never becomes one of another currency.
"""

from collections.abc import Iterable

import polars as pl

from chassis.currencies import CODES
from imports_svc.cleaning.problems import Problems
from imports_svc.feeds.model import ColumnProfile, Field, Mapping, Profile, Shape
from imports_svc.vocabulary import values
from imports_svc.vocabulary.parameters import base

PRICES = ("price", "list_price")
_CURRENCIES = sorted(CODES)
_MOST = 0.5


def meant(codes: Iterable[str], usual: str | None) -> str | None:
    """The one currency a sign stands for in a file whose prices are usually in `usual`; None where nothing settles it."""
    possible = tuple(codes)
    if usual in possible:
        return usual
    return possible[0] if len(possible) == 1 else values.USUAL.get(possible)


def header_sign(header: str) -> str | None:
    """The codes that a header's sign may stand for, where it is not one."""
    codes = values.header_currencies(header)
    return None if codes is None or len(codes) == 1 else " ".join(codes)


def currency_of_column(column: ColumnProfile) -> str | None:
    """What the numbers of a column name most often, None when they name no currency."""
    named = [(count, code) for said, count in column.signs if (code := meant(said.split(), None))]
    return max(named)[1] if named else None


def signed(mapping: Mapping, profile: Profile, shape: Shape, usual: str | None = None) -> bool:
    """Whether prices of the file name currencies, in their cells or their headers."""
    for name, choice in mapping.fields.items():
        if base(name) in PRICES:
            said = [codes.split() for codes, _ in profile.columns[choice.column].signs]
            header = header_sign(shape.columns[choice.column])
            if any(meant(codes, usual) for codes in (*said, *([header.split()] if header else []))):
                return True
    return False


def given_codes(cells: pl.Series, usual: str | None) -> pl.Series:
    """A currency column as codes; what is none stays as it is, in capitals, a sign that nothing settles with all its codes."""
    found = {cell: _given(cell, usual) for cell in cells.unique().drop_nulls()}
    changed = any(cell != code for cell, code in found.items())
    return cells.replace_strict(found, default=None, return_dtype=pl.String) if changed else cells


def _given(cell: str, usual: str | None) -> str:
    codes = values.currencies_of(cell)
    if codes is None:
        return cell.strip().upper()
    return meant(codes, usual) or " ".join(codes) or cell.strip().upper()


def of_rows(given: pl.Series | None, signs: dict[Field, pl.Series], usual: str | None, height: int) -> pl.Series:
    """Each row's currency, null where nothing settles it. `given`: the currency column; `signs`: what the prices name."""
    said = [given] if given is not None else []
    said += [_settled(signs[name], usual) for name in PRICES if name in signs]
    said.append(pl.Series([usual], dtype=pl.String).new_from_index(0, height))
    frame = pl.DataFrame([series.alias(str(at)) for at, series in enumerate(said)])
    found = frame.select(pl.coalesce(pl.all()).alias("currency")).to_series()
    return found.set(found == "", None) if "" in found else found


def _settled(signs: pl.Series, usual: str | None) -> pl.Series:
    """Signs as codes, "" for those that nothing settles."""
    found = {sign: meant(sign.split(), usual) or "" for sign in signs.unique().drop_nulls()}
    return signs.replace_strict(found, default=None, return_dtype=pl.String)


def without_others(frame: pl.DataFrame, signs: dict[Field, pl.Series], problems: Problems) -> pl.DataFrame:
    """A price whose cell names another currency than it would be in, or one that nothing settles, is dropped and told."""
    open_rows = pl.Series([False], dtype=pl.Boolean).new_from_index(0, frame.height)
    for name, sign in signs.items():
        in_name = pl.lit(name.partition("currency=")[2][:3]) if "currency=" in name else pl.col("currency")
        agrees = pl.lit(value=False)
        for said in sign.unique().drop_nulls():
            agrees |= (pl.lit(sign) == said) & in_name.is_in(said.split())
        named = frame.select(pl.lit(sign).is_not_null() & pl.col(name).is_not_null()).to_series()
        differs = named & ~frame.select(agrees.fill_null(value=False)).to_series()
        if not differs.any():
            continue
        unknown = differs & (sign == "").fill_null(value=False)
        unsettled = differs & ~unknown & frame.select(in_name.is_null()).to_series()
        problems.warn("currency_unknown", name, unknown)
        problems.warn("currency_ambiguous", name, unsettled)
        problems.warn("currency_mismatch", name, differs & ~unknown & ~unsettled)
        frame = frame.with_columns(pl.when(~differs).then(name))
        if "currency=" not in name:
            open_rows = open_rows | unknown | unsettled
    return _without_neighbours(frame, signs, open_rows, problems) if open_rows.any() else frame


def _without_neighbours(frame: pl.DataFrame, signs: dict[Field, pl.Series], rows: pl.Series, problems: Problems) -> pl.DataFrame:
    """The other prices of a row whose currency nothing settles are in it, too, unless they say otherwise."""
    for name in frame.columns:
        if base(name) in PRICES and "currency=" not in name:
            bare = rows & (signs[name].is_null() if name in signs else True) & frame[name].is_not_null()
            problems.warn("currency_ambiguous", name, bare)
            frame = frame.with_columns(pl.when(~bare).then(name))
    return frame


def named_in(columns: Iterable[ColumnProfile]) -> frozenset[str]:
    """The currencies that most cells of these columns name; a few odd marks say nothing of the others."""
    said = (meant(codes.split(), None) for column in columns if not names_few(column) for codes, _ in column.signs)
    return frozenset(code for code in said if code)


def names_few(column: ColumnProfile) -> bool:
    """Whether some cells of a column name currencies, and most do not."""
    return 0 < sum(count for _, count in column.signs) < _MOST * column.values


def like_others(frame: pl.DataFrame, named: frozenset[str], problems: Problems) -> pl.DataFrame:
    """A price that says no currency among others that do is in theirs, and told; where they name several, it is dropped."""
    names = [name for name in frame.columns if base(name) in PRICES and "currency=" not in name]
    unsaid = frame["currency"].is_null() & frame.select(pl.any_horizontal(pl.col(names).is_not_null())).to_series()
    if not unsaid.any():
        return frame
    for name in names:
        reason = "currency_of_others" if len(named) == 1 else "currency_missing"
        problems.warn(reason, name, unsaid & frame[name].is_not_null())
    if len(named) == 1:
        return frame.with_columns(pl.when(unsaid).then(pl.lit(next(iter(named)))).otherwise("currency").alias("currency"))
    return frame.with_columns(pl.when(~unsaid).then(name) for name in names)


def without_unknown(frame: pl.DataFrame, problems: Problems) -> pl.DataFrame:
    """Prices in what is no currency, or in one of several, are dropped, and that is said: else they would be other prices."""
    unknown = ~frame["currency"].is_in(_CURRENCIES).fill_null(value=True)
    if not unknown.any():
        return frame
    several = unknown & frame["currency"].str.contains(r"^[A-Z]{3} ").fill_null(value=False)
    in_it = [name for name in frame.columns if base(name) in PRICES and "currency=" not in name]
    for name in ("currency", *in_it):
        there = frame[name].is_not_null()
        problems.warn("currency_ambiguous", name, several & there)
        problems.warn("currency_invalid", name, unknown & ~several & there)
    return frame.with_columns(pl.when(~unknown).then(name) for name in ("currency", *in_it))
