from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

import code2asin_svc
from chassis.db import Database
from chassis.testing import serving
from code2asin_svc.mappings.servicer import MappingServicer
from pm.code2asin.v1 import code2asin_pb2_grpc


@pytest.fixture(scope="session")
def migrations_dir() -> Path:
    return Path(code2asin_svc.__file__).parent / "migrations"


@pytest.fixture
async def mappings(database: Database, keys_dir: Path) -> AsyncIterator[code2asin_pb2_grpc.MappingServiceStub]:
    register = partial(code2asin_pb2_grpc.add_MappingServiceServicer_to_server, MappingServicer(database))
    async with serving("code2asin-svc", keys_dir, [register]) as channel:
        yield code2asin_pb2_grpc.MappingServiceStub(channel)
