"""Which states a kind of job has, and what they mean to those who know nothing of the kind."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import CheckConstraint, Index, text

# These every kind has.
PAUSED, CANCELLED, FAILED = "paused", "cancelled", "failed"


@dataclass(frozen=True)
class States:
    """The states of one kind: what comes next for a job is said by its state alone.

    `live` are those that a worker moves on, the first of them that of a new job. In those of `waiting` a person decides. `done`
    is the end of a job of which all went well.
    """

    live: tuple[str, ...]
    done: str
    waiting: tuple[str, ...] = ()

    @property
    def first(self) -> str:
        """Of a new job."""
        return self.live[0]

    @cached_property
    def final(self) -> frozenset[str]:
        """A job in one of these has ended."""
        return frozenset({self.done, CANCELLED, FAILED})

    @cached_property
    def unended(self) -> tuple[str, ...]:
        return (*self.live, *self.waiting, PAUSED)

    @cached_property
    def all(self) -> tuple[str, ...]:
        return (*self.unended, self.done, CANCELLED, FAILED)


def one_of(column: str, values: Iterable[str]) -> CheckConstraint:
    """That the column holds one of these."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def indexes(table: str, states: States) -> tuple[Index, Index, Index]:
    """For claims the jobs that workers move on, for counts those that have not ended, for followers the latest changes."""
    ended = ", ".join(f"'{state}'" for state in (states.done, CANCELLED, FAILED))
    live = ", ".join(f"'{state}'" for state in states.live)
    return (
        Index(f"ix_{table}_due", "next_attempt_time", postgresql_where=text(f"state IN ({live})")),
        Index(f"ix_{table}_open", "state", postgresql_where=text(f"state NOT IN ({ended})")),
        Index(f"ix_{table}_updated", "update_time"),
    )
