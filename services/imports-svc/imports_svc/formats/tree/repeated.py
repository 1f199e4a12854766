"""Values of which a record has several, and of which the first is read: what the others say otherwise."""

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from imports_svc.feeds.doubt import REPEATED, Doubt
from imports_svc.feeds.fields import HELD
from imports_svc.vocabulary.words import field_of

_LISTED = 10


class Repeated:
    """What is noted of them, record by record. `text`: under which name an element's text stands beside its attributes."""

    def __init__(self, text: str) -> None:
        self._text = text
        # How many of them a record has at most, by the path.
        self._most: dict[str, int] = {}
        # Records in which others than the first say something else, by the column.
        self._differing: Counter[str] = Counter()
        self._examples: dict[str, tuple[str, ...]] = {}

    def note(self, path: str, count: int) -> None:
        """A record has `count` values at a path."""
        self._most[path] = max(self._most.get(path, 0), count)

    def compare(self, path: str, values: Sequence[Any]) -> None:
        """A record has these values at a path, and the first of them is read."""
        self.note(path, len(values))
        if not (_may_be_field(path) or any(_holds_field(path, value) for value in values)):
            return
        first, *others = (dict(self._leaves(value, path)) for value in values)
        said = {column: first.get(column, "") for other in others for column in other if _may_be_field(column)}
        for column, value in said.items():
            differing = [other[column] for other in others if other.get(column, value) != value]
            if differing:
                self._differing[column] += 1
                self._examples.setdefault(column, (value, *differing[:4]))

    def _leaves(self, value: Any, path: str) -> Iterator[tuple[str, str]]:
        """The values of an entry by their columns."""
        if isinstance(value, dict):
            for name, part in value.items():
                yield from self._leaves(part, path if name == self._text else f"{path}/{name}")
        elif isinstance(value, list):
            if value:
                yield from self._leaves(value[0], path)
        elif value is not None and str(value).strip():
            yield path, str(value).strip()

    def doubts(self) -> Iterator[Doubt]:
        """All of them together, and each column that may be a field: that holds where it is one."""
        if not self._most:
            return
        most = sorted(self._most.items(), key=lambda entry: -entry[1])[:_LISTED]
        listed = ", ".join(f"{name!r} (up to {count})" for name, count in most)
        message = f"Values that a record has several of, of which the first is read: {listed}."
        yield Doubt(REPEATED, message, examples=tuple(self._most)[:_LISTED], holds=False)
        for column, rows in self._differing.most_common():
            shown = self._examples[column]
            message = (
                f"Records have several values in {column!r} that differ ({', '.join(shown)}): the first is read, and another one"
                " may be meant. Map another column, or accept this if the first is right."
            )
            yield Doubt(REPEATED, message, column, rows, shown)


def _holds_field(path: str, value: Any) -> bool:
    """Whether an entry may say a field; what is within its parts is looked at only then."""
    if not isinstance(value, dict):
        return False
    return _names_field(path, tuple(value)) or any(isinstance(part, (dict, list)) for part in value.values())


@lru_cache(maxsize=10_000)
def _names_field(path: str, names: tuple[str, ...]) -> bool:
    return any(_may_be_field(f"{path}/{name}") for name in names)


@lru_cache(maxsize=10_000)
def _may_be_field(column: str) -> bool:
    """Whether a path, or what it is within, is called like a field that may hold; of attributes only what they say themselves."""
    *within, last = column.split("/")
    if last.startswith("@"):
        return field_of(last[1:]) in HELD
    return any(field_of(name.partition("[")[0]) in HELD for name in (*within, last))
