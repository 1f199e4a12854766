"""Which columns have cells that an encoding nearly as likely as the file's would read otherwise."""

import polars as pl

from imports_svc.feeds.model import Otherwise, Shape
from imports_svc.formats.delimited.rivals import read_otherwise

_MOST_CELLS = 2_000


class Rivals:
    """Looks at blocks of rows where a file has rivals of its encoding."""

    def __init__(self, shape: Shape) -> None:
        self._shape = shape
        self._found: dict[int, Otherwise] = {}

    @property
    def found(self) -> tuple[Otherwise, ...]:
        """One cell of each column that has some, in the order of columns."""
        return tuple(self._found[index] for index in sorted(self._found))

    def look(self, rows: pl.DataFrame) -> None:
        """Take the rows of a block in."""
        if not self._shape.rivals:
            return
        for index, name in enumerate(self._shape.columns):
            if index not in self._found:
                beyond = rows[name].filter(rows[name].str.contains("[^\\x00-\\x7f]")).unique(maintain_order=True)
                cells = beyond.head(_MOST_CELLS).to_list()
                if found := read_otherwise(cells, self._shape.encoding, self._shape.rivals):
                    self._found[index] = Otherwise(index, *found)
