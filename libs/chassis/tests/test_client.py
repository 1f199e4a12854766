import asyncio
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import grpc
import pytest
from gate import Line
from grpc_health.v1 import health_pb2 as standard
from grpc_health.v1 import health_pb2_grpc as standard_grpc

from chassis import client, server
from chassis.auth import Signer
from chassis.client import service_channel
from chassis.errors import FailedPrecondition, PermissionDenied, Unavailable
from chassis.health import HealthServicer
from chassis.outgoing import ServiceDown, ServiceLost
from chassis.server import Service
from chassis.settings import ServiceSettings
from chassis.wire import KEEPALIVE_MS
from pm.common.v1 import health_pb2, health_pb2_grpc
from pm.core.v1 import auth_pb2, auth_pb2_grpc

ASK = health_pb2.CheckDependenciesRequest()


@pytest.fixture
async def address(echo, keys_dir: Path):
    """A whole service process's server, named catalog-svc, as `main` would build it."""
    events: list[str] = []

    async def note(event: str) -> None:
        events.append(event)

    async def behave() -> None:
        await echo.behaviour()

    service = Service(
        "catalog-svc",
        ServiceSettings(bind="127.0.0.1:0", keys_dir=keys_dir),
        registrations=[partial(auth_pb2_grpc.add_AuthServiceServicer_to_server, echo)],
        health_servicer=HealthServicer({(health_pb2.Dependency.KIND_DATABASE, "db"): behave}),
        opening=[partial(note, "open")],
        closing=[partial(note, "close")],
    )
    assert events == []
    port = await service.start()
    assert events == ["open"]
    yield f"127.0.0.1:{port}"
    await service.stop()
    assert events == ["open", "close"]


async def test_a_channel_signs_for_its_callee(address, keys_dir):
    async with service_channel(address, Signer("gateway", keys_dir), "catalog-svc") as channel:
        assert await health_pb2_grpc.HealthServiceStub(channel).CheckDependencies(ASK) is not None
    async with service_channel(address, Signer("imports-svc", keys_dir), "catalog-svc") as channel:
        with pytest.raises(PermissionDenied):
            await health_pb2_grpc.HealthServiceStub(channel).CheckDependencies(ASK)


async def test_a_proxy_of_the_environment_is_not_asked(address, keys_dir, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "grpc_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    for name in ("no_proxy", "no_grpc_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    async with service_channel(address, Signer("gateway", keys_dir), "catalog-svc") as channel:
        assert await health_pb2_grpc.HealthServiceStub(channel).CheckDependencies(ASK) is not None


async def test_a_channel_raises_what_the_other_side_raised(address, echo, keys_dir):
    async def behaviour():
        raise FailedPrecondition("Not today.", reason="NOT_TODAY", day="Sunday")

    echo.behaviour = behaviour
    async with service_channel(address, Signer("gateway", keys_dir), "catalog-svc") as channel:
        with pytest.raises(FailedPrecondition, match="Not today") as caught:
            await auth_pb2_grpc.AuthServiceStub(channel).Login(auth_pb2.LoginRequest(username="a", password="b"))

    assert (caught.value.reason, caught.value.metadata) == ("NOT_TODAY", {"day": "Sunday"})


async def test_a_service_that_is_not_there_is_unavailable(keys_dir):
    async with service_channel("127.0.0.1:1", Signer("gateway", keys_dir), "catalog-svc") as channel:
        with pytest.raises(Unavailable):
            await health_pb2_grpc.HealthServiceStub(channel).CheckDependencies(ASK)


@pytest.fixture
async def broken(address: str, echo) -> AsyncIterator[tuple[str, list[int]]]:
    """A way to the server that breaks whenever a call is being answered; and how many calls were."""
    taken: list[int] = []

    async def cut() -> None:
        taken.append(1)
        line.cut()
        await asyncio.sleep(0.1)

    line = Line(int(address.rpartition(":")[2]))
    echo.behaviour = cut
    async with line.opened() as port:
        yield f"127.0.0.1:{port}", taken


async def test_what_may_have_been_taken_is_not_sent_again(broken, keys_dir) -> None:
    address, taken = broken
    async with service_channel(address, Signer("gateway", keys_dir), "catalog-svc") as channel:
        with pytest.raises(ServiceLost, match="A change may have been made") as lost:
            await auth_pb2_grpc.AuthServiceStub(channel).Login(auth_pb2.LoginRequest(username="a", password="b"))
    assert len(taken) == 1
    assert (lost.value.reason, lost.value.code) == ("SERVICE_LOST", grpc.StatusCode.UNAVAILABLE)
    assert lost.value.metadata == {"service": "catalog-svc", "domain": "catalog"}


@pytest.mark.parametrize("declared", [True, False], ids=["declared", "read"])
async def test_what_may_be_called_twice_is_sent_again(broken, keys_dir, declared: bool) -> None:
    address, taken = broken
    async with service_channel(address, Signer("gateway", keys_dir), "catalog-svc") as channel:
        with pytest.raises(Unavailable):
            if declared:
                await health_pb2_grpc.HealthServiceStub(channel).CheckDependencies(ASK)
            else:
                await auth_pb2_grpc.AuthServiceStub(channel).GetJwks(auth_pb2.GetJwksRequest())
    assert 1 < len(taken) <= 3


async def test_a_service_that_is_away_itself_is_not_asked_again(address, echo, keys_dir) -> None:
    """Its own UNAVAILABLE, such as of a database whose answer to a commit was lost, does not say that nothing was done."""
    asked = []

    async def behaviour() -> None:
        asked.append(1)
        raise Unavailable("The database does not answer.", reason="DATABASE_AWAY")

    echo.behaviour = behaviour
    async with service_channel(address, Signer("gateway", keys_dir), "catalog-svc") as channel:
        with pytest.raises(Unavailable):
            await auth_pb2_grpc.AuthServiceStub(channel).Login(auth_pb2.LoginRequest(username="a", password="b"))
    assert len(asked) == 1


@pytest.mark.parametrize("address", ["127.0.0.1:1", "localhost:1", "nowhere.invalid:1"])
async def test_where_nobody_listens_nothing_was_sent(address: str, keys_dir) -> None:
    async with service_channel(address, Signer("gateway", keys_dir), "catalog-svc") as channel:
        with pytest.raises(ServiceDown):
            await auth_pb2_grpc.AuthServiceStub(channel).Login(auth_pb2.LoginRequest(username="a", password="b"))


QUICKER = 150


def _quicker(options: list[tuple[str, Any]], name: str, default_ms: int) -> list[tuple[str, Any]]:
    """The same options, with one of their times, or what gRPC has instead of it, made so much shorter."""
    return list((dict(options) | {name: dict(options).get(name, default_ms) // QUICKER}).items())


async def test_a_server_bears_the_pings_of_a_quiet_channel(keys_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "OPTIONS", _quicker(server.OPTIONS, "grpc.http2.min_ping_interval_without_data_ms", 300_000))
    # A channel slows down by itself behind a few pings, by a fixed time that can't be shortened; here it goes on.
    pings = [*client.OPTIONS, ("grpc.http2.max_pings_without_data", 0)]
    monkeypatch.setattr(client, "OPTIONS", _quicker(pings, "grpc.keepalive_time_ms", 7_200_000))
    service = Service(
        "catalog-svc",
        ServiceSettings(bind="127.0.0.1:0", keys_dir=keys_dir),
        registrations=[],
        health_servicer=HealthServicer({}),
    )
    port = await service.start()
    async with service_channel(f"127.0.0.1:{port}", Signer("gateway", keys_dir), "catalog-svc") as channel:
        watch = standard_grpc.HealthStub(channel).Watch(standard.HealthCheckRequest())
        assert (await watch.read()).status == standard.HealthCheckResponse.SERVING
        pings_borne = asyncio.create_task(watch.read())
        # Twenty pings; the server that took them for an attack cut the call at the fourth.
        await asyncio.wait([pings_borne], timeout=20 * KEEPALIVE_MS / 1000 / QUICKER)
        assert not pings_borne.done(), pings_borne.exception()
        watch.cancel()
        await asyncio.wait([pings_borne])
    await service.stop()
