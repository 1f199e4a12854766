"""What the values of a whole column leave open: numbers that can be read two ways, signs of several currencies, codes."""

from collections.abc import Iterator

from imports_svc.feeds.model import ColumnProfile, Doubt, Field


def column_doubts(field: Field, header: str, column: ColumnProfile) -> Iterator[Doubt]:
    """The doubts about reading the column `header` as `field`."""
    yield from ()
