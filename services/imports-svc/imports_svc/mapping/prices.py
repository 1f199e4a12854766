"""What the columns beside the mapped ones say of prices: with tax, for a pack, before a discount."""

from collections.abc import Iterator

from imports_svc.feeds.model import ColumnProfile, Doubt, Inspection, Mapping
from imports_svc.mapping.price_units import unit_doubts
from imports_svc.vocabulary import values
from imports_svc.vocabulary.taxes import is_for_other_unit, tax_of, words_apart
from imports_svc.vocabulary.words import fields_within

_NUMBERS = 0.5
# Of numbers in it, so many digits at most.
_LONGEST_PERCENT = 8


def price_doubts(inspection: Inspection, mapping: Mapping) -> Iterator[Doubt]:
    """Columns of prices that were left out for what their header says, and discounts beside the price."""
    shape, profile = inspection.shape, inspection.profile
    if not shape.header:
        return
    mapped = {choice.column for choice in mapping.fields.values()}
    yield from unit_doubts(inspection, mapping, mapped)
    for index, (header, column) in enumerate(zip(shape.columns, profile.columns, strict=True)):
        if index in mapped or not column.values or column.share(_numbers(column)) < _NUMBERS:
            continue
        if tax_of(header) == "gross" and _names_price(header):
            yield _left_out("price_with_tax", header, "with tax, and a purchase price is without", column, mapping)
        elif is_for_other_unit(header) and _names_price(header):
            yield _left_out("price_per_unit", header, "for something else than one piece", column, mapping)
        elif _is_discount(header, column):
            yield from _discount(header, column, inspection, mapping)


def _numbers(column: ColumnProfile) -> int:
    return column.integers + column.decimals + column.percents


def _left_out(code: str, header: str, why: str, column: ColumnProfile, mapping: Mapping) -> Doubt:
    message = (
        f"{header!r} holds prices {why}: it is not read as price."
        f" Map it to list_price or, if it is the price all the same, to price; or accept the list without it."
    )
    return Doubt(code, message, header, column.values, holds="price" not in mapping.fields)


def _names_price(header: str) -> bool:
    return any("price" in fields_within(word) for word in words_apart(header))


def _is_discount(header: str, column: ColumnProfile) -> bool:
    said = set(values.words_of(header))
    # Whether there is one, or whether one is allowed.
    flag = column.distinct <= 2 and column.max_length == 1
    return bool(said & values.DISCOUNTS) and not said & values.NO_DISCOUNT and column.max_length <= _LONGEST_PERCENT and not flag


def _discount(header: str, column: ColumnProfile, inspection: Inspection, mapping: Mapping) -> Iterator[Doubt]:
    """A price beside discounts may be before them, unless its name says that it is what is paid, or the list has both."""
    index = mapping.column("price")
    if index is None or "list_price" in mapping.fields:
        return
    price = inspection.shape.columns[index]
    if set(values.words_of(price)) & values.PAID:
        return
    message = (
        f"{price!r} is read as the price that is paid, but {header!r} stands beside it: it may be before that discount."
        " Accept this if it is after, or map the column to list_price."
    )
    yield Doubt("price_discount", message, header, column.values)
