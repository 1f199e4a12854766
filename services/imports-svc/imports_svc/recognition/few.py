"""The values of a column that has few different ones, such as units; of units that are more, those that matter."""

from collections import Counter

import polars as pl

from imports_svc.cleaning.units import for_several, is_content

LONGEST = 60
# More values of a column are no states of rows.
_FEW = 60
# Of units more are kept as they are.
_UNITS = 1_000
# `E`, `C`, `EACH`: each tells what the others mean.
_LETTERS = 4


class Few:
    """Counts the values of one column. `units`: its header says that they are units."""

    def __init__(self, *, units: bool) -> None:
        self._units = units
        self._most = _UNITS if units else _FEW
        # None once they are more, or longer.
        self._all: Counter[str] | None = Counter()
        self._several: Counter[str] = Counter()
        self.contents = 0

    @property
    def all(self) -> tuple[tuple[str, int], ...]:
        """Each with how many rows have it, most frequent first; none where they are more."""
        return tuple(self._all.most_common()) if self._all is not None else ()

    @property
    def several(self) -> tuple[tuple[str, int], ...]:
        """Of units that are more those beside which a price may be for several pieces, and short ones."""
        return tuple(self._several.most_common())

    def add(self, found: pl.DataFrame, longest: int) -> None:
        """Take distinct values `v` with their rows `n` in; `longest`: the bytes of the longest of them."""
        if self._all is not None and longest <= LONGEST and found.height <= self._most:
            self._all.update(_counted(found))
            if len(self._all) <= self._most:
                return
            found = found.clear()
        if self._units:
            self._add_several((self._all or Counter()) + _counted(found))
        self._all = None

    def _add_several(self, found: Counter[str]) -> None:
        self.contents += sum(count for cell, count in found.items() if is_content(cell))
        short = [cell for cell in found if len(cell.encode()) <= LONGEST]
        # What a letter means hangs on the others.
        known = for_several((*short, *self._several))
        for cell in short:
            if (cell in known or len(cell) <= _LETTERS) and (cell in self._several or len(self._several) < _UNITS):
                self._several[cell] += found[cell]


def _counted(found: pl.DataFrame) -> Counter[str]:
    return Counter(dict(found.select("v", "n").iter_rows()))
