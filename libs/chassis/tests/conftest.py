"""A small service to hold the chassis to: the common HealthService and core's sign-in contract, answered by a few lines."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import grpc
import pytest

from chassis import auth
from chassis.health import HealthServicer
from chassis.testing import serving
from pm.common.v1 import health_pb2, health_pb2_grpc
from pm.core.v1 import auth_pb2, auth_pb2_grpc, sessions_pb2, sessions_pb2_grpc, users_pb2, users_pb2_grpc


class Echo(auth_pb2_grpc.AuthServiceServicer, users_pb2_grpc.UserServiceServicer, sessions_pb2_grpc.SessionServiceServicer):
    """Login and GetJwks are public, GetMe asks for `core.me.read`, ListMySessions for somebody who signed in."""

    async def behaviour(self) -> None:
        return None

    async def Login(self, request, context):
        await self.behaviour()
        return auth_pb2.LoginResponse(access_token=request.username)

    async def GetJwks(self, request, context):
        await self.behaviour()
        return auth_pb2.GetJwksResponse()

    async def GetMe(self, request, context):
        before = auth.current()
        await asyncio.sleep(0.01)  # lets concurrent calls in between
        assert auth.current() is before
        return users_pb2.Me(user=users_pb2.User(id=before.user_id), permissions=sorted(before.permissions))

    async def ListMySessions(self, request, context):
        return sessions_pb2.ListSessionsResponse(sessions=[sessions_pb2.Session(id=auth.current().session)])


@pytest.fixture
def echo() -> Echo:
    return Echo()


@pytest.fixture
async def channel(echo: Echo, keys_dir: Path) -> AsyncIterator[grpc.aio.Channel]:
    """A server named catalog-svc."""

    async def broken() -> None:
        raise ConnectionRefusedError("10.0.0.1 refused svc_catalog:secret")

    async def well() -> None:
        return None

    kind = health_pb2.Dependency
    health = HealthServicer({(kind.KIND_DATABASE, "db_catalog"): well, (kind.KIND_REDIS, "cache"): broken})
    registrations = [
        partial(auth_pb2_grpc.add_AuthServiceServicer_to_server, echo),
        partial(users_pb2_grpc.add_UserServiceServicer_to_server, echo),
        partial(sessions_pb2_grpc.add_SessionServiceServicer_to_server, echo),
        partial(health_pb2_grpc.add_HealthServiceServicer_to_server, health),
    ]
    async with serving("catalog-svc", keys_dir, registrations) as channel:
        yield channel
