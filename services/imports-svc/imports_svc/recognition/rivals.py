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
        self._marks: dict[int, Otherwise] = {}
        self._names: dict[int, Otherwise] = {}
        if shape.header and shape.rivals:
            for index, name in enumerate(shape.columns):
                if found := read_otherwise([name], shape.written or shape.encoding, shape.rivals):
                    self._names[index] = Otherwise(index, *found, name=True)

    @property
    def wanted(self) -> bool:
        """Whether another block may say more."""
        return bool(self._shape.rivals) and len(self._found) < len(self._shape.columns)

    @property
    def found(self) -> tuple[Otherwise, ...]:
        """One cell of each column that has some, before its name and its marks beside numbers, in the order of columns."""
        found = {**self._marks, **self._names, **self._found}
        return tuple(found[index] for index in sorted(found))

    def look(self, rows: pl.DataFrame) -> None:
        """Take the rows of a block in."""
        shape = self._shape
        if not shape.rivals:
            return
        encoding = shape.written or shape.encoding
        for index, name in enumerate(shape.columns):
            if index not in self._found:
                beyond = rows[name].filter(rows[name].str.contains("[^\\x00-\\x7f]")).unique(maintain_order=True)
                cells = beyond.head(_MOST_CELLS).to_list()
                if found := read_otherwise(cells, encoding, shape.rivals):
                    self._found[index] = Otherwise(index, *found)
                elif index not in self._marks and (marks := read_otherwise(cells, encoding, shape.rivals, marks=True)):
                    self._marks[index] = Otherwise(index, *marks, mark=True)
