"""What the gateway tells of its requests: counted, timed, some in the log, all in one trace with the services."""

import asyncio
import re
import socket
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import httpx
import pytest
import structlog
from prometheus_client import REGISTRY

from chassis.outgoing import FAILURES
from gateway.http import telemetry
from gateway.settings import Settings

PATH = "/api/v1/products/01890000-0000-7000-8000-0000000000"
MISSING, BROKEN, FINE = f"{PATH}bb", f"{PATH}cc", f"{PATH}aa"
ROUTE = "/api/v1/products/{id}"
TRACE = "0af7651916cd43dd8448eb211c80319c"


def counted(method: str, route: str, status: int) -> float:
    labels = {"method": method, "route": route, "status": str(status)}
    return REGISTRY.get_sample_value("pm_http_request_duration_seconds_count", labels) or 0


@pytest.mark.parametrize(
    ("method", "path", "route", "status"),
    [
        ("GET", FINE, ROUTE, 200),
        ("GET", MISSING, ROUTE, 404),
        ("GET", BROKEN, ROUTE, 500),
        ("DELETE", "/api/v1/nowhere/at/all", "(none)", 404),
        ("GET", "/health", "/health", 200),
        ("PROPFIND", FINE, ROUTE, 405),
    ],
)
async def test_requests_are_counted_by_route(client: httpx.AsyncClient, method: str, path: str, route: str, status: int) -> None:
    shown = "(other)" if method == "PROPFIND" else method
    before = counted(shown, route, status)
    assert (await client.request(method, path)).status_code == status
    # The answer arrives before the layer that counts it is left.
    async with asyncio.timeout(5):
        while counted(shown, route, status) == before:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert counted(shown, route, status) == before + 1


async def lines(client: httpx.AsyncClient, sent: Callable[[], Any]) -> list[Any]:
    with structlog.testing.capture_logs() as kept:
        await sent()
        await asyncio.sleep(0.1)
    return [line for line in kept if line["event"] == "request"]


async def test_a_failed_request_has_a_line(client: httpx.AsyncClient) -> None:
    (line,) = await lines(client, lambda: client.get(BROKEN))
    assert line["status"] == 500
    assert (line["method"], line["route"], line["path"]) == ("GET", ROUTE, BROKEN)
    assert re.fullmatch("[0-9a-f-]{36}", line["user_id"])


async def test_a_request_that_may_change_something_has_a_line(client: httpx.AsyncClient) -> None:
    (line,) = await lines(client, lambda: client.post("/api/v1/products", json={"title": "hidden from the log"}))
    assert "hidden" not in repr(line)


async def test_of_others_one_in_so_many_has_a_line(client: httpx.AsyncClient) -> None:
    async def sent(trace_id: str) -> list[Any]:
        return await lines(client, lambda: client.get(FINE, headers={"traceparent": f"00-{trace_id}-b7ad6b7169203331-00"}))

    chosen, passed = f"{TRACE[:24]}{telemetry.SAMPLE:08x}", f"{TRACE[:24]}{telemetry.SAMPLE + 1:08x}"
    assert len(await sent(chosen)) == 1
    assert len(await sent(passed)) == 0


async def test_the_trace_goes_on_to_the_service_and_back_in_a_problem(client: httpx.AsyncClient, told: Any) -> None:
    reply = await client.get(MISSING, headers={"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"})
    assert reply.json()["trace_id"] == TRACE
    assert told.metadata["traceparent"] == f"00-{TRACE}-b7ad6b7169203331-01"
    assert reply.headers["x-request-id"] == TRACE


async def test_a_service_that_hangs_is_named_and_no_longer_waited_for(
    settings: Settings, serve: Callable[..., AbstractAsyncContextManager[str]], client: httpx.AsyncClient
) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        async with serve(settings.model_copy(update={"catalog_address": address})) as url:
            waited = await asyncio.gather(*(client.get(f"{url}{FINE}", timeout=30) for _ in range(FAILURES)))
            refused = await client.get(f"{url}{FINE}")
            other = await client.get(f"{url}/api/v1/imports/01890000-0000-7000-8000-0000000000ff")
    assert {(reply.status_code, reply.json()["reason"]) for reply in waited} <= {(503, "SERVICE_DOWN"), (504, "SERVICE_TIMEOUT")}
    assert {reply.json()["metadata"]["domain"] for reply in waited} == {"catalog"}
    assert (refused.status_code, refused.json()["reason"]) == (503, "SERVICE_DOWN")
    assert refused.json()["metadata"] == {"service": "catalog-svc", "domain": "catalog"}
    assert refused.headers["retry-after"] == "1"
    assert other.status_code not in {503, 504}
