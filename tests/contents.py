"""What an installation holds, to compare with another that was made of its backup."""

import asyncio
from collections.abc import Iterator

import asyncpg

from productsmanager import backup
from productsmanager.installation import SERVICES
from productsmanager.lifecycle import Running

# What is told of the last import arrives in these a moment later, here and there.
FOLLOWING = {"event_consumers", "notifications", "product_metrics"}
# Popularity wanes by the day and hot rows are chosen anew, by each installation in its own time.
FACTS = {"product_search": "(t.product_id, t.in_sample, t.vals, t.fts)"}
CONTENT = "SELECT md5(coalesce(string_agg({row}::text, E'\\n' ORDER BY {row}::text), '')) FROM {table} t"


def contents_of(stack: Running) -> dict[str, dict[str, str]]:
    """By service, a digest of each table, but of those that its own loops keep writing."""
    return {service: asyncio.run(_tables(stack, service)) for service in SERVICES}


async def _tables(stack: Running, service: str) -> dict[str, str]:
    connection = await asyncpg.connect(stack.database_url(service))
    try:
        names = [name for name in await backup.rows_of(connection) if name not in FOLLOWING and not name.startswith("search_")]
        return {name: await connection.fetchval(CONTENT.format(row=FACTS.get(name, "t"), table=name)) for name in names}
    finally:
        await connection.close()


def objects_of(stack: Running) -> Iterator[tuple[str, str, str]]:
    """Bucket, key and digest of each object."""
    s3 = backup.s3_of(stack.installation)
    for bucket in s3.list_buckets():
        for found in s3.list_objects(bucket.name, recursive=True):
            yield bucket.name, found.object_name, found.etag
