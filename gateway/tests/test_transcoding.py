"""From HTTP to messages and back."""

import asyncio
import re
from typing import Any

import httpx
import pytest

from pm.catalog.v1 import bulk_pb2

PRODUCT = "01890000-0000-7000-8000-0000000000aa"
OTHER = "01890000-0000-7000-8000-0000000000ff"
SLOW = "01890000-0000-7000-8000-0000000000ee"
PATH = f"/api/v1/products/{PRODUCT}"


async def test_reply_in_the_contracts_spelling(client: httpx.AsyncClient) -> None:
    reply = await client.get(PATH)
    assert reply.status_code == 200
    assert reply.headers["content-type"] == "application/json"
    assert reply.headers["etag"].startswith('W/"3.')
    assert reply.json() == {
        "id": PRODUCT,
        "gtin": "04006381333931",
        "sku": "",
        "mpn": "",
        "state": "STATE_UNSPECIFIED",
        "title": "Surligneur « Boss » 70",
        "description": "",
        "brand": "",
        "category": "",
        "image_url": "",
        "images": [],
        "price": {"amount": "0.79", "currency": "EUR"},
        "stock": 0,
        "offer_count": 0,
        "winning_offer_id": "",
        "locked_fields": ["title"],
        "create_time": "2023-11-14T22:13:20.123Z",
        "version": 3,
    }


async def test_a_list_is_known_by_what_it_says(client: httpx.AsyncClient) -> None:
    reply = await client.get("/api/v1/products")
    assert reply.json()["next_page_token"] == "next"
    assert re.fullmatch(r'W/"[0-9a-f]{12}"', reply.headers["etag"])
    again = await client.get("/api/v1/products", headers={"if-none-match": reply.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_query_fills_the_request(client: httpx.AsyncClient, told: Any) -> None:
    reply = await client.get(
        "/api/v1/products:search",
        params={"query": "stylo à bille", "in_stock": "false", "price_min": "1.50", "page_size": "7", "supplier_id": PRODUCT},
    )
    assert reply.json()["hits"][0]["match"] == "MATCH_GTIN"
    asked = told.last
    assert (asked.query, asked.price_min, asked.page_size, asked.supplier_id) == ("stylo à bille", "1.50", 7, PRODUCT)
    assert asked.HasField("in_stock")
    assert asked.in_stock is False
    assert not asked.HasField("brand_id")


async def test_query_in_camel_case(client: httpx.AsyncClient, told: Any) -> None:
    await client.get("/api/v1/products", params={"pageSize": "3"})
    assert told.last.page_size == 3


async def test_enum_by_name(client: httpx.AsyncClient, told: Any) -> None:
    reply = await client.get(f"/api/v1/imports/{PRODUCT}/plan", params={"kind": "KIND_UPDATE"})
    assert reply.status_code == 200
    assert told.last.kind == bulk_pb2.PlanRow.KIND_UPDATE
    assert told.last.job_id == PRODUCT


@pytest.mark.parametrize(
    ("path", "query", "violations"),
    [
        ("/api/v1/products", "colour=red", {"colour": "unknown parameter"}),
        ("/api/v1/products", "page_size=many", {"page_size": "must be an integer"}),
        ("/api/v1/products", "page_size=1e1", {"page_size": "must be an integer"}),
        ("/api/v1/products", "page_size=99999999999", {"page_size": "Value out of range: 99999999999"}),
        ("/api/v1/products", "page_size=1&page_size=2", {"page_size": "is given more than once"}),
        ("/api/v1/products:search", "in_stock=1", {"in_stock": "must be true or false"}),
        ("/api/v1/products", "colour=red&page_size=x", {"colour": "unknown parameter", "page_size": "must be an integer"}),
        (PATH, "id=x", {"id": "unknown parameter"}),
    ],
)
async def test_unreadable_query(client: httpx.AsyncClient, told: Any, path: str, query: str, violations: dict[str, str]) -> None:
    reply = await client.get(f"{path}?{query}")
    assert reply.status_code == 400
    assert reply.json()["reason"] == "MALFORMED_REQUEST"
    assert {each["field"]: each["description"] for each in reply.json()["violations"]} == violations
    assert not told.requests


async def test_unknown_enum_name_lists_the_known(client: httpx.AsyncClient) -> None:
    reply = await client.get(f"/api/v1/imports/{PRODUCT}/plan?kind=2")
    (violation,) = reply.json()["violations"]
    assert violation["field"] == "kind"
    assert "KIND_UPDATE" in violation["description"]


async def test_identifier_that_is_no_uuid(client: httpx.AsyncClient) -> None:
    reply = await client.get("/api/v1/products/42")
    assert reply.status_code == 400
    assert [each["field"] for each in reply.json()["violations"]] == ["id"]


async def test_violation_is_named_as_the_body_names_it(client: httpx.AsyncClient) -> None:
    reply = await client.post("/api/v1/products", json={"gtin": "12"})
    assert reply.status_code == 400
    assert [each["field"] for each in reply.json()["violations"]] == ["gtin"]


async def test_body_of_one_field_and_the_rest_as_query(client: httpx.AsyncClient, told: Any) -> None:
    reply = await client.post("/api/v1/products?request_id=once", json={"title": "Stylo", "image_url": "https://a.example/b"})
    assert reply.status_code == 200
    assert told.last.request_id == "once"
    assert told.last.product.title == "Stylo"


async def test_idempotency_key_is_the_request_id(client: httpx.AsyncClient, told: Any) -> None:
    await client.post("/api/v1/products", json={"title": "Stylo"}, headers={"idempotency-key": "k-1"})
    assert told.last.request_id == "k-1"


async def test_body_in_camel_case(client: httpx.AsyncClient, told: Any) -> None:
    await client.post("/api/v1/products", json={"imageUrl": "https://a.example/b", "price": {"amount": "1", "currency": "EUR"}})
    assert told.last.product.image_url == "https://a.example/b"
    assert told.last.product.price.currency == "EUR"


async def test_whole_message_as_body_with_its_identifier_in_the_path(client: httpx.AsyncClient, told: Any) -> None:
    reply = await client.post(f"/api/v1/imports/{PRODUCT}:replan", json={"mapping": {"title": "Name", "supplier": ""}})
    assert reply.status_code == 200
    assert told.last.id == PRODUCT
    assert dict(told.last.mapping) == {"title": "Name", "supplier": ""}


async def test_custom_method_without_a_body(client: httpx.AsyncClient, told: Any) -> None:
    reply = await client.post(f"/api/v1/imports/{PRODUCT}:cancel")
    assert reply.status_code == 200
    assert told.last.id == PRODUCT


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"colour": "red"}, "colour"),
        ({"price": {"amount": "1", "currency": "EUR", "vat": 20}}, "price.vat"),
        ({"price": {"amount": 1}}, "price.amount"),
        ({"title": 5}, "title"),
        ({"stock": "many"}, "stock"),
        ({"stock": 2**40}, "stock"),
        ({"locked_fields": "title"}, "locked_fields"),
        ({"create_time": "yesterday"}, "create_time"),
        ({"title": None, "colour": None}, "colour"),
    ],
)
async def test_unreadable_body(client: httpx.AsyncClient, told: Any, body: dict[str, Any], field: str) -> None:
    reply = await client.post("/api/v1/products", json=body)
    assert reply.status_code == 400
    assert [each["field"] for each in reply.json()["violations"]] == [field]
    assert "pm.catalog" not in reply.text, "names of our types are nobody's business"
    assert not told.requests


@pytest.mark.parametrize("body", [b"{", b"[]", b'"x"', b"\xff", b'{"title": "\\ud800"}', b"[" * 5000])
async def test_body_that_is_no_object(client: httpx.AsyncClient, body: bytes) -> None:
    reply = await client.post("/api/v1/products", content=body, headers={"content-type": "application/json"})
    assert reply.status_code == 400
    assert [each["field"] for each in reply.json()["violations"]] == ["(body)"]


async def test_body_of_another_type(client: httpx.AsyncClient) -> None:
    reply = await client.post("/api/v1/products", content=b"title=x", headers={"content-type": "text/plain"})
    assert (reply.status_code, reply.json()["reason"]) == (415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize("announced", [True, False])
async def test_body_over_the_limit(client: httpx.AsyncClient, told: Any, *, announced: bool) -> None:
    async def pieces() -> Any:
        for _ in range(20):
            yield b"x" * 65536

    content = b"x" * (1024 * 1024 + 1) if announced else pieces()
    reply = await client.post("/api/v1/products", content=content, headers={"content-type": "application/json"})
    assert (reply.status_code, reply.json()["reason"]) == (413, "PAYLOAD_TOO_LARGE")
    assert not told.requests


async def test_patch_writes_the_fields_of_its_body(client: httpx.AsyncClient, told: Any) -> None:
    reply = await client.patch(PATH, json={"title": "Stylo", "imageUrl": "", "brand": None})
    assert reply.status_code == 200
    assert told.last.product.id == PRODUCT
    assert sorted(told.last.update_mask.paths) == ["brand", "image_url", "title"]


async def test_patch_with_a_mask_of_its_own(client: httpx.AsyncClient, told: Any) -> None:
    await client.patch(f"{PATH}?update_mask=brand,imageUrl", json={"title": "Stylo"})
    assert list(told.last.update_mask.paths) == ["brand", "image_url"]


async def test_patch_may_repeat_the_identifier_but_not_contradict_it(client: httpx.AsyncClient, told: Any) -> None:
    reply = await client.patch(PATH, json={"id": PRODUCT, "title": "Stylo"})
    assert reply.status_code == 200
    assert list(told.last.update_mask.paths) == ["title"]
    told.clear()
    reply = await client.patch(PATH, json={"id": OTHER, "title": "Stylo"})
    assert reply.status_code == 400
    assert reply.json()["violations"] == [{"field": "id", "description": "differs from the one in the path"}]
    assert not told.requests


async def test_additional_binding(client: httpx.AsyncClient, told: Any) -> None:
    await client.get(f"/api/v1/products/{PRODUCT}/offers", params={"supplier_id": OTHER})
    assert (told.last.product_id, told.last.supplier_id) == (PRODUCT, OTHER)
    await client.get("/api/v1/offers", params={"supplier_id": OTHER})
    assert not told.last.HasField("product_id")


async def test_nested_field_of_another_service(client: httpx.AsyncClient, told: Any) -> None:
    reply = await client.patch(f"/api/v1/users/{PRODUCT}", json={"username": "ann", "active": False})
    assert reply.status_code == 200
    assert (told.last.user.id, sorted(told.last.update_mask.paths)) == (PRODUCT, ["active", "username"])


async def test_head_answers_like_get_without_a_body(client: httpx.AsyncClient) -> None:
    reply = await client.head(PATH)
    assert (reply.status_code, reply.content, reply.headers["etag"][:5]) == (200, b"", 'W/"3.')


@pytest.mark.parametrize(
    ("verb", "path", "allowed"),
    [
        ("PUT", PATH, "DELETE, GET, PATCH"),
        ("OPTIONS", "/api/v1/products", "GET, POST"),
        ("GET", f"/api/v1/imports/{PRODUCT}:apply", "POST"),
        ("PUT", "/api/v1/imports", "GET, POST"),
        ("POST", "/health", "GET, HEAD"),
    ],
)
async def test_verb_that_is_not_possible(client: httpx.AsyncClient, verb: str, path: str, allowed: str) -> None:
    reply = await client.request(verb, path)
    assert (reply.status_code, reply.json()["reason"]) == (405, "METHOD_NOT_ALLOWED")
    assert sorted(reply.headers["allow"].split(", ")) == allowed.split(", ")


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/api",
        "/api/v1",
        "/api/v1/products/",
        f"{PATH}/",
        f"{PATH}:nothing",
        "/api/v1//products",
        "/v1/products",
        "/api/v1/runs",
    ],
)
async def test_path_that_is_not_there(client: httpx.AsyncClient, path: str) -> None:
    reply = await client.get(path)
    assert (reply.status_code, reply.json()["reason"]) == (404, "NOT_FOUND")
    assert reply.headers["content-type"] == "application/problem+json"


async def test_method_for_services_has_no_route(client: httpx.AsyncClient) -> None:
    document = (await client.get("/api/v1/openapi.json")).text
    assert "StageChunk" not in document
    assert "CheckDependencies" not in document


async def test_call_is_cancelled_when_the_client_leaves(client: httpx.AsyncClient, told: Any) -> None:
    asking = asyncio.create_task(client.get(f"/api/v1/products/{SLOW}"))
    await told.running.wait()
    await asyncio.sleep(0.3)
    asking.cancel()
    async with asyncio.timeout(10):
        await told.cancelled.wait()
