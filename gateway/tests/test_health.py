"""Whether everything answers."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import httpx
import pytest

from gateway.endpoints import health
from gateway.settings import Settings

SERVICES = ["core", "catalog", "imports", "exports", "media", "code2asin", "analytics"]


@pytest.fixture(autouse=True)
def _asked_every_time(monkeypatch: pytest.MonkeyPatch, probes: Any) -> Any:
    monkeypatch.setattr(health, "REMEMBERED_SECONDS", 0.0)
    yield
    probes.ill.clear()


async def test_all_well(anonymous: httpx.AsyncClient) -> None:
    reply = await anonymous.get("/health")
    assert (reply.status_code, reply.json()) == (200, {"status": "ok"})
    reply = await anonymous.get("/health/db")
    assert reply.status_code == 200
    assert sorted(reply.json()) == sorted(f"db_{name}" for name in SERVICES)
    assert all(one["healthy"] is True and one["latency_ms"] >= 0 for one in reply.json().values())
    reply = await anonymous.get("/health/redis")
    assert (reply.status_code, sorted(reply.json())) == (200, ["catalog", "imports"])
    reply = await anonymous.get("/health/celery")
    assert (reply.status_code, sorted(reply.json())) == (200, ["catalog", "imports"])


@pytest.mark.parametrize(
    ("path", "ill", "name"),
    [("/health/db", "db_media", "db_media"), ("/health/redis", "redis", "catalog"), ("/health/celery", "imports", "imports")],
)
async def test_dependency_that_is_down(anonymous: httpx.AsyncClient, probes: Any, path: str, ill: str, name: str) -> None:
    probes.ill.add(ill)
    reply = await anonymous.get(path)
    assert reply.status_code == 503
    assert reply.json()[name]["healthy"] is False
    assert reply.json()[name]["detail"] == "ConnectionError"
    assert (await anonymous.get("/health")).status_code == 200


async def test_services_that_are_down(
    settings: Settings, serve: Callable[..., AbstractAsyncContextManager[str]], anonymous: httpx.AsyncClient, unused_port: int
) -> None:
    nowhere = {f"{name}_address": f"127.0.0.1:{unused_port}" for name in ("core", "catalog", "imports")}
    async with serve(settings.model_copy(update=nowhere)) as url:
        reply = await anonymous.get(f"{url}/health")
        assert reply.status_code == 200
        assert reply.json() == {"status": "ok", "degraded": ["core", "catalog", "imports"]}
        reply = await anonymous.get(f"{url}/health/db")
        assert reply.status_code == 503
        assert [name for name, one in reply.json().items() if not one["healthy"]] == ["db_core", "db_catalog", "db_imports"]
        # Nobody is left who uses a queue.
        reply = await anonymous.get(f"{url}/health/celery")
        assert (reply.status_code, reply.json()) == (503, {})
