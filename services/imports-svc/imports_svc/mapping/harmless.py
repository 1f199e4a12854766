"""Doubts of a file that hold only where the mapping reads the columns they are about."""

from collections.abc import Iterator
from dataclasses import replace

from imports_svc.feeds.doubt import DATES, FORMAT_UNIT, HIDDEN, REPEATED, TERMS
from imports_svc.feeds.fields import HELD
from imports_svc.feeds.model import Doubt, Field, Mapping, Shape
from imports_svc.vocabulary.parameters import base
from imports_svc.vocabulary.taxes import quantity_of
from imports_svc.vocabulary.words import fields_within

PRICES = ("price", "list_price")


def of_mapped(doubt: Doubt, mapping: Mapping, shape: Shape) -> Iterator[Doubt]:
    """The doubt as it is once columns are mapped: dates, several values and hidden columns do harm only where they are read."""
    if doubt.code == DATES:
        used = {shape.columns[choice.column] for choice in mapping.fields.values()}
        yield doubt if doubt.column in used else replace(doubt, holds=False)
    elif doubt.code == FORMAT_UNIT:
        if base(_held(mapping, shape).get(doubt.column, "")) in PRICES:
            yield doubt
    elif doubt.code == TERMS:
        # Of another sheet: the currency is what the prices say themselves, or how they are divided.
        if not _is_said(doubt.column, mapping, shape):
            yield doubt
    elif doubt.code == REPEATED and doubt.column:
        # Those of other columns are told together.
        if doubt.column in _held(mapping, shape):
            yield doubt
    else:
        yield doubt
        if doubt.code == HIDDEN:
            yield from _hidden(frozenset(doubt.examples), mapping, shape)


def _is_said(what: str, mapping: Mapping, shape: Shape) -> bool:
    priced = [shape.said[choice.column] for field, choice in mapping.fields.items() if base(field) in PRICES]
    if not priced:
        return True
    if what.startswith("in ") and what != "in cents":
        return "currency" in mapping.fields or what == f"in {mapping.currency_code}"
    return what.startswith("for ") and ("price_unit" in mapping.fields or all(map(quantity_of, priced)))


def _held(mapping: Mapping, shape: Shape) -> dict[str, Field]:
    return {shape.columns[choice.column]: field for field, choice in mapping.fields.items() if base(field) in HELD}


def _hidden(hidden: frozenset[str], mapping: Mapping, shape: Shape) -> Iterator[Doubt]:
    """A hidden column is read, and one that people see may be the same field."""
    used = {shape.columns[choice.column] for choice in mapping.fields.values()}
    for name, field in _held(mapping, shape).items():
        others = [other for other in shape.columns if other not in used | hidden and base(field) in fields_within(other)]
        if name in hidden and others:
            message = (
                f"{name!r} is read as {field}, and is hidden in the sheet; {', '.join(map(repr, others))}, which people see, may"
                f" be it as well. Map {field} to the right one, or accept this."
            )
            yield Doubt("hidden_column_read", message, name)
