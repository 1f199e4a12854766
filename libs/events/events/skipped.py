"""Events that a person let a consumer pass by: kept, so that nothing is lost in silence (docs/adr/0023).

A service that follows others has the table of `tables` in its models and `CREATE` in a migration.
"""

from collections.abc import Sequence
from datetime import UTC

import asyncpg
from sqlalchemy import Column, LargeBinary, MetaData, Table, Text, text
from sqlalchemy.dialects.postgresql import TIMESTAMP

from chassis.db import Connection
from events.consumers import Event
from events.outbox import TYPE_URL
from pm.common.v1 import events_pb2 as pb

MAX_LISTED = 1_000

CREATE = """
CREATE TABLE skipped_events (
  consumer text,
  cursor text,
  event_time timestamptz,
  type text NOT NULL,
  key text NOT NULL,
  payload bytea NOT NULL,
  error text NOT NULL,
  skip_time timestamptz NOT NULL DEFAULT now(),
  skipped_by text NOT NULL,
  apply_time timestamptz,
  CONSTRAINT pk_skipped_events PRIMARY KEY (consumer, cursor, event_time)
)
"""
# One that a replay met, and that was skipped once more.
_ADD = """
INSERT INTO skipped_events (consumer, cursor, event_time, type, key, payload, error, skipped_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (consumer, cursor, event_time) DO UPDATE
SET error = excluded.error, skip_time = excluded.skip_time, skipped_by = excluded.skipped_by, apply_time = NULL
"""
_COUNT = "SELECT count(*) FROM skipped_events WHERE consumer = $1 AND apply_time IS NULL"
_LIST = """
SELECT key, type, event_time, error, skip_time, skipped_by, apply_time, count(*) OVER () AS total
FROM skipped_events WHERE consumer = $1 ORDER BY skip_time DESC LIMIT $2
"""
# Cursors are compared with nothing: a producer that was restored counts anew.
_APPLIED = """
UPDATE skipped_events SET apply_time = now()
WHERE consumer = $1 AND apply_time IS NULL
  AND (type, key, event_time) IN (SELECT * FROM unnest($2::text[], $3::text[], $4::timestamptz[]))
"""


class SkippedRepository:
    """What one consumer has skipped, on a plain connection."""

    def __init__(self, connection: Connection, consumer: str) -> None:
        self._connection = connection
        self._consumer = consumer

    async def add(self, cursor: str, event: pb.Event, error: str, by: str) -> None:
        """Keep the event that stands at `cursor` with its producer, why it was not applied, and who skipped it."""
        kind, moment = event.fact.type_url.removeprefix(TYPE_URL), event.time.ToDatetime(UTC)
        values = (cursor, moment, kind, event.key, event.fact.value, error, by)
        await self._connection.execute(_ADD, self._consumer, *values)

    async def count(self) -> int:
        """How many were skipped and not applied since."""
        return int(await self._connection.fetchval(_COUNT, self._consumer))

    async def list(self) -> Sequence[asyncpg.Record]:
        """The newest MAX_LISTED, each with the number of all as `total`."""
        rows: Sequence[asyncpg.Record] = await self._connection.fetch(_LIST, self._consumer, MAX_LISTED)
        return rows

    async def applied(self, events: Sequence[Event]) -> None:
        """Note that a replay has applied these events: those of them that were skipped are no longer missing."""
        told = [(event.fact.DESCRIPTOR.full_name, event.key, event.time) for event in events]
        await self._connection.execute(_APPLIED, self._consumer, *(list(column) for column in zip(*told, strict=True)))


def tables(metadata: MetaData) -> None:
    """Declare what CREATE makes, so that models and migrations can be compared."""
    Table(
        "skipped_events",
        metadata,
        Column("consumer", Text, primary_key=True),
        Column("cursor", Text, primary_key=True),
        Column("event_time", TIMESTAMP(timezone=True), primary_key=True),
        Column("type", Text, nullable=False),
        Column("key", Text, nullable=False),
        Column("payload", LargeBinary, nullable=False),
        Column("error", Text, nullable=False),
        Column("skip_time", TIMESTAMP(timezone=True), nullable=False, server_default=text("now()")),
        Column("skipped_by", Text, nullable=False),
        Column("apply_time", TIMESTAMP(timezone=True)),
    )
