"""The kinds, as their modules declare them."""

from collections.abc import Callable
from random import Random
from typing import NamedTuple

from imports_svc.understanding.draft import Draft, draft_of
from imports_svc.understanding.tables import Table, make


class Kind(NamedTuple):
    """`doubtful`: nobody can know what is meant, so that a doubt is the right answer. `table`: what it begins from."""

    name: str
    dirty: Callable[[Draft], None]
    doubtful: bool
    table: Callable[[Random], Table]

    def draft(self, random: Random) -> Draft:
        """A dirtied draft."""
        draft = draft_of(random, self.table(random))
        self.dirty(draft)
        return draft


KINDS: dict[str, Kind] = {}


def kind(
    *, doubtful: bool = False, table: Callable[[Random], Table] = make
) -> Callable[[Callable[[Draft], None]], Callable[[Draft], None]]:
    """Declares a function as the kind of its name."""

    def declare(dirty: Callable[[Draft], None]) -> Callable[[Draft], None]:
        KINDS[dirty.__name__] = Kind(dirty.__name__, dirty, doubtful, table)
        return dirty

    return declare
