"""How long statements take: those of SQLAlchemy and those on plain asyncpg connections, by what they do to which table.

A statement's name is OpenTelemetry's `db.query.summary`, such as `SELECT products`: bounded, and without values, also in spans.
COPY is among them where it goes through `copy`: the driver tells nobody of it.
"""

import logging
import re
import time
from collections.abc import AsyncIterator, Sequence
from functools import lru_cache
from typing import Any

import asyncpg
from asyncpg.connection import LoggedQuery
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import AsyncAdaptedQueuePool, PoolProxiedConnection

from chassis import metrics, tracing

# More names than code has are a mistake; they must not fill Prometheus.
MAX_NAMES = 300
_INNER = re.compile(r"\([^()]*\)")
_VERB = re.compile(r"[A-Z]+")
_TABLE = re.compile(r"\b(?:FROM|INTO|UPDATE|JOIN|TABLE|TRUNCATE|COPY)\s+(?:ONLY\s+)?([a-z_][\w.]*)", re.IGNORECASE)
# Numbers of partitions, ids of runs in the names of their tables.
_NUMBERED = re.compile(r"_(?:[0-9a-f]{32}|[0-9]+)$")
_STARTED = "statement_started"
# SQLAlchemy keeps what its own pools say below warnings by their name, which this one does not share.
logging.getLogger(f"{__name__}.TimedPool").setLevel(logging.WARNING)

_names: set[str] = set()


@lru_cache(maxsize=1024)
def summary(statement: str) -> str:
    """`SELECT products` for a statement that reads products first, brackets apart; `other` once there are too many."""
    outer, before = statement, ""
    while outer != before:
        before, outer = outer, _INNER.sub("#", outer)
    verb = _VERB.search(outer.upper())
    table = _TABLE.search(outer) or _TABLE.search(statement)
    name = " ".join(part for part in (verb and verb[0], table and _NUMBERED.sub("", table[1].lower())) if part)
    if name not in _names:
        if len(_names) >= MAX_NAMES:
            return "other"
        _names.add(name)
    return name


def note(statement: str, seconds: float, failed: bool) -> None:
    """One statement has ended."""
    name = summary(statement)
    metrics.timed(metrics.QUERY, name)(seconds)
    tracing.past(name, seconds, failed, system="postgresql")


async def copy(connection: asyncpg.Connection, table: str, columns: Sequence[str], csv: bytes) -> int:
    """Copy rows of CSV into a table, with or without its schema's name, and return how many they were."""
    schema, _, plain = table.rpartition(".")
    name = _NUMBERED.sub("", table)
    started, failed = time.monotonic(), True

    async def source() -> AsyncIterator[bytes]:
        yield csv

    try:
        tag = await connection.copy_to_table(plain, schema_name=schema or None, columns=columns, source=source(), format="csv")
        failed = False
    finally:
        note(f"COPY {name}", time.monotonic() - started, failed)
    rows = int(tag.rpartition(" ")[2])
    metrics.COPY_ROWS.labels(name).inc(rows)
    metrics.COPY_BYTES.labels(name).inc(len(csv))
    return rows


def _logged(query: LoggedQuery) -> None:
    note(query.query, query.elapsed, query.exception is not None)


async def watch_connection(connection: asyncpg.Connection) -> None:
    """Time what a plain connection does."""
    connection.add_query_logger(_logged)


def watch_engine(engine: AsyncEngine) -> None:
    """Time what an engine does, and what is done on the connections under its sessions."""

    def connected(adapted: Any, _record: object) -> None:
        adapted.driver_connection.add_query_logger(_logged)

    def started(connection: Any, *_: object) -> None:
        connection.info[_STARTED] = time.monotonic()

    def ended(connection: Any, _cursor: object, statement: str, _parameters: object, _context: object, many: bool) -> None:
        # Many at once are one call of the driver, which notes it.
        if not many:
            note(statement, time.monotonic() - connection.info[_STARTED], failed=False)

    def failed(context: Any) -> None:
        connection = context.connection
        if connection is not None and context.statement is not None and _STARTED in connection.info:
            note(context.statement, time.monotonic() - connection.info[_STARTED], failed=True)

    event.listen(engine.sync_engine, "connect", connected)
    event.listen(engine.sync_engine, "before_cursor_execute", started)
    event.listen(engine.sync_engine, "after_cursor_execute", ended)
    event.listen(engine.sync_engine, "handle_error", failed)


class TimedPool(AsyncAdaptedQueuePool):
    """SQLAlchemy's pool, timing how long one waits for a connection; its logging name is its name in the metrics."""

    def connect(self) -> PoolProxiedConnection:
        with metrics.POOL_WAIT.labels(self.logging_name).time():
            return super().connect()
