import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path
from uuid import UUID

import grpc
import pytest
from gate import Gate
from minio import Minio
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from chassis import status
from chassis.db import Database
from chassis.storage import Storage
from chassis.testing import error_of, serving
from imports_svc.jobs.models import File, Job
from imports_svc.jobs.servicer import ImportServicer
from imports_svc.jobs.uploads import BUCKET, safe_name
from imports_svc.packing import unpacked
from jobs.waking import Waker, celery_app
from pm.catalog.v1.bulk_pb2_grpc import BulkServiceStub
from pm.imports.v1 import imports_pb2 as pb
from pm.imports.v1 import imports_pb2_grpc

OPTIONS = pb.UploadOptions(file_name="prix été.csv", supplier_name=" Acme  Ltd ", mapping={"ref": "sku"}, currency="EUR")


def messages(*data: bytes, options: pb.UploadOptions = OPTIONS) -> Iterator[pb.UploadFeedRequest]:
    yield pb.UploadFeedRequest(options=options)
    for chunk in data:
        yield pb.UploadFeedRequest(data=chunk)
    yield pb.UploadFeedRequest(end=pb.UploadEnd(size=sum(map(len, data))))


@pytest.fixture
def objects(s3_server, storage: Storage):
    """Lists what the bucket holds."""
    client = Minio(s3_server.endpoint, s3_server.access_key, s3_server.secret_key, secure=False, region="us-east-1")
    return lambda: {item.object_name for item in client.list_objects(BUCKET, recursive=True)}


async def rows(database: Database) -> int:
    async with database.transaction() as session:
        return await session.scalar(select(func.count()).select_from(File)) or 0


async def test_an_upload_becomes_a_job_and_an_object(imports, writer, database, storage, objects, tmp_path) -> None:
    content = b"sku;name\n1;Pen\n" * 400_000
    parts = [content[at : at + 1_000_000] for at in range(0, len(content), 1_000_000)]
    job = await imports.UploadFeed(messages(*parts), metadata=writer)
    assert (job.state, job.file_name, job.supplier_name) == (pb.Job.STATE_UPLOADED, "prix été.csv", "Acme Ltd")
    assert (job.file_bytes, job.created_by) == (len(content), "01890000-0000-7000-8000-000000000001")
    async with database.transaction() as session:
        stored = await session.get_one(Job, UUID(job.id))
        file = await session.get_one(File, stored.file_id)
    assert (stored.overrides, stored.currency) == ({"ref": "sku"}, "EUR")
    assert file.sha256 == hashlib.sha256(content).hexdigest()
    assert file.key in objects()
    assert file.key.split("/")[3:] == [job.id, "prix_été.csv.upload.zst"]
    stored = tmp_path / Path(file.key).name
    await storage.download(file.bucket, file.key, stored)
    copy = unpacked(stored)
    assert (copy.name, copy.read_bytes() == content) == ("prix_été.csv", True)
    assert list(tmp_path.iterdir()) == [copy], "nothing is left of the packed file"


async def test_an_upload_sent_again_with_its_id_is_the_first_job(imports, writer, database, objects) -> None:
    options = pb.UploadOptions(file_name="a.csv", supplier_name="Acme", request_id="night-1")
    first = await imports.UploadFeed(messages(b"sku;name\n1;Pen\n", options=options), metadata=writer)
    kept = objects()
    again = await imports.UploadFeed(messages(b"sku;na", b"me\n1;Pen\n", options=options), metadata=writer)
    assert again == first
    assert (await rows(database), objects()) == (1, kept), "the second file is gone again"
    other = imports.UploadFeed(messages(b"sku;name\n1;Pencil\n", options=options), metadata=writer)
    assert (await error_of(other)).reason == "REQUEST_ID_REUSED"
    assert (await rows(database), objects()) == (1, kept)


async def test_two_uploads_at_once_with_one_id_are_one_job(imports, writer, database, objects) -> None:
    options = pb.UploadOptions(file_name="a.csv", supplier_name="Acme", request_id="night-2")
    before = objects()
    sent = [imports.UploadFeed(messages(b"sku;name\n1;Pen\n", options=options), metadata=writer) for _ in range(4)]
    assert len({job.id for job in await asyncio.gather(*sent)}) == 1
    assert (await rows(database), len(objects() - before)) == (1, 1)


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        ([], "UPLOAD_OPTIONS_MISSING"),
        ([pb.UploadFeedRequest(data=b"1")], "UPLOAD_OPTIONS_MISSING"),
        (list(messages()), "EMPTY_UPLOAD"),
        (list(messages(b"")), "EMPTY_UPLOAD"),
        # What a client that broke off sends: everything but the end.
        (list(messages(b"ref,title"))[:-1], "UPLOAD_INCOMPLETE"),
        ([*messages(b"1"), pb.UploadFeedRequest(options=OPTIONS)], "UPLOAD_OPTIONS_MISSING"),
        (list(messages(*[b"x" * 1_000_000] * (21))), "UPLOAD_TOO_LARGE"),
        (list(messages(b"1", options=pb.UploadOptions(file_name="f.csv"))), "INVALID_MESSAGE"),
        (
            list(messages(b"1", options=pb.UploadOptions(file_name="f.csv", supplier_name="A", currency="XXX"))),
            "UNKNOWN_CURRENCY",
        ),
    ],
)
async def test_what_is_no_upload_leaves_nothing(imports, writer, database, objects, sent, reason) -> None:
    before = objects()
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await imports.UploadFeed(iter(sent), metadata=writer)
    assert status.decode(refused.value).reason == reason
    assert objects() == before
    assert await rows(database) == 0


async def test_an_upload_that_breaks_off_leaves_nothing(imports, writer, database, objects) -> None:
    before = objects()
    half_sent = asyncio.Event()

    async def breaking() -> AsyncIterator[pb.UploadFeedRequest]:
        for message in list(messages(*[b"x" * 1_000_000] * 10))[:-1]:  # all but the end
            yield message
        half_sent.set()
        await asyncio.Event().wait()

    call = imports.UploadFeed(breaking(), metadata=writer)
    await half_sent.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    await asyncio.sleep(0.5)  # the server hears of it behind us
    assert objects() == before
    assert await rows(database) == 0


@pytest.fixture
async def behind(database_url: str, storage: Storage, keys_dir, valkey_server: str, committing: Database):
    """The service, and the gate between it and its database."""
    gate = Gate(database_url)
    async with gate.opened() as port, grpc.aio.insecure_channel("127.0.0.1:1") as nowhere:
        database = Database.connect(gate.url(port), pool_size=1)
        waker = Waker(celery_app("imports", valkey_server))
        servicer = ImportServicer(database, storage, BulkServiceStub(nowhere), waker, 1_000)
        register = partial(imports_pb2_grpc.add_ImportServiceServicer_to_server, servicer)
        async with serving("imports-svc", keys_dir, [register]) as channel:
            yield imports_pb2_grpc.ImportServiceStub(channel), gate
        await database.close()


async def test_a_file_stays_when_nobody_knows_whether_its_job_was_written(behind, writer, committing, objects) -> None:
    service, gate = behind
    before = objects()
    gate.last_words = b"COMMIT"
    assert (await error_of(service.UploadFeed(messages(b"1"), metadata=writer))).reason == "DATABASE_AWAY"
    (key,) = objects() - before
    async with committing.transaction() as session:
        job = await session.scalar(select(Job).options(joinedload(Job.file)))
    assert job is not None, "it was written, and only the answer was lost"
    assert job.file.key == key


async def test_a_file_whose_job_was_not_written_goes(behind, writer, committing, objects) -> None:
    service, gate = behind
    before = objects()
    gate.close()
    assert (await error_of(service.UploadFeed(messages(b"1"), metadata=writer))).reason == "DATABASE_AWAY"
    assert objects() == before
    assert await rows(committing) == 0


async def test_uploading_needs_its_permission(imports, reader) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await imports.UploadFeed(messages(b"1"), metadata=reader)
    assert status.decode(refused.value).reason == "MISSING_PERMISSION"


@pytest.mark.parametrize(
    ("given", "safe"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\lists\\Preis liste.csv", "Preis_liste.csv"),
        ("..", "feed"),
        ("a\x00b\n.csv", "a_b_.csv"),
        ("прайс.xml.gz", "прайс.xml.gz"),
        ("x" * 200 + ".csv", "x" * 146 + ".csv"),
        ("漢" * 200 + ".csv", "漢" * 48 + ".csv"),
    ],
)
def test_file_names_are_made_safe(given: str, safe: str) -> None:
    assert safe_name(given) == safe
