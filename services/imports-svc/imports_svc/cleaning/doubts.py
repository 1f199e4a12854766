"""What the values of a whole column leave open: numbers that can be read two ways, signs of several currencies, codes."""

import re
from collections.abc import Iterator
from decimal import Decimal

from chassis.counts import counted
from imports_svc.cleaning import currencies
from imports_svc.feeds.model import ColumnProfile, Doubt, Field, Mark
from imports_svc.vocabulary import values
from imports_svc.vocabulary.parameters import base
from imports_svc.vocabulary.taxes import is_in_cents, is_of_packs, quantity_of

_NUMBERS = ("price", "list_price", "stock", "pack_size")
_OWN_CODES = ("ref", "mpn", "our_sku")
_OTHER: dict[Mark, Mark] = {".": ",", ",": "."}
# Rows that make a doubt one about the whole column.
_WHOLE = 0.2
# More different digits below a header that asks whether there is some are quantities.
_GRADES = 4
# So many rows have each grade, per cent or number of days.
_OF_EACH = 3
# A sign in front of so many is no accident.
_SIGNED = 0.8


def column_doubts(
    field: Field,
    header: str,
    column: ColumnProfile,
    *,
    currency: str | None = None,
    decimal_mark: Mark | None = None,
    by_row: bool = False,
) -> Iterator[Doubt]:
    """The doubts about reading the column `header` as `field`.

    `currency`: that of prices which name none, as the header of a price or a person says. `decimal_mark`: as a person says.
    `by_row`: a column says the currency of each row.
    """
    kind = base(field)
    if kind in _NUMBERS and decimal_mark is None:
        yield from _marks(kind, header, column)
    if kind in currencies.PRICES:
        if not by_row and "currency=" not in field:
            yield from _signs(header, column, currency)
        yield from _quantity(header, column)
    if field == "currency":
        yield from _signs(header, column, currency)
    if field == "price_unit":
        yield Doubt(
            "price_unit",
            f"Prices are divided by {header!r}: it says for how many pieces they are. If not, unmap price_unit.",
            header,
            column.values,
            holds=False,
        )
    if kind == "stock":
        if is_of_packs(header):
            message = (
                f"{header!r} counts packs, and is read as pieces. Map another column to stock, or none; accept this if packs are"
                " what is sold."
            )
            yield Doubt("stock_in_packs", message, header, column.values)
        yield from _flag(header, column)
        yield from _relative(header, column)
    if field == "gtin":
        yield from _codes(header, column)
    elif field in _OWN_CODES and column.is_floats:
        message = (
            f"All codes of {header!r} end in .0, as a program writes numbers: they are read without it (1000.0 as 1000)."
            " Zeros in front of them may be lost. Have the column sent as text."
        )
        yield Doubt("codes_as_numbers", message, header, column.values, holds=False)


def _marks(kind: str, header: str, column: ColumnProfile) -> Iterator[Doubt]:
    style = column.style
    if not (style.ambiguous or style.mixed) or not column.either_examples:
        return
    example = column.either_examples[0]
    mark = "." if "." in example else ","
    found = re.search(r"[0-9]+[.,][0-9]+", example)
    if found is None:
        return
    digits = found[0]
    one, other = f"{Decimal(digits.replace(mark, '.')).normalize():f}", digits.replace(mark, "")
    read, instead = (one, other) if style.decimal == mark else (other, one)
    why = "no value of the column shows which" if style.ambiguous else "other values of the column show both ways of writing"
    rows = column.either_point + column.either_comma
    yield Doubt(
        f"{kind}_marks",
        f"{example} in {header!r} is read as {read}, but may be {instead}: {why}. If it is {instead}, map"
        f" decimal_mark={_OTHER[style.decimal]}; else accept this.",
        header,
        rows,
        column.either_examples,
        holds=style.ambiguous or rows >= 0.1 * column.values,
    )


def _signs(header: str, column: ColumnProfile, currency: str | None) -> Iterator[Doubt]:
    said = dict(column.signs)
    above = currencies.header_sign(header)
    if above is not None and above not in said:
        said[above] = column.values - sum(said.values())
    open_signs = {codes: rows for codes, rows in said.items() if len(codes.split()) != 1 and currency not in codes.split()}
    taken = {codes: code for codes in open_signs if (code := currencies.meant(codes.split(), currency))}
    for code, which, message in (
        ("currency_assumed", taken, "is taken. Say --currency if it is another one, or accept this."),
        ("currency_ambiguous", open_signs.keys() - taken - {""}, "such prices are left out. Say --currency, or accept this."),
        ("currency_unknown", open_signs.keys() & {""}, "such prices are left out."),
    ):
        rows = sum(open_signs[codes] for codes in which)
        if rows:
            shown = "; ".join(_shown(codes, taken.get(codes)) for codes in sorted(which))
            yield Doubt(
                code,
                f"Signs beside prices in {header!r} stand for {shown}: {message}",
                header,
                rows,
                holds=rows >= _WHOLE * column.values,
            )


def _shown(codes: str, taken: str | None) -> str:
    possible = codes.split()
    said = (
        " or ".join(possible[:5]) + (" or others" if len(possible) > 5 else "")
        if possible
        else "a currency without a code of ISO 4217"
    )
    return f"{said}, {taken}" if taken else said


def _quantity(header: str, column: ColumnProfile) -> Iterator[Doubt]:
    if is_in_cents(header):
        if column.decimals:
            message = f"{header!r} says cents, but has prices with a fraction: read as they stand. Accept this if that is right."
            yield Doubt("price_in_cents", message, header, column.decimals)
        else:
            message = f"{header!r} says that its prices are in cents: they are divided by 100."
            yield Doubt("price_in_cents", message, header, holds=False)
    if quantity := quantity_of(header):
        message = f"{header!r} says that its prices are for {counted(quantity, 'piece')}: they are divided by {quantity}."
        yield Doubt("price_unit", message, header, holds=False)


def _flag(header: str, column: ColumnProfile) -> Iterator[Doubt]:
    """Yes and no as 1 and 0 are no quantities."""
    asked = " ".join(values.words_of(header)) in values.IS_THERE
    flag = column.distinct <= 2 and column.max_length == 1
    few = flag or column.distinct <= min(_GRADES, column.values // _OF_EACH)
    if asked and column.values and column.integers == column.values and few:
        counted_up = {value for value, _ in column.few} == {str(at) for at in range(column.distinct)}
        said = "yes and no with 1 and 0" if column.distinct <= 2 else "how much there is with grades"
        message = f"{header!r} may say {said}: read as quantities. If it does, map another column to stock, or none."
        # 0, 1, 2, 3 are what a small stock has, too.
        yield Doubt("stock_flag", message, header, column.values, holds=flag or not counted_up)


def _relative(header: str, column: ColumnProfile) -> Iterator[Doubt]:
    """A sign in front of nearly every quantity: by how much the stock changes, and not what there is."""
    if column.plus and column.plus + column.minus >= _SIGNED * column.values:
        message = (
            f"Nearly all numbers in {header!r} have a sign ({column.plus:,} a plus, {column.minus:,} a minus): they may say by"
            " how much the stock changes. Map another column to stock, or none; accept this if +5 means at least 5."
        )
        yield Doubt("stock_relative", message, header, column.plus + column.minus)


def _codes(header: str, column: ColumnProfile) -> Iterator[Doubt]:
    if is_of_packs(header):
        message = (
            f"{header!r} holds codes of packs: the products of single pieces have other ones. Map gtin to the code of a piece, or"
            " to nothing; accept this if packs are what is sold."
        )
        yield Doubt("gtin_of_packs", message, header, column.values)
    if lengths := sorted(column.short_gtins):
        counts = {9: column.nine_valid, 10: column.ten_valid, 11: column.eleven_valid}
        said = ", ".join(map(str, lengths))
        message = f"Codes of {said} digits in {header!r} are UPC that lost their zeros: nearly all pass the check with them."
        yield Doubt("gtin_zeros", message, header, sum(counts[length] for length in lengths), holds=False)
    if column.eight and not column.is_isbn and not (column.has_eight and column.has_upc_e):
        lost = column.upc_e_valid + (0 if column.has_eight else column.eight_valid)
        if lost:
            told = counted(lost, "code of 8 digits", "codes of 8 digits")
            message = f"{told} in {header!r} may be GTIN by chance alone, as one in ten is: taken as the supplier's own."
            yield Doubt("gtin_by_chance", message, header, lost, holds=False)
