"""Everything that is not sure about reading a file under a mapping, before a row of it is cleaned."""

from collections.abc import Iterator
from dataclasses import replace

from imports_svc.cleaning.doubts import column_doubts
from imports_svc.feeds.doubt import DATES
from imports_svc.feeds.model import Doubt, Inspection, Mapping, Shape
from imports_svc.mapping.around import lines_doubts
from imports_svc.mapping.lapsed import lapsed_doubts
from imports_svc.mapping.prices import price_doubts
from imports_svc.mapping.suggest import CHOSEN
from imports_svc.mapping.unnamed import no_header
from imports_svc.mapping.unread import unread_doubts
from imports_svc.vocabulary.words import is_ours


def doubts_of(inspection: Inspection, mapping: Mapping, currency: str = "") -> tuple[Doubt, ...]:
    """The doubts about the file, its mapped columns and the mapping itself, each name once.

    `currency`: what a person said for prices that name none, "" for nothing.
    """
    found = {doubt.name: doubt for doubt in _all(inspection, mapping, currency)}
    return tuple(found.values())


def _is_open(doubt: Doubt, mapping: Mapping, shape: Shape) -> bool:
    """Whether a tie is undecided: the column stands where it was suggested, and nobody chose it."""
    return any(shape.columns[c.column] == doubt.column and c.why != CHOSEN for c in mapping.fields.values())


def _of_used(doubt: Doubt, mapping: Mapping, shape: Shape) -> Doubt:
    """Dates in a column that is not imported do no harm."""
    used = {shape.columns[choice.column] for choice in mapping.fields.values()}
    return replace(doubt, holds=False) if doubt.code == DATES and doubt.column not in used else doubt


def _all(inspection: Inspection, mapping: Mapping, currency: str) -> Iterator[Doubt]:
    shape, profile = inspection.shape, inspection.profile
    yield from (_of_used(doubt, mapping, shape) for doubt in shape.doubts)
    yield from (doubt for doubt in mapping.doubts if _is_open(doubt, mapping, shape))
    for field, choice in mapping.fields.items():
        yield from column_doubts(
            field,
            shape.columns[choice.column] if shape.header else "",
            profile.columns[choice.column],
            currency=mapping.currency_code or currency or None,
            decimal_mark=mapping.decimal_mark,
            by_row="currency" in mapping.fields,
        )
    yield from price_doubts(inspection, mapping)
    yield from lapsed_doubts(inspection, mapping)
    yield from lines_doubts(inspection, mapping)
    yield from _separator(inspection, mapping)
    yield from _whose(shape, mapping)
    yield from unread_doubts(inspection, mapping)
    yield from no_header(shape, profile, mapping, CHOSEN)


def _whose(shape: Shape, mapping: Mapping) -> Iterator[Doubt]:
    """A number that is called ours beside another reference: the shop's, if it wrote the header, else the supplier's own."""
    choice = mapping.fields.get("our_sku")
    if choice is None or choice.why == CHOSEN or not is_ours(shape.columns[choice.column]):
        return
    name = shape.columns[choice.column]
    message = (
        f"{name!r} is read as the SKU of our products. If it is the supplier's own number, map ref to it, or our_sku to nothing;"
        " accept this if it is ours."
    )
    yield Doubt("our_sku_whose", message, name)


def _separator(inspection: Inspection, mapping: Mapping) -> Iterator[Doubt]:
    """Categories that are left whole, though most of them have a mark that may divide levels."""
    index = mapping.column("category")
    if index is None or mapping.category_separator is not None:
        return
    column = inspection.profile.columns[index]
    if mark := column.doubtful_separator:
        message = (
            f"Most categories have {mark!r} in them: it may divide levels (Garden{mark}Hoses) or be a part of names. They are"
            f" left whole. Say category_separator={mark} if it divides, or category_separator= if it does not."
        )
        yield Doubt("category_levels", message, inspection.shape.columns[index], column.values, holds=False)
