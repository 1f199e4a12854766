from collections.abc import Iterator
from typing import Any

import asyncpg

from catalog_svc.changes.repository import ChangeReader, kinds_of
from chassis import paging
from chassis.db import Database
from chassis.times import timestamp
from pm.catalog.v1 import changes_pb2 as pb
from pm.catalog.v1 import changes_pb2_grpc

DEFAULT_LIMIT = 1_000
MAX_LIMIT = 5_000


class ChangeServicer(changes_pb2_grpc.ChangeServiceServicer):
    """Lets integrators and other services follow what changes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def ListChanges(self, request: pb.ListChangesRequest, context: Any) -> pb.ListChangesResponse:
        limit = paging.page_size(request.limit, default=DEFAULT_LIMIT, maximum=MAX_LIMIT)
        async with self._database.reading() as connection:
            if request.from_now:
                return pb.ListChangesResponse(cursor=str(await ChangeReader(connection).end()))
            page = await ChangeReader(connection).page(request.cursor, request.kinds, limit)
        changes = (entry for row in page.rows for entry in _entries(row))
        return pb.ListChangesResponse(changes=changes, cursor=str(page.cursor), more=page.more)


def _entries(row: asyncpg.Record) -> Iterator[pb.ProductChange]:
    """A row's products one by one, all told alike."""
    told = {
        "kinds": kinds_of(row["kind"], row["fields"]),
        "fields": row["fields"],
        "run_id": str(row["run_id"] or ""),
        "user_id": str(row["user_id"] or ""),
        "merged_into_id": str(row["into_id"] or ""),
        "time": timestamp(row["create_time"]),
    }
    return (pb.ProductChange(product_id=str(product_id), **told) for product_id in row["product_ids"])
