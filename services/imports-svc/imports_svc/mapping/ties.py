"""Columns that may as well be a field as the one that was taken for it: a person decides, never their order in the file."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from imports_svc.feeds.model import Choice, Doubt, Field, Profile, Shape
from imports_svc.vocabulary.beside import is_available
from imports_svc.vocabulary.parameters import price_named
from imports_svc.vocabulary.words import age_of, are_levels, are_of_languages, currency_within, field_of, is_quantity

# Candidates that are this close are equally likely.
_TIE = 0.02
_NUMBERS = 0.5
# A column whose whole header is a name of the field is surer, and one of which most values do not fit is less likely.
_PARTLY, _LIKELY = 0.83, 0.65
# Columns of two pairs.
_PAIRS = 4
_TIED: tuple[Field, ...] = ("ref", "gtin", "price", "stock", "title")


class Candidate(NamedTuple):
    """A column that may be a field, how sure (0..1) and why."""

    confidence: float
    name: Field
    column: int
    why: str


def ties(ranked: Sequence[Candidate], fields: Mapping[Field, Choice], shape: Shape, profile: Profile) -> Iterator[Doubt]:
    """Columns that may as well be a field as the one chosen for it, and serve no other."""
    used = {choice.column for choice in fields.values()}
    breaks = _may_be_breaks(shape, fields)
    for name in _TIED:
        if name not in fields:
            continue
        chosen = fields[name]
        others = [
            candidate.column
            for candidate in ranked
            if candidate.name == name
            and candidate.column not in used
            and (
                candidate.confidence >= chosen.confidence - _TIE
                or shape.said[candidate.column] == shape.said[chosen.column]
                or are_of_languages(shape.said[candidate.column], shape.said[chosen.column])
                or (name == "price" and _are_alike(shape.said[candidate.column], shape.said[chosen.column]))
                or (name == "price" and chosen.confidence < _PARTLY and _is_partly_a_price(candidate, shape))
            )
            and profile.columns[candidate.column].values >= 0.5 * profile.columns[chosen.column].values > 0
            and not (name == "price" and _differ_in_currency(shape, candidate.column, chosen.column))
        ]
        if name == "stock" and not others:
            free = (at for at in range(len(shape.said)) if at not in used)
            others = [at for at in free if _may_be_free(at, shape.said[chosen.column], shape, profile)]
        if others:
            names = ", ".join(repr(shape.columns[column]) for column in others)
            say = breaks if name in ("price", "stock") else ""
            yield Doubt(
                "column_tie",
                f"{names} may be the {name} as well as {shape.columns[chosen.column]!r}, which was taken: their headers and"
                f" values say the same.{say} Map {name} to the right one, or accept this.",
                shape.columns[chosen.column],
            )


def _is_partly_a_price(candidate: Candidate, shape: Shape) -> bool:
    """Whether words that nobody knows stand beside the one for a price, and nearly all values are numbers: `Preis frei Haus`."""
    typed = price_named(shape.said[candidate.column])
    return candidate.confidence >= _LIKELY and (typed is None or typed.field == "price")


def _are_alike(one: str, other: str) -> bool:
    """Whether two headers of prices differ in a level or in their age only: what holds today is for a person to say."""
    return are_levels(one, other) or {age_of(one), age_of(other)} == {"old", "new"}


def _may_be_free(at: int, chosen: str, shape: Shape, profile: Profile) -> bool:
    """Whether numbers, more than yes and no, say what is available beside a stock of which a part may be promised."""
    column, said = profile.columns[at], shape.said[at]
    counted = column.share(column.integers) > _NUMBERS and column.distinct > len((0, 1))
    return counted and is_available(said) and not is_available(chosen)


def _differ_in_currency(shape: Shape, one: int, other: int) -> bool:
    """Whether two headers name different currencies: these are two prices."""
    codes = {currency_within(shape.said[column]) for column in (one, other)}
    return None not in codes and len(codes) > 1


def _may_be_breaks(shape: Shape, fields: Mapping[Field, Choice]) -> str:
    """What quantities and prices may be that stand in turns, each under one name."""
    if "price" not in fields:
        return ""
    price = shape.said[fields["price"].column]
    turns = [name for name in shape.said if name == price or field_of(name) == "stock" or is_quantity(name)]
    quantities = set(turns) - {price}
    if len(turns) < _PAIRS or len(quantities) != 1 or any(one == other for one, other in pairwise(turns)):
        return ""
    return (
        f" {quantities.pop()!r} and {price!r} stand in turns: these may be prices from a quantity on."
        " If so, map price[min=10] and so on to them, and stock to nothing."
    )
