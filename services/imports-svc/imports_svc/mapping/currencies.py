"""Which currency prices are in, as columns without a usual name and lines around the table say it."""

from collections.abc import Iterator

from imports_svc.feeds.model import Doubt, Inspection, Mapping
from imports_svc.feeds.tables import RECORDS
from imports_svc.mapping.around import is_around
from imports_svc.mapping.unnamed import CURRENCIES, are_currencies
from imports_svc.vocabulary.beside import is_rate
from imports_svc.vocabulary.lines import price_currency
from imports_svc.vocabulary.parameters import base

_NUMBERS = 0.5


def currency_doubts(inspection: Inspection, mapping: Mapping, used: set[int]) -> Iterator[Doubt]:
    """A column of currencies that no header names: read as that of each row's price, or left because it may be another's."""
    shape, profile = inspection.shape, inspection.profile
    chosen = mapping.fields.get("currency")
    if chosen is not None:
        if chosen.why == CURRENCIES:
            name = shape.columns[chosen.column]
            message = f"{name!r} is read as the currency of each row's prices, because all its values are currencies."
            yield Doubt("currency_by_values", message, name, profile.columns[chosen.column].values, holds=False)
        yield from _of_others(inspection, used, chosen.column)
        return
    if not any(base(field) in ("price", "list_price") for field in mapping.fields):
        return
    if is_around(mapping, shape):
        line = "what stands around the records" if shape.tables_are == RECORDS else "a line above the table"
        where = line if any(map(price_currency, (*shape.preamble, *shape.notes))) else f"{shape.table!r}"
        message = f"Prices are read as {mapping.currency_code}, as {where} says. Say --currency if that is wrong."
        yield Doubt("currency_around", message, holds=False)
    for at, (name, column) in enumerate(zip(shape.columns, profile.columns, strict=True)):
        said = tuple(value for value, _ in column.few)
        if at not in used and are_currencies(column) and said != (mapping.currency_code,):
            message = (
                f"{name!r} holds currencies ({', '.join(said[:5])}) and is not read. Map currency to it if it is that of the"
                " prices, or accept this."
            )
            yield Doubt("currency_unread", message, name, column.values, said[:5])


def _of_others(inspection: Inspection, used: set[int], chosen: int) -> Iterator[Doubt]:
    """More columns of currencies than the one that is read, and rates between two: whose currency it is, nobody says."""
    shape, columns = inspection.shape, inspection.profile.columns
    for at, (name, column) in enumerate(zip(shape.columns, columns, strict=True)):
        if at in used:
            continue
        if are_currencies(column) and column.few != columns[chosen].few:
            said = tuple(value for value, _ in column.few)[:5]
            message = (
                f"{name!r} holds other currencies ({', '.join(said)}) than {shape.columns[chosen]!r}, which is read as that of"
                " all prices. Map the prices in other currencies to nothing, or accept this."
            )
            yield Doubt("currency_unread", message, name, column.values, said)
        elif is_rate(name) and column.share(column.integers + column.decimals) > _NUMBERS:
            message = (
                f"{name!r} may be a rate of exchange: whether {shape.columns[chosen]!r} is the currency of the price,"
                " or of another one, is not said. Map currency to nothing, or accept this."
            )
            yield Doubt("currency_whose", message, shape.columns[chosen], column.values)
