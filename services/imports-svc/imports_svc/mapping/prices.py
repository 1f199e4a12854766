"""What the columns beside the mapped ones say of prices: with tax, for a pack, before a discount."""

import re
from collections.abc import Iterator

from imports_svc.cleaning.units import for_several, is_content
from imports_svc.feeds.model import ColumnProfile, Doubt, Inspection, Mapping
from imports_svc.feeds.tables import RECORDS
from imports_svc.vocabulary import terms, values
from imports_svc.vocabulary.parameters import base
from imports_svc.vocabulary.taxes import is_for_other_unit, quantity_of, tax_of, words_apart
from imports_svc.vocabulary.words import fields_within, is_unit_column

_NUMBERS = 0.5
_EXAMPLES = 5
# Of numbers in it, so many digits at most.
_LONGEST_PERCENT = 8


def price_doubts(inspection: Inspection, mapping: Mapping) -> Iterator[Doubt]:
    """Columns of prices that were left out for what their header says, and discounts beside the price."""
    shape, profile = inspection.shape, inspection.profile
    if not shape.header:
        return
    mapped = {choice.column for choice in mapping.fields.values()}
    yield from _not_understood(inspection, mapping)
    yield from _units(inspection, mapping, mapped)
    for index, (header, column) in enumerate(zip(shape.columns, profile.columns, strict=True)):
        if index in mapped or not column.values or column.share(_numbers(column)) < _NUMBERS:
            continue
        if tax_of(header) == "gross" and _names_price(header):
            yield _left_out("price_with_tax", header, "with tax, and a purchase price is without", column, mapping)
        elif is_for_other_unit(header) and _names_price(header):
            yield _left_out("price_per_unit", header, "for something else than one piece", column, mapping)
        elif _is_discount(header, column):
            yield from _discount(header, column, inspection, mapping)


def _not_understood(inspection: Inspection, mapping: Mapping) -> Iterator[Doubt]:
    """What stands beside the name of a price, in brackets, behind a slash or below it, and is no unit that we know."""
    shape = inspection.shape
    priced = {field: choice for field, choice in mapping.fields.items() if base(field) in ("price", "list_price")}
    for field, choice in priced.items():
        header = shape.said[choice.column]
        said = terms.beside(header.rpartition("/")[2] if shape.tables_are == RECORDS else header)
        of_many = "min=" in field
        if of_many and any(base(other) == base(field) for other in priced if other != field):
            # Beside another price it is the one from so many pieces on.
            continue
        if not (said.unknown or of_many):
            continue
        quoted = said.unknown or next(iter(re.findall("[0-9]+", header)), header)
        name = shape.columns[choice.column]
        message = (
            f"{name!r} says {quoted!r} beside its prices: they may be for so many, or in another unit, and are read as they"
            " stand. Accept this if they are for one piece, else have them sent for one, or leave the column out."
        )
        yield Doubt("price_unit_unknown", message, name, inspection.profile.columns[choice.column].values)


def _units(inspection: Inspection, mapping: Mapping, mapped: set[int]) -> Iterator[Doubt]:
    """Columns of units beside which prices may be for so many."""
    shape, profile = inspection.shape, inspection.profile
    priced = [choice for field, choice in mapping.fields.items() if base(field) in ("price", "list_price")]
    if "price_unit" in mapping.fields or not any(quantity_of(shape.said[choice.column]) is None for choice in priced):
        return
    for index, header in enumerate(shape.said):
        if index in mapped or not is_unit_column(header.rpartition("/")[2]):
            continue
        column = profile.columns[index]
        several = for_several(cell for cell, _ in column.few)
        # Beside more contents it is the measure in which goods are compared.
        rows = sum(count for cell, count in column.few if cell in several)
        contents = sum(count for cell, count in column.few if is_content(cell))
        if found := list(several.items())[:_EXAMPLES]:
            name = shape.columns[index]
            shown = ", ".join(
                f"{cell!r} (for {quantity})" if quantity and quantity > 1 else repr(cell) for cell, quantity in found
            )
            message = (
                f"{name!r} says {shown}: prices may be for so many, and they are read as they stand."
                f" If they are, map price_unit to {name!r}; if they are for one of these, accept this."
            )
            examples = tuple(cell for cell, _ in found)
            yield Doubt("price_unit_unread", message, name, column.values, examples, holds=rows > contents)


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
