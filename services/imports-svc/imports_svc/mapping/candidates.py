"""Which fields each column may be, by what its header says and what its values look like."""

from collections.abc import Callable, Iterator

from imports_svc.feeds.model import ColumnProfile, Field, Profile, Shape
from imports_svc.mapping.amounts import may_be_base_price
from imports_svc.mapping.likeness import distinct, ref_named, title
from imports_svc.mapping.ties import Candidate
from imports_svc.vocabulary import another, parameters
from imports_svc.vocabulary.beside import is_moved
from imports_svc.vocabulary.taxes import is_of_packs, price_fields
from imports_svc.vocabulary.words import age_of, is_article, is_short_price, normalise

_CODES: frozenset[Field] = frozenset({"ref", "gtin", "mpn", "our_sku"})
_ENOUGH = 0.5
# Remarks below a list stand in the same column.
_NEARLY_ALL = 0.8
_WHOLE_HEADER = 0.8
_FEW_SUPPLIERS = 200
_FEW_UNITS = 30
_FRACTIONS = 0.1
_LONGEST_UNIT = 20
_LONGEST_CODE = 40
# Names of groups of columns, and of much else where no numbers stand below them.
_OF_PRICES = frozenset({"prices", "pricing"})


def candidates(shape: Shape, profile: Profile) -> Iterator[Candidate]:
    """Columns whose header speaks of a field, weighed by whether the values agree; GTIN columns also by values alone."""
    for index, (header, column) in enumerate(zip(shape.said, profile.columns, strict=True)):
        named = price_fields(header) if shape.header else {}
        if named and is_article(header):
            named |= {"title": min(named.values())}
        for name, named_strength in named.items():
            if (name == "stock" and is_moved(header)) or (name == "price_unit" and is_of_packs(header)):
                continue
            if name == "price_unit" and may_be_base_price(header, column):
                continue
            if name == "price" and normalise(header) in _OF_PRICES and column.values and not _number(column, 0) > _ENOUGH:
                continue
            if is_short_price(header) and column.share(column.decimals) < _ENOUGH:
                continue
            # Pieces go before packs.
            strength = named_strength - (0.1 if name == "stock" and is_of_packs(header) else 0.0)
            is_other = name in _CODES and _is_no_code(name, header, column, named_strength)
            is_other |= name == "title" and is_article(header) and _are_codes(column)
            fit = 0.0 if is_other else _FITS[name](column, profile.rows)
            typed = parameters.price_named(header) if name in ("price", "list_price") else None
            if (typed and typed.field != name) or (name == "price" and age_of(header) == "old"):
                # "Sale price" and "Old price" are the price where no other column is, and one of many beside it.
                strength -= 0.1
            if profile.rows == 0:
                yield Candidate(0.6 * strength, name, index, f"the header {header!r} names it; there are no values to check")
            elif fit > 0:
                yield Candidate(
                    0.6 * strength + 0.4 * fit,
                    name,
                    index,
                    f"the header {header!r} names it and {fit:.0%} of the values fit",
                )
        share = gtin_share(column, profile.rows)
        if "gtin" not in named and share >= 0.3 and not (shape.header and another.turns("gtin", normalise(header).split())):
            yield Candidate(0.35 + 0.55 * share, "gtin", index, f"{share:.0%} of the values are trade item codes")


def gtin_share(column: ColumnProfile, rows: int) -> float:
    """Share of codes of a GTIN kind. One digit string in ten passes by chance, and a shop's own number repeats."""
    if column.values == 0 or (rows > 20 and distinct(column) < 0.05) or column.is_dated:
        return 0.0
    short = column.values - column.gtin_length - column.scientific
    books = short * (column.isbn10 + column.isbn10_padded) / column.short_codes if column.is_isbn else 0.0
    if column.gtin_valid < 0.5 * column.gtin_length and not books:
        return 0.0
    damaged = column.scientific if column.gtin_valid or books else 0
    return min(1.0, (column.gtin_valid + books + damaged) / column.values)


def _is_no_code(name: Field, header: str, column: ColumnProfile, strength: float) -> bool:
    """Whether values are names, or days: numbers of the supplier's own only where his whole header says so."""
    if name == "ref" and is_article(header) and not _are_codes(column):
        return True
    return column.is_dated and (name == "gtin" or strength < _WHOLE_HEADER)


def _are_codes(column: ColumnProfile) -> bool:
    return column.codes + column.integers >= _NEARLY_ALL * column.values


def _gtin_named(column: ColumnProfile, rows: int) -> float:
    return max(gtin_share(column, rows), 0.1)


def _text(column: ColumnProfile, _rows: int) -> float:
    return column.share(column.texts) if column.share(column.urls) < 0.1 else 0.0


def _number(column: ColumnProfile, _rows: int) -> float:
    """Unreadable values weigh little: a column called price is the price, and its values must be warned about."""
    return max(column.share(column.integers + column.decimals), 0.05 if column.values else 0.0)


def _unit(column: ColumnProfile, _rows: int) -> float:
    """Few quantities, or words for them."""
    if not column.values or column.distinct > _FEW_UNITS or column.max_length > _LONGEST_UNIT or column.currency_codes:
        return 0.0
    if column.share(column.decimals - column.dotted_zero) > _FRACTIONS:
        # `price/base` beside `price/list`: amounts.
        return 0.0
    return max(column.share(column.integers), 0.3)


def _code(column: ColumnProfile, _rows: int) -> float:
    return 0.5 if column.values and not column.urls and column.mean_length <= _LONGEST_CODE else 0.0


def _size(column: ColumnProfile, _rows: int) -> float:
    """How many are in a pack: no code of it."""
    return 0.5 if column.values and not column.gtin_valid > 0.5 * column.values else 0.0


def _supplier(column: ColumnProfile, _rows: int) -> float:
    return _text(column, 0) if 0 < column.distinct <= _FEW_SUPPLIERS and (column.distinct < 10 or distinct(column) < 0.2) else 0.0


_FITS: dict[Field, Callable[[ColumnProfile, int], float]] = {
    "supplier": _supplier,
    "ref": ref_named,
    "gtin": _gtin_named,
    "title": title,
    "description": _text,
    "brand": _text,
    "category": _text,
    "mpn": lambda column, _: 0.5 if column.values else 0.0,
    "image_url": lambda column, _: column.share(column.urls),
    "price": _number,
    "list_price": _number,
    "currency": lambda column, _: max(column.share(column.currency_codes), 0.1 if 0 < column.max_length <= 10 else 0.0),
    "stock": _number,
    "pack_size": _size,
    "price_unit": _unit,
    "our_sku": _code,
}
