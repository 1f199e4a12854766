"""A first load without the large indexes: building them once costs less than keeping them while a million rows come in."""

from catalog_svc.search.models import PENDING_LIST_KB
from chassis.db import Connection

# Beyond, a search without an index would take too long, and the load is no longer most of the table.
ALMOST_EMPTY = 10_000
# Waiting for the lock would hold up every search that comes after.
LOCK_TIMEOUT = "2s"

_INDEXES = {
    "ix_product_search_fts_vals": "",
    "ix_product_search_hot": " WHERE hot",
    "ix_product_search_sample": " WHERE in_sample",
}


_LEFT_BEHIND = """
SELECT to_regclass('ix_product_search_fts_vals') IS NULL AND NOT EXISTS (SELECT FROM runs WHERE state = 'applying')
"""


async def begin_load(connection: Connection) -> bool:
    """Drop the GIN indexes of `product_search` when it is almost empty; returns whether it did so.

    Call it in a transaction of its own, before the batches. Searches stay correct: until `end_load` they read the whole table,
    which is small at first and slow at the end. Raises asyncpg.LockNotAvailableError when searches keep the table busy.
    """
    if await connection.fetchval(
        f"SELECT count(*) > {ALMOST_EMPTY} FROM (SELECT FROM product_search LIMIT {ALMOST_EMPTY + 1}) x"
    ):
        return False
    await connection.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
    await connection.execute(f"DROP INDEX IF EXISTS {', '.join(_INDEXES)}")
    return True


async def end_load(connection: Connection) -> None:
    """Build what is missing of the indexes and tell the planner what the table holds; may be repeated, also after a crash.

    Call it in a transaction of its own. It reads while searches go on; refreshes wait for it, 15 seconds at a million rows.
    """
    await connection.execute("SET LOCAL maintenance_work_mem = '256MB'")
    # Two loads may end at once; the second finds the work done.
    await connection.execute("SELECT pg_advisory_xact_lock(hashtext('product_search_indexes'))")
    for name, predicate in _INDEXES.items():
        await connection.execute(
            f"CREATE INDEX IF NOT EXISTS {name} ON product_search USING gin (fts, vals gin__int_ops)"
            f" WITH (fastupdate = on, gin_pending_list_limit = {PENDING_LIST_KB}){predicate}"
        )
    await connection.execute("ANALYZE product_search")


async def end_load_left_behind(connection: Connection) -> None:
    """End the load of a run that is not being applied any more, should whoever began it not have come to it."""
    async with connection.transaction():
        if await connection.fetchval(_LEFT_BEHIND):
            await end_load(connection)
