"""Rows that may be no current offers: prices that are over or not begun, and rows marked as deleted or discontinued."""

import re
from collections.abc import Iterator

from chassis.counts import counted
from imports_svc.cleaning.beside import last_step
from imports_svc.cleaning.contradicted import is_none
from imports_svc.feeds.model import ColumnProfile, Doubt, Field, Inspection, Mapping, Shape
from imports_svc.vocabulary import beside
from imports_svc.vocabulary.parameters import base, price_named
from imports_svc.vocabulary.taxes import price_fields
from imports_svc.vocabulary.words import normalise

# Values that are days.
_DAYS = 0.5
# Counts of distinct values are exact up to here, then within 3 %.
_EXACT, _NEARLY = 1_024, 0.9
_SHOWN = 5
# So many stocks that another column contradicts are no accident.
_FEW, _ACCIDENTS = 3, 0.005
# A number that is not zero.
_COUNTED = re.compile("[1-9]")


def lapsed_doubts(inspection: Inspection, mapping: Mapping) -> Iterator[Doubt]:
    """Columns beside the mapped ones that say of rows that they are no current offers."""
    shape, profile = inspection.shape, inspection.profile
    if not shape.header:
        return
    used = {choice.column for choice in mapping.fields.values()}
    reduced = next((name for name, choice in mapping.fields.items() if _is_reduced(name, shape.columns[choice.column])), None)
    for at, (name, column) in enumerate(zip(shape.columns, profile.columns, strict=True)):
        if at in used or not column.values:
            continue
        header = last_step(name)
        if column.periods >= _DAYS * column.values:
            if reduced is not None and (side := beside.offer_side_of(header)) is not None:
                yield from _sale(name, column, side, reduced)
            elif (side := beside.side_of(header)) is not None and _is_priced(mapping) and not _of_another(header, used, shape):
                yield from _validity(name, column, side, inspection, mapping)
        yield from _state(name, beside.state_of(header), column, inspection, mapping)


def _of_another(header: str, used: set[int], shape: Shape) -> bool:
    """Whether days are those of a price that is not read: `Vigencia precio futuro` beside `Precio futuro`."""
    said = set(normalise(header).split())
    others = (normalise(name).split() for at, name in enumerate(shape.columns) if at not in used and price_fields(name))
    return any(len(other) > 1 and said > set(other) for other in others)


def _is_reduced(field: Field, header: str) -> bool:
    """Whether a field is a reduced price, or the price is one because the list has no other."""
    named = price_named(header) if base(field) == "price" else None
    return "type=sale" in field or (named is not None and named.type == "sale")


def _is_priced(mapping: Mapping) -> bool:
    return any(base(field) in ("price", "list_price") for field in mapping.fields)


def _parts(
    column: ColumnProfile, side: beside.Side, *, over: tuple[str, str], ahead: tuple[str, str]
) -> tuple[list[str], int, tuple[str, ...]]:
    """What is said of rows that are over or not begun, how many there are, and cells as typed."""
    found: list[str] = []
    rows = 0
    examples: tuple[str, ...] = ()
    for wanted, count, typed, what in (
        ("ends", column.over, column.over_examples, over),
        ("begins", column.ahead, column.ahead_examples, ahead),
    ):
        if side in (wanted, "period") and count:
            found.append(f"{counted(count, *what)} ({', '.join(typed)}{', ...' if count > len(typed) else ''})")
            rows += count
            examples += typed
    return found, rows, examples


def _validity(name: str, column: ColumnProfile, side: beside.Side, inspection: Inspection, mapping: Mapping) -> Iterator[Doubt]:
    found, rows, examples = _parts(
        column, side, over=("row is over", "rows are over"), ahead=("row has not begun", "rows have not begun")
    )
    several = _repeats(inspection, mapping) and column.distinct > 1
    if several:
        found.append("articles have several rows with different days, of which the last one counts")
    if found:
        message = (
            f"{name!r} says for which days prices hold: {'; '.join(found)}. All rows are read as they stand, whatever the day."
            " Have the prices of today sent alone, or accept this."
        )
        yield Doubt("price_validity", message, name, rows, examples)


def _repeats(inspection: Inspection, mapping: Mapping) -> bool:
    """Whether articles have several rows."""
    at = mapping.column("ref")
    if at is None:
        return False
    column = inspection.profile.columns[at]
    return column.distinct < (column.values if column.distinct < _EXACT else _NEARLY * column.values)


def _sale(name: str, column: ColumnProfile, side: beside.Side, reduced: Field) -> Iterator[Doubt]:
    found, rows, examples = _parts(column, side, over=("is over", "are over"), ahead=("has not begun", "have not begun"))
    told = "; ".join(found) or "none is over or to come by it"
    message = (
        f"{name!r} says for which days the reduced price holds, and these are not kept: {told}. It is read as it stands."
        f" Map {reduced} to nothing if that is wrong, or accept this."
    )
    yield Doubt("sale_period", message, name, rows or column.values, examples, holds=bool(found))


def _state(
    name: str, state: beside.State | None, column: ColumnProfile, inspection: Inspection, mapping: Mapping
) -> Iterator[Doubt]:
    """A column by which rows are no offers, whatever else stands in it."""
    if state is None:
        return
    if state == "there" and any(base(field) == "stock" for field in mapping.fields):
        yield from _contradicted(name, inspection, mapping)
        return
    empty = inspection.profile.rows - column.values
    said = {value: beside.said(value, state) for value, _ in column.few}
    if "1" in said and "-1" in said:
        # Drafts of WooCommerce; elsewhere it is how databases write yes.
        said["-1"] = "no"
    if state == "gone":
        # What is neither no nor known marks the row, too: a day, a letter.
        ended = {value: rows for value, rows in column.few if said[value] != "no"}
        if not column.few:
            ended = {"other values": column.values}
    elif state == "states":
        ended = {value: rows for value, rows in column.few if said[value] == "ended"}
    else:
        ended = {value: rows for value, rows in column.few if said[value] in ("no", "ended")}
        # Of a product's rows only the first one may say it, and `true` is a word of systems that write `false`, too.
        first_only = mapping.group is not None or mapping.family is not None
        marked = said and all(word == "yes" and value.casefold() != "true" for value, word in said.items())
        if marked and empty and not first_only:
            ended = dict(column.few) | {"empty": empty}
    if not ended:
        return
    shown = ", ".join(f"{value} {rows:,}" for value, rows in list(ended.items())[:_SHOWN])
    more = ", ..." if len(ended) > _SHOWN else ""
    message = (
        f"{name!r} may say which rows are deleted, discontinued or not for sale ({shown}{more})."
        " It is not read: these rows become offers like the others. Have the list sent without them, or accept this."
    )
    yield Doubt("state_unread", message, name, sum(ended.values()), tuple(ended)[:_SHOWN])


def _contradicted(name: str, inspection: Inspection, mapping: Mapping) -> Iterator[Doubt]:
    """A column that says of rows with a stock that they can't be had, by the first rows; by all once it is planned."""
    stock = mapping.column("stock")
    if stock is None:
        return
    at = inspection.shape.columns.index(name)
    said = [(row[at], row[stock]) for row in inspection.sample if is_none(row[at]) and _COUNTED.search(row[stock] or "")]
    if said:
        word, count = said[0]
        message = (
            f"{name!r} says {word!r} where {inspection.shape.columns[stock]!r} says {count!r}: articles that can't be had would"
            " have a stock. It is not read. Map stock to what is meant, or accept this."
        )
        # A few rows of a long list are told one by one, and judged once the plan is made.
        holds = len(said) >= min(_FEW, max(1, _ACCIDENTS * inspection.rows))
        yield Doubt("state_unread", message, name, len(said), (word,), holds=holds)
