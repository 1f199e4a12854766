"""What lines above a table, and the name of its sheet, say of all its prices."""

from collections.abc import Iterator
from dataclasses import replace

from chassis.currencies import CODES
from imports_svc.cleaning import periods
from imports_svc.cleaning.announced import announced
from imports_svc.feeds.doubt import TERMS
from imports_svc.feeds.model import Doubt, Inspection, Mapping, Shape
from imports_svc.vocabulary.lines import is_of_prices, price_currency
from imports_svc.vocabulary.parameters import base
from imports_svc.vocabulary.taxes import quantity_of
from imports_svc.vocabulary.values import CODES_LIKE_WORDS, header_currencies
from imports_svc.vocabulary.words import currency_within


def currency_around(shape: Shape) -> str | None:
    """The one currency that lines above the table, or the name of its sheet, say of its prices."""
    said = {code for line in (*shape.preamble, *shape.notes, shape.table) if (code := price_currency(line)) is not None}
    if not said and shape.table in CODES - CODES_LIKE_WORDS:
        return shape.table
    return said.pop() if len(said) == 1 else None


def settled(mapping: Mapping, shape: Shape, currency: str) -> Mapping:
    """The mapping with the `currency` a person said, "" for none, before that of lines around the table."""
    return replace(mapping, currency_code=None) if currency and is_around(mapping, shape) else mapping


def is_around(mapping: Mapping, shape: Shape) -> bool:
    """Whether the currency of prices is that of lines around the table: no header of a price names one."""
    priced = (shape.columns[choice.column] for field, choice in mapping.fields.items() if base(field) in ("price", "list_price"))
    return mapping.currency_code is not None and not any(map(currency_within, priced))


def _unknown(shape: Shape, mapping: Mapping) -> Iterator[Doubt]:
    """A sign in a line above the table that stands for several currencies, where nothing else says one."""
    if mapping.currency_code is not None or "currency" in mapping.fields:
        return
    for line in (*shape.preamble, *shape.notes):
        codes = header_currencies(line) if is_of_prices(line) else None
        if codes is not None and len(codes) > 1:
            listed = ", ".join(codes[:5]) + (", ..." if len(codes) > 5 else "")
            message = f"A line above the table names the currency by a sign that stands for several ({listed}). Say --currency."
            yield Doubt("currency_ambiguous", message, examples=(line[:200],))
            return


def lines_doubts(inspection: Inspection, mapping: Mapping) -> Iterator[Doubt]:
    """Lines above the table that say of prices and stocks what no column says."""
    shape = inspection.shape
    fields = {base(field) for field in mapping.fields}
    priced = [shape.said[c.column] for field, c in mapping.fields.items() if base(field) in ("price", "list_price")]
    if priced:
        yield from _unknown(shape, mapping)
    divided = "price_unit" in fields or all(map(quantity_of, priced))
    lines = [(line, True) for line in shape.preamble] + [(line, False) for line in shape.notes]
    for line, labelled in lines:
        said = announced(line, periods.today(), labelled=labelled)
        if said is None or (said.kind == "quantity" and divided):
            continue
        if said.kind == "packs":
            if "stock" in fields:
                message = (
                    "A line above the table says that stocks are in packs: they are read as pieces. Accept this if they are."
                )
                yield Doubt("stock_in_packs", message, examples=(line[:200],))
        elif priced:
            message = (
                f"A line above the table says that prices are {said.what}: they are read as they stand. Accept this if that is"
                " right."
            )
            yield Doubt(TERMS, message, said.what, examples=(line[:200],))
