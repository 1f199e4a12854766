"""What a service makes of what other services tell, and how far it is (docs/adr/0023).

A service that follows others has a subclass of Consumer for each effect, the tables of `tables` here and in `events.skipped` in
its models and their `CREATE` in a migration, opens and closes `events.following.Following`, and serves
`events.servicer.ConsumerServicer`.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, NamedTuple

import asyncpg
from google.protobuf.message import Message
from sqlalchemy import Column, Integer, MetaData, Table, Text, text
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.db import Connection

CREATE = """
CREATE TABLE event_consumers (
  name text CONSTRAINT pk_event_consumers PRIMARY KEY,
  cursor text NOT NULL DEFAULT '',
  event_time timestamptz,
  failures integer NOT NULL DEFAULT 0,
  error text NOT NULL DEFAULT '',
  retry_time timestamptz,
  replay_since timestamptz,
  replay_end text NOT NULL DEFAULT ''
)
"""
_READ = "SELECT *, coalesce(retry_time > now(), false) AS resting FROM event_consumers WHERE name = $1"
_ADD = "INSERT INTO event_consumers (name) VALUES ($1) ON CONFLICT DO NOTHING"
# Locks the row: another replica that read the same cursor waits here, and then finds that it has moved.
_ADVANCE = """
UPDATE event_consumers SET cursor = $4, event_time = $5, failures = 0, error = '', retry_time = NULL,
       replay_since = CASE WHEN $6 THEN replay_since END, replay_end = CASE WHEN $6 THEN replay_end ELSE '' END
WHERE name = $1 AND cursor = $2 AND replay_since IS NOT DISTINCT FROM $3 RETURNING true
"""
_FAIL = """
UPDATE event_consumers SET failures = failures + 1, error = $3, retry_time = now() + make_interval(secs => $4)
WHERE name = $1 AND cursor = $2
"""
_LOCK = f"{_READ} FOR UPDATE"
_REWIND = """
UPDATE event_consumers SET cursor = $2, replay_since = $3, replay_end = $4, failures = 0, error = '', retry_time = NULL
WHERE name = $1
"""


class Event(NamedTuple):
    """A fact that happened in another service: what it is about, the message of that service's events.proto, and when."""

    key: str
    fact: Message
    time: datetime


class Consumer(ABC):
    """One effect of what one service tells. It sees each event once, in the order in which they are told."""

    # Unique within its service.
    name: ClassVar[str]
    # The service that tells, such as "catalog-svc".
    producer: ClassVar[str]
    # The messages it takes; others are passed by.
    facts: ClassVar[tuple[type[Message], ...]]

    @abstractmethod
    async def apply(self, session: AsyncSession, events: Sequence[Event]) -> None:
        """Bring about the effect of these events, in the session's transaction, which also moves the cursor.

        Whatever it raises stops the consumer at the event that raises it, until that succeeds or a person skips that event.
        """

    def replay_start(self, time: datetime) -> datetime:
        """Where a replay from `time` must begin. One that forgets must begin before every transaction that still runs."""
        return time

    async def forget(self, session: AsyncSession, since: datetime) -> None:  # noqa: B027  # most have nothing to forget
        """Undo the effect of events since a moment, before they are applied again.

        Not needed where an event that is applied a second time changes nothing.
        """


@dataclass(frozen=True)
class Position:
    """How far a consumer is, and why it is not further.

    In a replay events before `replay_since` are passed by until the cursor reaches `replay_end`: their effect was not forgotten.
    """

    cursor: str
    event_time: datetime | None
    failures: int
    error: str
    retry_time: datetime | None
    # It failed, and its next attempt is not due.
    resting: bool
    replay_since: datetime | None
    replay_end: str


class PositionRepository:
    """The position of one consumer, on a plain connection."""

    def __init__(self, connection: Connection, name: str) -> None:
        self._connection = connection
        self._name = name

    async def read(self) -> Position:
        """Where it is; at the oldest event when it never was anywhere."""
        row = await self._connection.fetchrow(_READ, self._name)
        if row is None:
            await self._connection.execute(_ADD, self._name)
            row = await self._connection.fetchrow(_READ, self._name)
        return _position(row)

    async def advance(self, before: Position, cursor: str, event_time: datetime | None) -> bool:
        """Move on from `before`, at which nobody else can be then until the transaction ends; False when it is elsewhere."""
        replaying = is_behind(cursor, before.replay_end)
        values = (before.cursor, before.replay_since, cursor, event_time, replaying)
        return bool(await self._connection.fetchval(_ADVANCE, self._name, *values))

    async def fail(self, at: Position, error: str, delay_seconds: float) -> None:
        """Note why it can't go on from here, and when to try again."""
        await self._connection.execute(_FAIL, self._name, at.cursor, error, delay_seconds)

    async def lock(self) -> Position:
        """Where it is, and stays until the transaction ends."""
        return _position(await self._connection.fetchrow(_LOCK, self._name))

    async def rewind(self, cursor: str, since: datetime, end: str) -> None:
        """Begin again at `cursor`, as a replay of what happened since a moment that ends at the cursor `end`."""
        await self._connection.execute(_REWIND, self._name, cursor, since, end)


def _position(row: asyncpg.Record) -> Position:
    return Position(**{field: row[field] for field in Position.__dataclass_fields__})


def order(cursor: str) -> tuple[int, ...]:
    """What cursors are compared by."""
    return tuple(map(int, cursor.split("."))) if cursor else (0, 0)


def is_behind(cursor: str, end: str) -> bool:
    """Whether what stands at `cursor` has not reached `end` yet."""
    return order(cursor) < order(end)


def tables(metadata: MetaData) -> None:
    """Declare what CREATE makes, so that models and migrations can be compared."""
    Table(
        "event_consumers",
        metadata,
        Column("name", Text, primary_key=True),
        Column("cursor", Text, nullable=False, server_default=text("''")),
        Column("event_time", TIMESTAMP(timezone=True)),
        Column("failures", Integer, nullable=False, server_default=text("0")),
        Column("error", Text, nullable=False, server_default=text("''")),
        Column("retry_time", TIMESTAMP(timezone=True)),
        Column("replay_since", TIMESTAMP(timezone=True)),
        Column("replay_end", Text, nullable=False, server_default=text("''")),
    )
