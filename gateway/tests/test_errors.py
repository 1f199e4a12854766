"""What goes wrong is a problem document that names nothing of the inside."""

import re
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import httpx
import pytest

from chassis import errors as chassis_errors
from chassis.errors import ServiceError
from gateway.http import errors
from gateway.settings import Settings

PATH = "/api/v1/products/01890000-0000-7000-8000-0000000000"
MISSING, BROKEN, BUSY, FINE = f"{PATH}bb", f"{PATH}cc", f"{PATH}dd", f"{PATH}aa"


async def test_reason_and_metadata_of_the_service(client: httpx.AsyncClient) -> None:
    reply = await client.get(MISSING)
    assert reply.status_code == 404
    assert reply.headers["content-type"] == "application/problem+json"
    problem = reply.json()
    assert problem.pop("trace_id") == reply.headers["x-request-id"]
    assert problem == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "There is no product 01890000-0000-7000-8000-0000000000bb.",
        "reason": "PRODUCT_NOT_FOUND",
        "metadata": {"id": "01890000-0000-7000-8000-0000000000bb"},
    }


async def test_violations_of_the_service(client: httpx.AsyncClient) -> None:
    reply = await client.post("/api/v1/products", json={"sku": "taken"})
    assert (reply.status_code, reply.json()["reason"]) == (409, "SKU_TAKEN")
    assert reply.json()["violations"] == [{"field": "sku", "description": "is taken"}]


async def test_failure_of_a_service_shows_nothing(client: httpx.AsyncClient) -> None:
    reply = await client.get(BROKEN)
    assert (reply.status_code, reply.json()["reason"]) == (500, "INTERNAL")
    assert "secret" not in reply.text
    assert "log" in reply.json()["detail"]


async def test_failure_of_the_gateway_shows_nothing(client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> bytes:
        raise RuntimeError("password=hunter2")

    monkeypatch.setattr("gateway.openapi.document._document_bytes", fail)
    reply = await client.get("/api/v1/openapi.json", headers={"x-request-id": "trace-me-1"})
    assert (reply.status_code, reply.json()["reason"]) == (500, "INTERNAL")
    assert "hunter2" not in reply.text
    assert reply.headers["x-request-id"] == "trace-me-1"
    assert re.fullmatch(r"[0-9a-f]{32}", reply.json()["trace_id"])
    assert reply.headers["x-content-type-options"] == "nosniff"


async def test_too_much_says_when_to_come_back(client: httpx.AsyncClient) -> None:
    reply = await client.get(BUSY)
    assert (reply.status_code, reply.headers["retry-after"]) == (429, "7")


async def test_service_without_the_method(signed_in: Callable[..., httpx.AsyncClient]) -> None:
    """It runs but is older than its contract: a fault of the installation, not of the client."""
    async with signed_in("analytics.metrics.read") as analyst:
        reply = await analyst.get("/api/v1/metrics")
    assert (reply.status_code, reply.json()["reason"]) == (500, "INTERNAL")


async def test_service_that_is_gone(
    settings: Settings, serve: Callable[..., AbstractAsyncContextManager[str]], client: httpx.AsyncClient, unused_port: int
) -> None:
    async with serve(settings.model_copy(update={"catalog_address": f"127.0.0.1:{unused_port}"})) as url:
        reply = await client.get(f"{url}{FINE}")
    assert (reply.status_code, reply.json()["reason"]) == (503, "SERVICE_DOWN")
    assert reply.json()["metadata"] == {"service": "catalog-svc", "domain": "catalog"}
    assert reply.headers["retry-after"] == "1"
    assert "127.0.0.1" not in reply.text


@pytest.mark.parametrize(
    ("kind", "expected"),
    [(kind, errors.HTTP_STATUS.get(kind.code)) for kind in ServiceError.__subclasses__()],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_every_kind_of_error_has_a_status(kind: type[ServiceError], expected: int | None) -> None:
    documented = re.search(rf"{kind.__name__}\s+(\d+)", chassis_errors.__doc__ or "")
    assert documented is not None
    assert expected == int(documented[1])


@pytest.mark.parametrize("given", ["short", "x" * 129, "new\tline-here", "<script>alert(1)</script>"])
async def test_request_identifier_that_is_not_sane_is_replaced(client: httpx.AsyncClient, given: str) -> None:
    reply = await client.get(FINE, headers={"x-request-id": given})
    assert re.fullmatch(r"[0-9a-f]{32}", reply.headers["x-request-id"])


async def test_request_identifier_reaches_the_service(client: httpx.AsyncClient, told: Any) -> None:
    await client.get(FINE, headers={"x-request-id": "trace-me-42"})
    assert told.metadata["x-request-id"] == "trace-me-42"


@pytest.mark.parametrize("path", [FINE, MISSING, "/nowhere", "/health", "/api/docs", "/api/v1/openapi.json"])
async def test_headers_of_every_answer(client: httpx.AsyncClient, path: str) -> None:
    headers = (await client.get(path, headers={"origin": "https://evil.example", "host": "evil.example"})).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "server" not in headers
    assert not [name for name in headers if name.startswith("access-control-")]
    assert "evil" not in str(headers)
