"""Columns that may as well be a field as the one that was taken for it: a person decides, never their order in the file."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from imports_svc.feeds.model import Choice, Doubt, Field, Profile, Shape

# Candidates that are this close are equally likely.
_TIE = 0.02
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
    for name in _TIED:
        if name not in fields:
            continue
        chosen = fields[name]
        others = [
            candidate.column
            for candidate in ranked
            if candidate.name == name
            and candidate.column not in used
            and candidate.confidence >= chosen.confidence - _TIE
            and profile.columns[candidate.column].values >= 0.5 * profile.columns[chosen.column].values > 0
        ]
        if others:
            names = ", ".join(repr(shape.columns[column]) for column in others)
            yield Doubt(
                "column_tie",
                f"{names} may be the {name} as well as {shape.columns[chosen.column]!r}, which was taken: their headers and"
                f" values say the same. Map {name} to the right one, or accept this.",
                shape.columns[chosen.column],
            )
