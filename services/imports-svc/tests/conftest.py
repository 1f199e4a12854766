from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Protocol
from uuid import UUID

import grpc
import pytest
from sqlalchemy import update

import imports_svc
from chassis.db import Database
from chassis.ids import uuid7
from chassis.settings import StorageSettings
from chassis.storage import Storage
from chassis.testing import serving
from imports_svc.base import Base
from imports_svc.feeds.doubt import CODES, Doubt
from imports_svc.jobs.models import File, Job
from imports_svc.jobs.repository import JobRepository
from imports_svc.jobs.servicer import ImportServicer
from imports_svc.jobs.uploads import BUCKET
from imports_svc.pipeline.leases import claim
from imports_svc.pipeline.steps import Steps
from imports_svc.reading.reader import Reader
from jobs.waking import Waker, celery_app
from pm.catalog.v1.bulk_pb2_grpc import BulkServiceStub
from pm.imports.v1 import imports_pb2_grpc

MAX_UPLOAD_BYTES = 20_000_000

Metadata = tuple[tuple[str, str], ...]


class S3(Protocol):
    endpoint: str
    access_key: str
    secret_key: str


@pytest.fixture(scope="session", autouse=True)
def doubts_are_known() -> Iterator[None]:
    """No doubt is made that nobody could accept."""
    make = Doubt.__init__

    def checked(self: Doubt, code: str, *more: object, **named: object) -> None:
        assert code in CODES, f"feeds/doubt.py does not know {code}"
        make(self, code, *more, **named)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Doubt, "__init__", checked)
        yield


@pytest.fixture(scope="session")
def migrations_dir() -> Path:
    return Path(imports_svc.__file__).parent / "migrations"


@pytest.fixture(scope="session")
async def storage(s3_server: S3) -> Storage:
    opened = Storage(
        StorageSettings(endpoint=s3_server.endpoint, access_key=s3_server.access_key, secret_key=s3_server.secret_key)
    )
    await opened.ensure_bucket(BUCKET)
    return opened


@pytest.fixture
def unused_storage() -> Storage:
    """A storage that nobody serves."""
    return Storage(StorageSettings(endpoint="127.0.0.1:1", access_key="a", secret_key="b"))


@pytest.fixture(scope="session")
async def file_reader() -> AsyncIterator[Reader]:
    """A process that reads files."""
    reader = Reader()
    yield reader
    await reader.close()


@pytest.fixture
async def imports(
    database: Database, storage: Storage, keys_dir: Path, valkey_server: str
) -> AsyncIterator[imports_pb2_grpc.ImportServiceStub]:
    """The service behind a real channel. No catalogue answers: what asks it is tested with the whole stack."""
    waker = Waker(celery_app("imports", valkey_server))
    async with grpc.aio.insecure_channel("127.0.0.1:1") as nowhere:
        servicer = ImportServicer(database, storage, BulkServiceStub(nowhere), waker, MAX_UPLOAD_BYTES)
        register = partial(imports_pb2_grpc.add_ImportServiceServicer_to_server, servicer)
        async with serving("imports-svc", keys_dir, [register]) as channel:
            yield imports_pb2_grpc.ImportServiceStub(channel)


@pytest.fixture
def reader(as_user: Callable[..., Metadata]) -> Metadata:
    return as_user("catalog.prices.read", "imports.jobs.read")


@pytest.fixture
def writer(as_user: Callable[..., Metadata]) -> Metadata:
    return as_user("catalog.prices.read", "imports.jobs.read", "imports.jobs.write")


@pytest.fixture
async def committing(database_url: str) -> AsyncIterator[Database]:
    """The package's database with real commits, for what several workers do at once; emptied at the end."""
    opened = Database.connect(database_url, pool_size=5)
    yield opened
    async with opened.transaction() as session:
        for table in reversed(Base.metadata.sorted_tables):
            await session.execute(table.delete())
    await opened.close()


@pytest.fixture(scope="session")
def new_job() -> Callable[..., Job]:
    """Makes a job that was uploaded, with a file that is nowhere."""

    def make(**fields: object) -> Job:
        id = uuid7()
        file = File(id=uuid7(), name="feed.csv", bucket=BUCKET, key=f"2026/01/01/{id}/feed.csv", size=10, sha256="00" * 32)
        return Job(**({"id": id, "file": file, "file_id": file.id, "supplier_name": "Acme"} | fields))

    return make


@pytest.fixture(scope="session")
def save() -> Callable[..., Awaitable[None]]:
    """Writes rows in the order given."""

    async def write(database: Database, *rows: object) -> None:
        async with database.transaction() as session:
            for row in rows:
                session.add(row)
                await session.flush()

    return write


@pytest.fixture(scope="session")
def load() -> Callable[[Database, UUID], Awaitable[Job]]:
    """Reads a job."""

    async def read(database: Database, id: UUID) -> Job:
        async with database.transaction() as session:
            return await session.get_one(Job, id)

    return read


@pytest.fixture
def upload(committing: Database, storage: Storage, new_job, save) -> Callable[..., Awaitable[UUID]]:
    """Stores a file and its job."""

    async def put(content: bytes, **fields: object) -> UUID:
        async def chunks() -> AsyncIterator[bytes]:
            yield content

        job = new_job(**fields)
        stored = await storage.put(job.file.bucket, job.file.key, chunks())
        job.file.sha256, job.file.size = stored.sha256, stored.size
        await save(committing, job)
        return job.id

    return put


@pytest.fixture
def mapped(committing: Database, storage: Storage, file_reader: Reader, tmp_path: Path) -> Callable[..., Awaitable[Job]]:
    """Takes a job up to its mapping; `known` is what the catalogue says of its suppliers (`Steps.map`)."""

    async def look(id: UUID, **known: bool) -> Job:
        lease = await claim(committing)
        assert lease is not None
        assert lease.job_id == id
        folder = tmp_path / str(id)
        folder.mkdir()
        steps = Steps(lease, None, storage, file_reader, folder)
        async with lease.held():
            await steps.sniff()
            await steps.map(**known)
        async with committing.transaction() as session:
            job = await JobRepository(session).get(id)
        async with committing.transaction() as session:
            # As the catalogue would leave it, and out of the way of the next one.
            await session.execute(update(Job).where(Job.id == id, Job.state == "mapped").values(state="planned"))
        return job

    return look
