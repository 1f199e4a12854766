from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

import exports_svc
from chassis.db import Database
from chassis.testing import serving
from exports_svc.platforms.servicer import PlatformServicer
from pm.exports.v1 import exports_pb2_grpc


@pytest.fixture(scope="session")
def migrations_dir() -> Path:
    return Path(exports_svc.__file__).parent / "migrations"


@pytest.fixture
async def platforms(database: Database, keys_dir: Path) -> AsyncIterator[exports_pb2_grpc.PlatformServiceStub]:
    register = partial(exports_pb2_grpc.add_PlatformServiceServicer_to_server, PlatformServicer(database))
    async with serving("exports-svc", keys_dir, [register]) as channel:
        yield exports_pb2_grpc.PlatformServiceStub(channel)
