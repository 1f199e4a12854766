"""For how many pieces prices may be, as their headers and the columns beside them leave it open."""

import re
from collections.abc import Iterator

import polars as pl

from imports_svc.cleaning.beside import last_step
from imports_svc.cleaning.list_units import MOST, REASON
from imports_svc.cleaning.units import count_of, for_several, is_content, read_units
from imports_svc.feeds.model import ColumnProfile, Doubt, Inspection, Mapping
from imports_svc.feeds.tables import RECORDS
from imports_svc.mapping.likeness import number_in
from imports_svc.vocabulary import terms
from imports_svc.vocabulary.parameters import base
from imports_svc.vocabulary.taxes import may_be_factors, quantity_of
from imports_svc.vocabulary.words import field_of, is_unit_column

_EXAMPLES = 5
# Of the first rows: so many list prices of another unit are no accident.
_OTHERS = 0.1
# Codes of DATANORM for 1, 10, 100 and 1,000 pieces.
_CODES = frozenset({"0", "1", "2", "3"})


def unit_doubts(inspection: Inspection, mapping: Mapping, mapped: set[int]) -> Iterator[Doubt]:
    """What headers of prices say that nobody understands, and columns beside them that may say for how many prices are."""
    shape = inspection.shape
    yield from _not_understood(inspection, mapping)
    yield from _codes(inspection, mapping)
    yield from _of_one(inspection, mapping)
    priced = [choice for field, choice in mapping.fields.items() if base(field) in ("price", "list_price")]
    if "price_unit" in mapping.fields or not any(quantity_of(shape.said[choice.column]) is None for choice in priced):
        return
    yield from _units(inspection, mapped)
    yield from _factors(inspection, mapped)


def _codes(inspection: Inspection, mapping: Mapping) -> Iterator[Doubt]:
    """Quantities that are never above three: codes of quantities."""
    index = mapping.column("price_unit")
    if index is None:
        return
    column, name = inspection.profile.columns[index], inspection.shape.columns[index]
    said = {cell for cell, _ in column.few}
    if said and said <= _CODES and said != {"1"}:
        message = (
            f"{name!r} has {', '.join(sorted(said))} only: these may be codes of quantities (0 for 1, 2 for 100, 3 for 1,000) and"
            " are read as quantities. Have the quantities sent, or accept this if they are that."
        )
        yield Doubt("price_unit_codes", message, name, column.values, tuple(sorted(said)))


def _of_one(inspection: Inspection, mapping: Mapping) -> Iterator[Doubt]:
    """A list price that is not in the unit of the price beside it: one of them is divided, or both are, and should not be.

    Where the list price is neither below the price nor many times as high, they are in one unit.
    """
    paid, listed = mapping.column("price"), mapping.column("list_price")
    if paid is None or listed is None:
        return
    shape, unit = inspection.shape, mapping.column("price_unit")
    said = [quantity_of(shape.said[at]) or 0 if shape.header else 0 for at in (paid, listed)]
    rows = []
    for row in inspection.sample:
        price, whole = (number_in(row[at], inspection.profile.columns[at].style.decimal) for at in (paid, listed))
        of_row = _quantity(row[unit]) if unit is not None else 1
        if price and whole and of_row:
            by = [quantity or of_row for quantity in said]
            if max(by) > 1:
                rows.append((price / by[0], whole / by[1], max(by)))
    if not rows:
        return
    names = shape.columns[paid], shape.columns[listed]
    # As they are read the list price is below what is paid, or far above it; in the other unit it would be neither.
    below = [row for row in rows if row[1] < row[0] and _is_usual(row[1] * row[2] / row[0])]
    above = [row for row in rows if row[1] > MOST * row[0] and _is_usual(row[1] / row[2] / row[0])]
    if found := max(below, above, key=len):
        one, other = reversed(names) if found is below else names
        price, whole, quantity = found[0]
        message = (
            f"{names[0]!r} and {names[1]!r} do not seem to be for as many pieces: as they are read, {price:g} is paid, and the"
            f" list price is {whole:g}. {one!r} may be for one piece and {other!r} for {quantity:,}. Have both sent for as many,"
            " or map list_price to nothing; accept this if they are right."
        )
        # One of many may be a slip of the pen: rows are told one by one, and judged together once the plan is made.
        yield Doubt(REASON, message, names[1], len(found), holds=len(found) >= _OTHERS * len(rows))


def _is_usual(ratio: float) -> bool:
    """Whether a list price may be so many times what is paid."""
    return 1 <= ratio <= MOST


def _quantity(cell: str | None) -> int | None:
    """For how many pieces a cell of units says that prices are, 1 where it says nothing."""
    quantity: int | None = read_units(pl.Series([(cell or "").strip() or None], dtype=pl.String))["quantity"][0]
    return quantity


def _factors(inspection: Inspection, mapped: set[int]) -> Iterator[Doubt]:
    """Columns of 1, 10, 100 and 1,000 under a name that does not say of what these are."""
    shape = inspection.shape
    for index, (header, column) in enumerate(zip(shape.said, inspection.profile.columns, strict=True)):
        last = last_step(header)
        if index in mapped or not column.few or is_unit_column(last) or not _are_factors(last, column):
            continue
        name, examples = shape.columns[index], tuple(cell for cell, _ in column.few)[:_EXAMPLES]
        message = (
            f"{name!r} has {', '.join(examples)} beside prices: they may be for so many pieces, and are read as they stand."
            f" If they are, map price_unit to {name!r}; if it is something else, accept this."
        )
        yield Doubt("price_unit_unread", message, name, column.values, examples)


def _are_factors(header: str, column: ColumnProfile) -> bool:
    counts = {count_of(cell) for cell, _ in column.few}
    if None in counts or counts == {1}:
        return False
    said = may_be_factors(header)
    return said or (said is None and 1 in counts)


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


def _units(inspection: Inspection, mapped: set[int]) -> Iterator[Doubt]:
    """Columns of units beside which prices may be for so many."""
    shape, profile = inspection.shape, inspection.profile
    for index, header in enumerate(shape.said):
        place, _, last = header.rpartition("/")
        if index in mapped or not is_unit_column(last) or field_of(place.rpartition("/")[2]) == "stock":
            continue
        column = profile.columns[index]
        cells = column.units
        several = for_several(cell for cell, _ in cells)
        # Beside more contents it is the measure in which goods are compared.
        rows = sum(count for cell, count in cells if cell in several)
        contents = column.contents or sum(count for cell, count in cells if is_content(cell))
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
