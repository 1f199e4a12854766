"""Where the rows of a statement come from, as a value: it can be joined and narrowed down without a look at its text."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Source:
    """What stands behind FROM, and the condition behind WHERE."""

    from_: str
    where: str

    def join(self, *joins: str) -> "Source":
        """The same rows with these joins; an empty one is none."""
        return Source(" ".join([self.from_, *filter(None, joins)]), self.where)

    def that(self, *conditions: str) -> "Source":
        """Those of the rows that fulfil all of these conditions; an empty one is none."""
        return Source(self.from_, " AND ".join([self.where, *filter(None, conditions)]))

    def __str__(self) -> str:
        return f"{self.from_} WHERE {self.where}"
