"""How integrators follow the catalogue over HTTP."""

import asyncio
import json
import time
from typing import Any

import httpx

from gateway.tests.servicers import PRODUCT
from pm.catalog.v1.changes_pb2 import ProductChange

EXPORT = "/api/v1/products:export"
PATIENCE_SECONDS = 20
LEAVER = "01890000-0000-7000-8000-0000000000ab"
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


def lines(reply: httpx.Response) -> list[dict[str, Any]]:
    return [json.loads(line) for line in reply.text.splitlines()]


async def test_the_whole_catalogue_line_by_line(client: httpx.AsyncClient) -> None:
    reply = await client.get(EXPORT)
    assert (reply.status_code, reply.headers["content-type"]) == (200, "application/x-ndjson")
    first, *products, last = lines(reply)
    assert (first, last, len(products)) == ({"cursor": "1.2.0.0"}, {"total": 120}, 120)
    assert (products[0], products[-1]) == ((await client.get(f"/api/v1/products/{PRODUCT}")).json(),) * 2


async def test_only_the_head_of_an_export(client: httpx.AsyncClient, told: Any) -> None:
    reply = await client.head(EXPORT)
    assert (reply.status_code, reply.headers["content-type"], told.requests) == (200, "application/x-ndjson", [])


async def test_purchase_prices_are_not_exported_to_everybody(signed_in: Any, client: httpx.AsyncClient) -> None:
    assert "price" in lines(await client.get(EXPORT))[1]
    async with signed_in("catalog.products.read") as reader:
        assert "price" not in lines(await reader.get(EXPORT))[1]
    async with signed_in("catalog.suppliers.read") as stranger:
        assert (await stranger.get(EXPORT)).json()["reason"] == "MISSING_PERMISSION"


async def test_an_export_that_does_not_begin_is_a_problem(client: httpx.AsyncClient, told: Any) -> None:
    told.export = "first"
    reply = await client.get(EXPORT)
    assert (reply.status_code, reply.json()["reason"]) == (404, "PRODUCT_NOT_FOUND")


async def test_an_export_that_breaks_off_says_so(client: httpx.AsyncClient, told: Any) -> None:
    told.export = "then"
    *_, last = lines(await client.get(EXPORT))
    assert last["problem"]["reason"] == "PRODUCT_NOT_FOUND"


async def test_an_export_ends_with_its_client(client: httpx.AsyncClient, told: Any) -> None:
    told.export = "waits"
    async with client.stream("GET", EXPORT) as reply:
        await anext(reply.aiter_lines())
    await asyncio.wait_for(told.cancelled.wait(), PATIENCE_SECONDS)


async def test_an_export_ends_with_the_session_of_its_reader(url: str, as_user: Any, told: Any, revoked: Any) -> None:
    told.export = "slow"
    headers = dict(as_user("catalog.products.read", user_id=LEAVER))
    try:
        async with (
            asyncio.timeout(PATIENCE_SECONDS),
            httpx.AsyncClient(base_url=url, headers=headers) as client,
            client.stream("GET", EXPORT) as reply,
        ):
            async for line in reply.aiter_lines():
                revoked.subjects[LEAVER] = time.time()
                last = json.loads(line)
        assert last["problem"]["reason"] == "TOKEN_REVOKED"
    finally:
        revoked.subjects.clear()


async def test_products_are_pushed_under_a_key(client: httpx.AsyncClient, told: Any) -> None:
    body = {"products": [{"product": {"sku": "1", "title": "Pen"}, "update_mask": "title,brand", "version": 3}]}
    reply = await client.post("/api/v1/products:batchUpsert", json=body, headers={"Idempotency-Key": "once"})
    assert (reply.status_code, reply.json()) == (200, {"results": []})
    (pushed,) = told.last.products
    assert (told.last.request_id, pushed.product.sku, list(pushed.update_mask.paths), pushed.version) == (
        "once",
        "1",
        ["title", "brand"],
        3,
    )


async def test_a_product_goes_to_the_trash_and_comes_back(client: httpx.AsyncClient, told: Any) -> None:
    reply = await client.delete(f"/api/v1/products/{PRODUCT}", params={"version": 3})
    assert (reply.status_code, reply.json()["id"], told.last.version) == (200, PRODUCT, 3)
    reply = await client.post(f"/api/v1/products/{PRODUCT}:restore")
    assert (reply.status_code, reply.json()["id"], told.last.DESCRIPTOR.name) == (200, PRODUCT, "RestoreProductRequest")
