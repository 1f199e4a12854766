"""Everything that is not sure about reading a file under a mapping, before a row of it is cleaned."""

from collections.abc import Iterator

from imports_svc.cleaning.doubts import column_doubts
from imports_svc.feeds.model import Doubt, Inspection, Mapping, Shape
from imports_svc.mapping.around import lines_doubts
from imports_svc.mapping.breaks import break_doubts
from imports_svc.mapping.harmless import of_mapped
from imports_svc.mapping.lapsed import lapsed_doubts
from imports_svc.mapping.letters import letters_doubts
from imports_svc.mapping.prices import price_doubts
from imports_svc.mapping.sheets import sheet_doubts
from imports_svc.mapping.spoken import spoken_doubts
from imports_svc.mapping.suggest import CHOSEN
from imports_svc.mapping.unnamed import no_header
from imports_svc.mapping.unread import unread_doubts
from imports_svc.mapping.unsure import unsure_price
from imports_svc.vocabulary.parameters import base
from imports_svc.vocabulary.values import PACKS, plain
from imports_svc.vocabulary.words import field_of, is_ours

# As many as are named.
_SHEETS = 5
# What says of a number of a tree in what it counts.
_UNITS = frozenset({"unit", "units", "uom", "unit of measure", "measure", "einheit", "unite", "unidad", "unita", "jednostka"})


def doubts_of(inspection: Inspection, mapping: Mapping, currency: str = "") -> tuple[Doubt, ...]:
    """The doubts about the file, its mapped columns and the mapping itself, each name once.

    `currency`: what a person said for prices that name none, "" for nothing.
    """
    found = {doubt.name: doubt for doubt in _all(inspection, mapping, currency)}
    return tuple(found.values())


def _is_open(doubt: Doubt, mapping: Mapping, shape: Shape) -> bool:
    """Whether a tie is undecided: the column stands where it was suggested, and nobody chose it."""
    return any(shape.columns[c.column] == doubt.column and c.why != CHOSEN for c in mapping.fields.values())


def _all(inspection: Inspection, mapping: Mapping, currency: str) -> Iterator[Doubt]:
    shape, profile = inspection.shape, inspection.profile
    for doubt in shape.doubts:
        yield from of_mapped(doubt, mapping, shape)
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
    yield from break_doubts(inspection, mapping)
    yield from spoken_doubts(inspection, mapping)
    yield from lapsed_doubts(inspection, mapping)
    yield from lines_doubts(inspection, mapping)
    yield from _separator(inspection, mapping)
    yield from _whose(shape, mapping)
    yield from unread_doubts(inspection, mapping)
    yield from unsure_price(inspection, mapping)
    yield from no_header(shape, profile, mapping, CHOSEN)
    yield from _packs_beside(inspection, mapping)
    yield from _of_sheets(inspection, mapping)
    yield from sheet_doubts(inspection, mapping, currency)
    yield from letters_doubts(inspection, mapping)


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


def _packs_beside(inspection: Inspection, mapping: Mapping) -> Iterator[Doubt]:
    """Stocks of a tree whose unit, beside or within them, is a pack: `<stock unit="case">5</stock>`."""
    names = inspection.shape.columns
    stocks = {names[choice.column] for field, choice in mapping.fields.items() if base(field) == "stock"}
    for name, column in zip(names, inspection.profile.columns, strict=True):
        place, _, last = name.rpartition("/")
        packs = {said: rows for said, rows in column.few if plain(said) in PACKS}
        if not place or not packs or plain(last.lstrip("@").replace("_", " ")) not in _UNITS:
            continue
        for stock in stocks:
            if stock == place or (stock.rpartition("/")[0] == place and field_of(place.rpartition("/")[2]) == "stock"):
                message = (
                    f"{stock!r} counts packs where {name!r} says {', '.join(packs)}, and is read as pieces. Map another column to"
                    " stock, or none; accept this if packs are what is sold."
                )
                yield Doubt("stock_in_packs", message, stock, sum(packs.values()), tuple(packs))


def _of_sheets(inspection: Inspection, mapping: Mapping) -> Iterator[Doubt]:
    """The sheet that a row stands in as its category, where no column says one."""
    choice, shape = mapping.fields.get("category"), inspection.shape
    if choice is None or choice.why == CHOSEN or shape.columns[choice.column] not in shape.placed:
        return
    column = inspection.profile.columns[choice.column]
    names = tuple(name for name, _ in column.few)[:_SHEETS]
    message = (
        f"No column says a category: the name of the sheet is taken for it ({', '.join(map(repr, names))}). Map category to"
        " another column, or to nothing if sheets are no categories."
    )
    yield Doubt("category_of_sheet", message, shape.columns[choice.column], column.values, names, holds=False)


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
