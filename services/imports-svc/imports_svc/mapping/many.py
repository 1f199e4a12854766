"""Suggests which columns are prices and stocks that a row may have many of."""

from collections.abc import Mapping as MappingOf
from collections.abc import Set
from dataclasses import replace

from imports_svc.feeds.model import Choice, ColumnProfile, Field, Profile, Shape
from imports_svc.mapping.breaks import paired
from imports_svc.vocabulary.parameters import Price, location_named, price_named, tiers
from imports_svc.vocabulary.taxes import is_for_other_unit, quantity_of
from imports_svc.vocabulary.words import currency_within, field_of

# More would be a table of something else.
MOST = 50
_NUMBERS = 0.5


def named_apart(shape: Shape, profile: Profile) -> tuple[dict[int, Field], Set[int]]:
    """Columns that are never the plain price or stock, by index: prices for a quantity and stocks of a location.

    And the columns beside them that serve no field, such as the quantities.
    """
    if not shape.header:
        return {}, frozenset()
    steps = paired(shape, profile)
    beside = steps.quantities | set(steps.varying)
    prices = {index: price for index, price in _prices(shape, profile).items() if index not in beside | steps.prices.keys()}
    quantities = tiers(prices.values())
    found = {
        index: price.field for index, price in prices.items() if price in quantities and ("min=" in price.field or price.tier)
    }
    places = {index: name for index, name in _locations(shape, profile).items() if index not in beside}
    return _once(found | places | steps.prices), beside


def named_beside(shape: Shape, profile: Profile, chosen: MappingOf[Field, Choice]) -> dict[int, Field]:
    """Prices of other kinds and in other currencies than those chosen, by index."""
    if not shape.header:
        return {}
    # A number that is no quantity makes a column a price level, and nobody says what for.
    prices = {index: price for index, price in _prices(shape, profile).items() if price.least in (None, 1)}
    plain = {name: currency_within(shape.columns[chosen[name].column]) for name in ("price", "list_price") if name in chosen}
    found = {
        index: price.field
        for index, price in prices.items()
        if price.field not in chosen
        and "[" in price.field
        and replace(price, currency=None).field not in _said(plain, price.currency)
    }
    return _once(found)


def choice(shape: Shape, profile: Profile, index: int) -> Choice:
    share = _share(profile.columns[index])
    return Choice(
        index,
        round(0.5 + 0.4 * share, 2),
        f"the header {shape.columns[index]!r} names it and {share:.0%} of the values are numbers",
    )


def _prices(shape: Shape, profile: Profile) -> dict[int, Price]:
    # As the file says it: a number that we gave to a repeated name is nobody's.
    # "Per 100" is no quantity to buy, and what a kilogram costs is no price of the article.
    named = {
        index: None if quantity_of(header) or is_for_other_unit(header) else price_named(header)
        for index, header in enumerate(shape.said)
    }
    found = {
        index: price for index, price in named.items() if price is not None and _is_numeric(profile.columns[index], profile.rows)
    }
    # A quantity alone is that of a price only beside another one.
    bare = [index for index in found if not any(map(str.isalpha, shape.said[index]))]
    # `36-38` may be a size, `1-9` is a quantity.
    begins = any("+" in shape.said[index] for index in bare) or 1 in (found[index].least for index in bare)
    return found if len(bare) > 1 and begins else {index: price for index, price in found.items() if index not in bare}


def _locations(shape: Shape, profile: Profile) -> dict[int, Field]:
    """One location alone, without a total beside it, is the stock."""
    named = {index: location_named(header) for index, header in enumerate(shape.said)}
    found = {
        index: f"stock[location={location}]"
        for index, location in named.items()
        if location is not None and _is_numeric(profile.columns[index], profile.rows)
    }
    total = any(field_of(header) == "stock" for header in shape.said)
    return found if len(found) > 1 or total else {}


def _said(plain: dict[Field, str | None], currency: str | None) -> set[Field]:
    """The plain prices that are in this currency by their headers."""
    return {name for name, said in plain.items() if said == currency}


def _share(column: ColumnProfile) -> float:
    return min(1.0, column.share(column.integers + column.decimals))


def _is_numeric(column: ColumnProfile, rows: int) -> bool:
    return rows == 0 or (column.values > 0 and _share(column) >= _NUMBERS)


def _once(found: dict[int, Field]) -> dict[int, Field]:
    """Of columns that name the same the first."""
    first = {name: index for index, name in sorted(found.items(), reverse=True)}
    return {index: name for name, index in sorted(first.items(), key=lambda item: item[1])[:MOST]}
