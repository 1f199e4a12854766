"""Selections: what a search found at one moment, as arrays of ids."""

from datetime import timedelta
from typing import Literal
from uuid import UUID

import asyncpg
from google.protobuf.json_format import MessageToJson

from catalog_svc.search.conditions import Conditions
from catalog_svc.search.errors import SelectionNotFound
from chassis.db import Connection
from chassis.ids import uuid7
from pm.catalog.v1 import products_pb2 as pb

CHUNK = 10_000
LIFETIME = timedelta(hours=24)
# Of a search that concerns the page shown and not what is found.
_OF_THE_PAGE: tuple[Literal["page_size", "page_token", "sort", "facets", "without_hits"], ...] = (
    "page_size",
    "page_token",
    "sort",
    "facets",
    "without_hits",
)

_ADD = """
INSERT INTO product_selections (id, user_id, search, count, expire_time) VALUES ($1, $2, $3::text::jsonb, 0, now() + $4)
"""
# The counts follow the chunks, because only these know how many were found.
_COUNT = """
UPDATE product_selections SET count = (
  SELECT coalesce(sum(cardinality(product_ids)), 0) FROM product_selection_chunks WHERE selection_id = $1
) WHERE id = $1 RETURNING id, count, create_time, expire_time
"""
_ITEMS = f"""
SELECT s.count, c.product_ids[$2::int % {CHUNK} + 1 : $2::int % {CHUNK} + $3::int] AS ids
FROM product_selections s LEFT JOIN product_selection_chunks c ON c.selection_id = s.id AND c.chunk = $2::int / {CHUNK}
WHERE s.id = $1 AND s.expire_time > now()
"""
_EXPIRED = "DELETE FROM product_selections WHERE expire_time <= now()"


def what_is_searched(search: pb.SearchProductsRequest) -> pb.SearchProductsRequest:
    """The search without what concerns a page of it."""
    asked = pb.SearchProductsRequest()
    asked.CopyFrom(search)
    for name in _OF_THE_PAGE:
        asked.ClearField(name)
    return asked


async def select_all(
    connection: Connection, search: pb.SearchProductsRequest, conditions: Conditions, user_id: UUID
) -> asyncpg.Record:
    """Keep the ids of all products that fulfil the conditions; none when a filter names nothing there is."""
    selection_id = uuid7()
    await connection.execute(_ADD, selection_id, user_id, MessageToJson(search), LIFETIME)
    if not conditions.impossible:
        chosen = conditions.copy()
        await connection.execute(
            f"""
            INSERT INTO product_selection_chunks (selection_id, chunk, product_ids)
            SELECT {chosen.bind(selection_id)}::uuid, place / {CHUNK}, array_agg(product_id ORDER BY place)
            FROM (SELECT product_id, row_number() OVER (ORDER BY product_id) - 1 AS place FROM (
              SELECT s.product_id {conditions.matches}
            ) matches) placed
            GROUP BY place / {CHUNK}""",
            *chosen.parameters,
        )
    return await connection.fetchrow(_COUNT, selection_id)


async def selected(connection: Connection, selection_id: str, offset: int, limit: int) -> tuple[int, list[UUID]]:
    """How many were selected, and at most `limit` of them from the place `offset` on; fewer also where a chunk ends.

    Raises SelectionNotFound.
    """
    row = await connection.fetchrow(_ITEMS, selection_id, offset, limit)
    if row is None:
        raise SelectionNotFound(selection_id)
    return row["count"], list(row["ids"] or [])


async def forget_expired(connection: Connection) -> None:
    """Delete the selections whose time is over."""
    await connection.execute(_EXPIRED)
