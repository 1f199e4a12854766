from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

import media_svc
from chassis.db import Database
from chassis.testing import serving
from media_svc.files.servicer import FileServicer
from pm.media.v1 import media_pb2_grpc


@pytest.fixture(scope="session")
def migrations_dir() -> Path:
    return Path(media_svc.__file__).parent / "migrations"


@pytest.fixture
async def files(database: Database, keys_dir: Path) -> AsyncIterator[media_pb2_grpc.FileServiceStub]:
    register = partial(media_pb2_grpc.add_FileServiceServicer_to_server, FileServicer(database))
    async with serving("media-svc", keys_dir, [register]) as channel:
        yield media_pb2_grpc.FileServiceStub(channel)
