"""Price breaks in pairs of columns, a quantity and what each piece costs from it on: `Staffel 1; Staffelpreis 1; ...`."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from imports_svc.feeds.model import Doubt, Field, Inspection, Mapping, Profile, Shape
from imports_svc.vocabulary.parameters import Price, is_step, numbered, price_named

_PAIRS = 2
_WHOLE = 0.9


@dataclass(frozen=True)
class Breaks:
    """`prices`: the fields of columns whose quantity is one for all rows. `quantities`: the columns that say quantities.

    `varying`: price columns whose quantity each row says for itself, which no field holds.
    """

    prices: dict[int, Field]
    quantities: frozenset[int]
    varying: tuple[int, ...] = ()


_NONE = Breaks({}, frozenset())


def paired(shape: Shape, profile: Profile) -> Breaks:
    """The price breaks of a table whose quantities stand in columns of their own, each under the number of its price."""
    if not shape.header:
        return _NONE
    steps: dict[str, dict[int, int]] = {}
    priced: dict[str, dict[int, int]] = {}
    for at, header in enumerate(shape.said):
        if (named := numbered(header)) is None:
            continue
        stem, number = named
        column = profile.columns[at]
        if is_step(header) and column.share(column.integers) >= _WHOLE:
            steps.setdefault(stem, {})[number] = at
        elif price_named(stem) is not None and column.share(column.integers + column.decimals) >= _WHOLE:
            priced.setdefault(stem, {})[number] = at
    for stem, prices in priced.items():
        for quantities in steps.values():
            common = sorted(prices.keys() & quantities.keys())
            if len(common) >= _PAIRS:
                kind = price_named(stem)
                assert kind is not None, "it was one above"
                return _breaks(kind, [(prices[number], quantities[number]) for number in common], profile)
    return _NONE


def _breaks(kind: Price, pairs: list[tuple[int, int]], profile: Profile) -> Breaks:
    used = frozenset(quantity for _, quantity in pairs)
    least = [_the_one(profile, quantity) for _, quantity in pairs]
    known = [value for value in least if value is not None]
    if len(known) < len(least) or known != sorted(set(known)):
        return Breaks({}, used, tuple(price for price, _ in pairs))
    return Breaks(
        {price: replace(kind, least=value).field for (price, _), value in zip(pairs, known, strict=True)},
        used,
    )


def _the_one(profile: Profile, at: int) -> int | None:
    """The one quantity of a column, None where rows differ."""
    few = profile.columns[at].few
    return int(few[0][0]) if len(few) == 1 and few[0][0].isdecimal() and int(few[0][0]) > 0 else None


def break_doubts(inspection: Inspection, mapping: Mapping) -> Iterator[Doubt]:
    """Price breaks whose quantities each row says for itself are not read."""
    shape = inspection.shape
    found = paired(shape, inspection.profile)
    used = {choice.column for choice in mapping.fields.values()}
    left = [shape.columns[at] for at in found.varying if at not in used]
    if left:
        quantities = ", ".join(repr(shape.columns[at]) for at in sorted(found.quantities))
        message = (
            f"{', '.join(map(repr, left))} may be prices from a quantity on, which {quantities} say row by row: they are not"
            " read. Have one column for each quantity (price[min=10]) or one row for each price, or accept the list without them."
        )
        yield Doubt("price_breaks_unread", message, left[0], holds=True)
