from functools import partial
from pathlib import Path

import pytest

from chassis.auth import Signer
from chassis.client import service_channel
from chassis.errors import FailedPrecondition, PermissionDenied, Unavailable
from chassis.health import HealthServicer
from chassis.server import Service
from chassis.settings import ServiceSettings
from pm.common.v1 import health_pb2, health_pb2_grpc
from pm.core.v1 import auth_pb2, auth_pb2_grpc

ASK = health_pb2.CheckDependenciesRequest()


@pytest.fixture
async def address(echo, keys_dir: Path):
    """A whole service process's server, named catalog-svc, as `main` would build it."""
    events: list[str] = []

    async def note(event: str) -> None:
        events.append(event)

    service = Service(
        "catalog-svc",
        ServiceSettings(bind="127.0.0.1:0", keys_dir=keys_dir),
        registrations=[partial(auth_pb2_grpc.add_AuthServiceServicer_to_server, echo)],
        health_servicer=HealthServicer({}),
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
