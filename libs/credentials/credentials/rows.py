"""How many rows of a database are still sealed with keys that are to go, in whatever tables a service keeps credentials."""

import asyncio
from collections.abc import Collection

import asyncpg

from credentials.errors import KeysInUse, RowsUnknown

CONNECT_SECONDS = 10
# Every column that may hold sealed credentials; of a partitioned table the whole alone.
_COLUMNS = """
    SELECT format('%I.%I', n.nspname, c.relname), quote_ident(a.attname)
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE a.atttypid = 'bytea'::regtype AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p')
      AND NOT c.relispartition AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg_toast%'
    ORDER BY 1, 2
"""


async def rows_under(url: str, ids: Collection[str]) -> dict[str, int]:
    """Rows sealed with these keys, by table and column; those without any are left out.

    Raises OSError, TimeoutError and asyncpg.PostgresError when the database can't be asked.
    """
    connection = await asyncpg.connect(url, timeout=CONNECT_SECONDS)
    try:
        prefixes = [f"1:{id}:".encode() for id in ids]
        counts = {}
        for table, column in await connection.fetch(_COLUMNS):
            asked = f"SELECT count(*) FROM {table} WHERE substr({column}, 1, 11) = ANY($1::bytea[])"  # noqa: S608 (PostgreSQL quotes)
            counts[f"{table}.{column}"] = await connection.fetchval(asked, prefixes)
        return {name: count for name, count in counts.items() if count}
    finally:
        await connection.close()


def expect_none_under(url: str, name: str, ids: Collection[str]) -> None:
    """Raise KeysInUse when rows of service `name` are sealed with these keys, RowsUnknown when its database can't be asked."""
    if not ids:
        return
    try:
        rows = asyncio.run(rows_under(url, ids))
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        raise RowsUnknown(name, f"its database does not answer ({type(error).__name__})") from None
    if rows:
        raise KeysInUse(name, rows)
