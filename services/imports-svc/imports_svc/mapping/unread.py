"""Columns that may be a field and are not read as one, because they may as well be another: said, with how to map them."""

import re
from collections.abc import Iterator

from imports_svc.feeds.model import ColumnProfile, Doubt, Inspection, Mapping
from imports_svc.mapping.amounts import MONEY, may_be_base_price, may_be_paid
from imports_svc.mapping.currencies import currency_doubts
from imports_svc.mapping.likeness import number_in
from imports_svc.mapping.suggest import CHOSEN
from imports_svc.mapping.unnamed import looks_like_references
from imports_svc.vocabulary import another
from imports_svc.vocabulary.beside import is_amount, is_no_amount, speaks_of_price
from imports_svc.vocabulary.parameters import base
from imports_svc.vocabulary.taxes import is_for_other_unit, tax_of
from imports_svc.vocabulary.words import age_of, currency_within, field_of, fields_within, is_quantity, normalise

_NUMBERS = 0.5
_FRACTIONS = 0.3
# A step of a path below which some numbers are amounts.
_SOME_MONEY = ("rates", "costs")
_AMOUNTS = ("amount", "unit amount", "value")
# Rows that show what a column is the product of, and how far rounding goes for each piece.
_ROWS, _CENT = 3, 0.006
# Of prices that nobody pays to the supplier.
_NOT_PAID = re.compile(r"type=(?:list|msrp|map)\b")


def _beside(inspection: Inspection, mapping: Mapping, used: set[int]) -> Iterator[Doubt]:
    """A second table beside the first one; columns without a name beside a number, which its name is meant for, too."""
    shape, profile = inspection.shape, inspection.profile
    names = shape.columns
    ref = mapping.column("ref")
    if ref is not None:
        for at in range(ref + 1, len(names)):
            again = at not in used and names[at] in shape.renamed and names[at].startswith(f"{names[ref]}_")
            if (
                again
                and _is_filled(profile.columns[at], profile.columns[ref])
                and looks_like_references(profile.columns[at], profile.rows)
            ):
                message = (
                    f"{names[at]!r} may be the reference of a second table beside the first one, which is not read."
                    " Have the tables sent below each other, or accept the list without it."
                )
                yield Doubt("second_table", message, names[at])
                break
    if any(doubt.code == "extra_fields" for doubt in shape.doubts):
        # Said of them already.
        return
    for field, choice in mapping.fields.items():
        at = choice.column + 1
        unnamed = []
        while base(field) in ("price", "stock") and at < len(names) and names[at] == f"column_{at + 1}":
            if (
                at not in used
                and _counts(profile.columns[at])
                and _is_filled(profile.columns[at], profile.columns[choice.column])
            ):
                unnamed.append(names[at])
            at += 1
        if unnamed:
            message = (
                f"{names[choice.column]!r} is read as {field}, but columns without a name stand beside it and hold numbers, too"
                f" ({', '.join(unnamed)}): its name may be that of all of them, such as sizes or places."
                " Map what is meant, or accept this."
            )
            yield Doubt("columns_without_name", message, names[choice.column])


def _is_money(name: str, column: ColumnProfile, mapping: Mapping) -> bool:
    """Whether the header or most cells name a currency beside numbers, or the header an amount; `amount` beside a currency."""
    place, _, last = name.rpartition("/")
    below = normalise(place.rpartition("/")[2])
    beside = "currency" in mapping.fields and normalise(last) in _AMOUNTS
    beside |= below in MONEY and not is_no_amount(last)
    beside |= below in _SOME_MONEY and field_of(f"{last} price") in ("price", "list_price")
    named = sum(count for codes, count in column.signs if codes) > _NUMBERS * column.values
    return _counts(column) and (named or beside or _is_priced(name, column) or currency_within(name) is not None)


def _is_priced(name: str, column: ColumnProfile) -> bool:
    """Whether a header has a word for some price; numbers of price groups are whole."""
    return is_amount(name) or ((speaks_of_price(name) or _is_of_another(name)) and column.share(column.decimals) > _FRACTIONS)


def _is_of_another(name: str) -> bool:
    """Whether a header names a price or cost of something else: `Freight cost`."""
    said = normalise(name).split()
    rest = another.without("price", said)
    return len(rest.split()) < len(said) and not fields_within(rest).keys().isdisjoint(("price", "list_price"))


def _counts(column: ColumnProfile) -> bool:
    return column.share(column.integers + column.decimals) > _NUMBERS


def _is_filled(column: ColumnProfile, beside: ColumnProfile) -> bool:
    return column.values >= _NUMBERS * beside.values > 0


def _list_price_alone(inspection: Inspection, mapping: Mapping) -> Iterator[Doubt]:
    """A list without what is paid: it may have no such price, or its name says otherwise."""
    listed = mapping.column("list_price")
    paid = [field for field in mapping.fields if base(field) == "price" and not _NOT_PAID.search(field)]
    if listed is None or any("type=sale" not in field for field in paid):
        return
    name = inspection.shape.columns[listed]
    used = {choice.column for choice in mapping.fields.values()}
    place = name.rpartition("/")[0]
    others = []
    for at, (header, column) in enumerate(zip(inspection.shape.columns, inspection.profile.columns, strict=True)):
        # `Händlernetzpreis` may be it, and so may `pricing/dealer` beside `pricing/list`.
        where, _, last = header.rpartition("/")
        beside = bool(place) and where == place and may_be_paid(place, last, column)
        # What is below the name of a delivery is surely not what an article costs.
        other = is_no_amount(last) or another.turns("price", normalise(where).split())
        priced = _is_priced(header, column) and not (where and other)
        if at not in used and _counts(column) and (beside or priced):
            others.append(header)
    named = f", and {' and '.join(map(repr, others))} may be what is paid" if others else ""
    message = (
        f"No purchase price is read: {name!r} is read as the list price{named}."
        f" Map price to {'the one that is paid' if others else repr(name) + ' if it is what is paid'}."
    )
    # A reduced price alone is what is paid.
    if others or not paid:
        yield Doubt("price_missing", message, name, inspection.profile.columns[listed].values, holds=bool(others))


def _list_price_as_price(inspection: Inspection, mapping: Mapping, used: set[int]) -> Iterator[Doubt]:
    """The list price of a tree that is read as the price, beside another amount; any price beside one that is called base."""
    price = mapping.fields.get("price")
    if price is None or price.why == CHOSEN or "list_price" in mapping.fields:
        return
    name = inspection.shape.columns[price.column]
    place, _, last = name.rpartition("/")
    listed = bool(place) and field_of(f"{last} price") == "list_price"
    for at, (header, column) in enumerate(zip(inspection.shape.columns, inspection.profile.columns, strict=True)):
        where, _, other = header.rpartition("/")
        based = field_of(header) == "price_unit" and may_be_base_price(header, column)
        if at not in used and where == place and (based or (listed and may_be_paid(place, other, column))):
            message = (
                f"{name!r} is read as the price that is paid, and {header!r} stands beside it. Map price to the one that is paid"
                " and list_price to the other, or accept this."
            )
            yield Doubt("column_tie", message, name, column.values)
            return


def _old_number(inspection: Inspection, mapping: Mapping, used: set[int]) -> Iterator[Doubt]:
    """An old number that is read as the reference beside a new one, which not all articles have."""
    shape, ref = inspection.shape, mapping.fields.get("ref")
    if ref is None or ref.why == CHOSEN or age_of(shape.columns[ref.column]) != "old":
        return
    for at, (name, column) in enumerate(zip(shape.columns, inspection.profile.columns, strict=True)):
        if at not in used and age_of(name) == "new" and column.values and column.digits:
            message = (
                f"{shape.columns[ref.column]!r} is read as the reference, and {name!r} holds newer numbers of some articles."
                " Map ref to the right one, or accept this."
            )
            yield Doubt("ref_old", message, shape.columns[ref.column], column.values)


def _is_bare_quantity(header: str) -> bool:
    """Whether a header leaves open whose quantity it is: a stock times its price is its value."""
    return is_quantity(header) or normalise(header) in ("qty", "qte", "cant", "order qty", "order")


def _of_order(inspection: Inspection, mapping: Mapping, used: set[int]) -> Iterator[Doubt]:
    """Quantities that are all zero, or that, times the price, give another column: what somebody orders or ordered."""
    price, stock = mapping.column("price"), mapping.column("stock")
    if price is None or stock is None or not _is_bare_quantity(inspection.shape.columns[stock]):
        return
    columns = inspection.profile.columns
    if columns[stock].values >= _ROWS and [cell for cell, _ in columns[stock].few] == ["0"]:
        stocked = inspection.shape.columns[stock]
        message = (
            f"Every row of {stocked!r} is 0: it may be where an order is written, and is read as the stock of all articles."
            " Map stock to nothing, or accept this if none is there."
        )
        yield Doubt("stock_of_order", message, stocked, columns[stock].values)
        return

    def number(row: tuple[str | None, ...], at: int) -> float | None:
        return number_in(row[at], columns[at].style.decimal)

    for at, name in enumerate(inspection.shape.columns):
        if at in used or not _counts(columns[at]):
            continue
        read = [(number(row, price), number(row, stock), number(row, at)) for row in inspection.sample]
        judged = [(p, q, total) for p, q, total in read if p and q is not None and q > 1 and total is not None]
        if len(judged) >= _ROWS and all(abs(p * q - total) <= _CENT * max(1.0, q) for p, q, total in judged):
            stocked = inspection.shape.columns[stock]
            message = (
                f"{name!r} is what {inspection.shape.columns[price]!r} times {stocked!r} gives: {stocked!r} may say how many were"
                " ordered, and is read as the stock. Map stock to nothing, or accept this."
            )
            yield Doubt("stock_of_order", message, stocked, columns[stock].values)
            return


def unread_doubts(inspection: Inspection, mapping: Mapping) -> Iterator[Doubt]:
    """A column that may name each row's supplier or its brand; one of quantities, which may be the stock."""
    shape, profile = inspection.shape, inspection.profile
    if not shape.header or mapping.template:
        return
    used = {choice.column for choice in mapping.fields.values()}
    columns = list(enumerate(zip(shape.columns, profile.columns, strict=True)))
    for at, (name, column) in columns:
        if at not in used and field_of(name.rpartition("/")[2]) == "supplier" and column.distinct > 1 and column.texts:
            message = (
                f"{name!r} may say each row's supplier, or its brand: it is not read. Map supplier or brand to it if it does."
            )
            yield Doubt("supplier_unread", message, name, column.values, holds=False)
    if mapping.column("ref") is not None and mapping.column("ref") == mapping.column("gtin"):
        for at, (name, column) in columns:
            if at not in used and looks_like_references(column, profile.rows):
                message = f"{name!r} may be the supplier's reference: the GTIN is taken in its place. Map ref to it if it is."
                yield Doubt("ref_unread", message, name, column.values, holds=False)
    yield from currency_doubts(inspection, mapping, used)
    yield from _old_number(inspection, mapping, used)
    yield from _of_order(inspection, mapping, used)
    yield from _beside(inspection, mapping, used)
    yield from _list_price_alone(inspection, mapping)
    yield from _list_price_as_price(inspection, mapping, used)
    if not any(base(field) in ("price", "list_price") for field in mapping.fields):
        for at, (name, column) in columns:
            told = is_for_other_unit(name) or tax_of(name) == "gross"
            if at not in used and not told and (column.share(column.decimals) > _FRACTIONS or _is_money(name, column, mapping)):
                money = _is_money(name, column, mapping)
                what = "what may be amounts of money" if money else "numbers with fractions"
                message = f"No column is read as price, and {name!r} holds {what}. Map price to it if it is that."
                yield Doubt("price_unread", message, name, column.values, holds=money)
    # Words for what is there say nothing of how much.
    counted = [profile.columns[choice.column] for field, choice in mapping.fields.items() if base(field) == "stock"]
    if any(column.share(column.integers + column.decimals) > _NUMBERS for column in counted):
        return
    for at, (name, column) in columns:
        if at not in used and is_quantity(name.rpartition("/")[2]) and column.share(column.integers + column.decimals) > _NUMBERS:
            message = (
                f"{name!r} may be the stock, the content of a pack or a minimum: it is not read. Map stock to it if it is that."
            )
            yield Doubt("stock_unread", message, name, column.values, holds=False)
