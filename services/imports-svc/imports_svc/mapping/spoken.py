"""What columns that are not read say of the prices beside them: remarks, cells without a name, notes beside the header."""

from collections.abc import Iterator

from imports_svc.cleaning import periods
from imports_svc.cleaning.announced import announced
from imports_svc.cleaning.units import count_of, for_several
from imports_svc.feeds.doubt import TERMS
from imports_svc.feeds.model import ColumnProfile, Doubt, Inspection, Mapping
from imports_svc.vocabulary.lines import price_currency
from imports_svc.vocabulary.parameters import base
from imports_svc.vocabulary.taxes import quantity_of

_EXAMPLES = 3
_NUMBERS = 0.5
# Words of a note that stands in the line of the header.
_NOTE = 3


def spoken_doubts(inspection: Inspection, mapping: Mapping) -> Iterator[Doubt]:
    """Remarks beside prices that say other terms than they are read with, in some rows or beside the header."""
    shape = inspection.shape
    mapped = {choice.column for choice in mapping.fields.values()}
    priced = {choice.column for field, choice in mapping.fields.items() if base(field) in ("price", "list_price")}
    if not priced or not shape.header:
        return
    divided = "price_unit" in mapping.fields or all(quantity_of(shape.said[index]) for index in priced)
    neighbours = set(priced)
    for index, (name, column) in enumerate(zip(shape.columns, inspection.profile.columns, strict=True)):
        if index in mapped or column.share(column.integers + column.decimals) > _NUMBERS:
            continue
        if name == f"column_{index + 1}":
            if index - 1 in neighbours:
                neighbours.add(index)
            yield from _unnamed(name, column, divided=divided, beside=index in neighbours)
        elif len(name.split()) >= _NOTE and (what := _said(name, mapping, divided=divided)):
            message = (
                f"{name!r}, beside the names of columns, says that prices are {what}: they are read as they stand. Accept this"
                " if that is right."
            )
            yield Doubt(TERMS, message, what, examples=(name[:200],))
        yield from _remarks(name, column, mapping, divided=divided)


def _said(text: str, mapping: Mapping, *, divided: bool) -> str | None:
    """What a text says that prices are, if it is not what they are read as."""
    said = announced(text, periods.today(), labelled=False)
    if said is not None:
        return None if said.kind == "packs" or (said.kind == "quantity" and divided) else said.what
    code = None if "currency" in mapping.fields else price_currency(text)
    return f"in {code}" if code not in (None, mapping.currency_code) else None


def _remarks(name: str, column: ColumnProfile, mapping: Mapping, *, divided: bool) -> Iterator[Doubt]:
    found = [cell for cell in column.spoken if _said(cell, mapping, divided=divided)]
    if found:
        shown = tuple(found[:_EXAMPLES])
        message = (
            f"{name!r} says {', '.join(map(repr, shown))}: prices are read as they stand. Have these prices sent as the others"
            " are, or accept this if it is about something else."
        )
        yield Doubt(TERMS, message, name, len(found), shown)


def _unnamed(name: str, column: ColumnProfile, *, divided: bool, beside: bool) -> Iterator[Doubt]:
    """A column without a name that says units of prices: `3,90;per 100`. Behind a price it says of it whatever it says."""
    several = {} if divided else for_several(cell for cell, _ in column.few if count_of(cell) is None)
    found = tuple(cell for cell, quantity in several.items() if beside or (quantity or 0) > 1)
    if found:
        shown = found[:_EXAMPLES]
        message = (
            f"{name!r} has no name and says {', '.join(map(repr, shown))}: prices may be for so many, and are read as they stand."
            f" If they are, map price_unit to {name!r}; if it says something else, accept this."
        )
        yield Doubt("price_unit_unread", message, name, column.values, shown)
