"""How integrators follow the catalogue over HTTP."""

from typing import Any

import httpx

from pm.catalog.v1.changes_pb2 import ProductChange

IDS = [f"01890000-0000-7000-8000-{number:012x}" for number in range(1_000)]


async def test_a_page_of_changes(client: httpx.AsyncClient, told: Any) -> None:
    reply = await client.get("/api/v1/changes", params={"limit": 5, "kinds": ["KIND_PRICE", "KIND_STOCK"]})
    assert (reply.status_code, reply.json()) == (200, {"changes": [], "cursor": "1.2.3.4", "more": True})
    assert (told.last.limit, list(told.last.kinds)) == (5, [ProductChange.KIND_PRICE, ProductChange.KIND_STOCK])


async def test_a_cursor_that_is_no_longer_kept_is_gone(client: httpx.AsyncClient) -> None:
    reply = await client.get("/api/v1/changes", params={"cursor": "1.2.3.4"})
    assert (reply.status_code, reply.json()["title"]) == (410, "Gone")
    assert (reply.json()["reason"], reply.json()["detail"]) == ("CHANGES_LOST", "Begin anew.")


async def test_a_thousand_products_by_query_and_by_body(client: httpx.AsyncClient, told: Any) -> None:
    path = "/api/v1/products:batchGet"
    for reply in (await client.get(path, params={"ids": IDS}), await client.post(path, json={"ids": IDS})):
        assert (reply.status_code, reply.json()) == (200, {"products": [], "missing_ids": IDS, "left_ids": []})
        assert list(told.last.ids) == IDS
    assert (await client.post(path, json={"ids": [*IDS, IDS[0]]})).status_code == 400
