"""The loop that keeps search up to date: what transactions left to it, and the work that looks at all rows.

All of it is durable and may be repeated: rows of `search_dirty` go in the transaction that refreshes their products. Several
replicas share the dirty rows; the rest is done by whoever gets there first.
"""

import asyncio
import time
from contextlib import suppress

import asyncpg
import structlog

from catalog_svc.golden.survivorship import lock_products
from catalog_svc.search.ranking import rank_if_due
from catalog_svc.search.refresh import CHANNEL, refresh_search
from catalog_svc.search.rollups import roll_up_if_due
from catalog_svc.search.selections import forget_expired
from catalog_svc.settings import DOMAIN
from chassis.db import Connection, Database, OnChanges

log = structlog.get_logger(__name__)

DIRTY_BATCH = 2_000
# A notice comes with the commit; without one it looks by itself.
POLL_SECONDS = 1.0
# Rows that wait outside an index are read by every search.
FLUSH_SECONDS = 5.0
HOUSEKEEPING_SECONDS = 60.0
# Looking at all rows takes a twentieth of the time at most: while millions of rows are imported it is due again and again, and
# in a catalogue of ten millions one look takes 15 s.
HOUSEKEEPING_RESTS = 20
RETRY_SECONDS = 5.0

_CLAIM = f"""
DELETE FROM search_dirty WHERE seq IN (SELECT seq FROM search_dirty ORDER BY seq LIMIT {DIRTY_BATCH} FOR UPDATE SKIP LOCKED)
RETURNING product_id
"""
_IDS = "SELECT unnest($1::uuid[]) AS product_id"
_WRITTEN = "SELECT n_tup_ins + n_tup_upd FROM pg_stat_user_tables WHERE relid = 'product_search'::regclass"
_FLUSH = """
SELECT gin_clean_pending_list(indexrelid::regclass)
FROM pg_index JOIN pg_class i ON i.oid = indexrelid JOIN pg_am a ON a.oid = i.relam
WHERE indrelid IN ('product_search'::regclass, 'search_words'::regclass) AND a.amname = 'gin' AND indisvalid
"""
_TRY_LOCK = "SELECT pg_try_advisory_lock(hashtext('search_housekeeping'))"
_UNLOCK = "SELECT pg_advisory_unlock(hashtext('search_housekeeping'))"


async def refresh_dirty(connection: Connection) -> int:
    """Refresh one batch of dirty products; returns how many causes that settled."""
    async with connection.transaction():
        claimed = [row["product_id"] for row in await connection.fetch(_CLAIM)]
        if claimed:
            ids = sorted(set(claimed))
            await lock_products(connection, _IDS, ids)
            await refresh_search(connection, _IDS, ids)
    return len(claimed)


async def keep_house(connection: Connection) -> None:
    """What is due of the work that looks at all rows, unless another replica is at it."""
    if not await connection.fetchval(_TRY_LOCK):
        return
    try:
        await forget_expired(connection)
        await rank_if_due(connection)
        await roll_up_if_due(connection)
    finally:
        await connection.execute(_UNLOCK)


class Upkeep:
    """The loop as a task of the process it is started in."""

    def __init__(self, database: Database, announce: OnChanges) -> None:
        self._database = database
        self._announce = announce
        self._task: asyncio.Task[None] | None = None
        self._written = -1

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        while True:
            try:
                async with self._database.reading() as connection:
                    await self._listen(connection)
            except Exception as error:  # whatever it is, most often a database that restarts: it must not be the end of the loop
                log.warning("search upkeep rests", seconds=RETRY_SECONDS, error=repr(error))
                await asyncio.sleep(RETRY_SECONDS)

    async def _listen(self, connection: Connection) -> None:
        woken = asyncio.Event()

        def wake(*_: object) -> None:
            woken.set()

        await connection.add_listener(CHANNEL, wake)
        try:
            await self._work(connection, woken)
        finally:
            with suppress(asyncpg.InterfaceError):
                await connection.remove_listener(CHANNEL, wake)

    async def _work(self, connection: Connection, woken: asyncio.Event) -> None:
        flush_at = house_at = time.monotonic()
        while True:
            woken.clear()
            while await refresh_dirty(connection):
                await self._announce({DOMAIN})
            if time.monotonic() >= flush_at:
                await self._flush(connection)
                flush_at = time.monotonic() + FLUSH_SECONDS
            if time.monotonic() >= house_at:
                began = time.monotonic()
                await keep_house(connection)
                ended = time.monotonic()
                house_at = ended + max(HOUSEKEEPING_SECONDS, HOUSEKEEPING_RESTS * (ended - began))
            with suppress(TimeoutError):
                await asyncio.wait_for(woken.wait(), POLL_SECONDS)

    async def _flush(self, connection: Connection) -> None:
        """Move waiting rows into their indexes, when rows were written since the last time."""
        written = await connection.fetchval(_WRITTEN)
        if written != self._written:
            await connection.fetch(_FLUSH)
            self._written = written
