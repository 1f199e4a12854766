"""What imports tell other services of their ends."""

from collections.abc import Callable
from functools import partial

import pytest

from chassis.db import Database
from chassis.outbox import EventServicer
from chassis.testing import serving
from imports_svc.feeds.errors import EmptyFeed
from imports_svc.jobs.models import RETRY_DELAYS
from imports_svc.pipeline.leases import MAX_TAKEOVERS, claim
from imports_svc.pipeline.tasks import Importer
from pm.common.v1 import events_pb2, events_pb2_grpc
from pm.imports.v1 import imports_pb2 as pb
from pm.imports.v1.events_pb2 import ImportFinished

USER = "01890000-0000-7000-8000-000000000001"


@pytest.fixture
def told(committing: Database, keys_dir, as_service) -> Callable:
    """Every end that was told so far."""

    async def events() -> list[ImportFinished]:
        add = partial(events_pb2_grpc.add_EventServiceServicer_to_server, EventServicer(committing))
        async with serving("imports-svc", keys_dir, [add]) as channel:
            stub = events_pb2_grpc.EventServiceStub(channel)
            metadata = as_service("core-svc", "imports-svc")
            answer = await stub.ListEvents(events_pb2.ListEventsRequest(), metadata=metadata)
        found = []
        for event in answer.events:
            finished = ImportFinished()
            assert event.fact.Unpack(finished)
            assert event.key == finished.job_id
            found.append(finished)
        return found

    return events


async def test_an_end_is_told_in_the_transaction_that_ends_the_job(committing, new_job, save, told):
    job = new_job(created_by=USER, read=3, created=2, rejected=1, reasons={"gtin_invalid": 1})
    await save(committing, job)
    lease = await claim(committing)
    async with lease.transaction() as (_, mine):
        mine.enter("applying")
    with pytest.raises(ZeroDivisionError):
        async with lease.transaction() as (_, mine):
            mine.enter("applied")
            raise ZeroDivisionError
    assert await told() == []
    async with lease.transaction() as (_, mine):
        mine.enter("applied")
    # The worker looks at the job once more before it lets go.
    async with lease.transaction():
        pass
    (finished,) = await told()
    assert finished == ImportFinished(
        job_id=str(job.id),
        state=pb.Job.STATE_APPLIED,
        supplier_name="Acme",
        file_name="feed.csv",
        user_id=USER,
        ledger=pb.Ledger(read=3, created=2, rejected=1, reasons={"gtin_invalid": 1}),
    )


async def test_a_failure_is_told_with_its_reason_when_nothing_is_tried_again(committing, new_job, save, told, monkeypatch):
    job = new_job()
    await save(committing, job)
    importer = Importer(committing, None, None, None)
    for attempt in range(len(RETRY_DELAYS) + 1):
        assert await told() == []
        lease = await claim(committing)
        async with lease.transaction() as (_, mine):
            mine.attempt = attempt
        monkeypatch.setattr("imports_svc.pipeline.tasks.Steps.run", _broken)
        await importer._move_on(lease, None)
        async with lease.transaction() as (_, mine):
            mine.lease_owner = mine.lease_expires = None
            mine.next_attempt_time = mine.create_time
    (finished,) = await told()
    assert (finished.state, finished.failure_reason) == (pb.Job.STATE_FAILED, "INTERNAL")


async def _broken(_: object) -> None:
    raise RuntimeError


async def test_a_hopeless_job_and_one_that_kills_its_workers_are_told(committing, new_job, save, told, monkeypatch):
    await save(committing, new_job(supplier_name="first"))
    lease = await claim(committing)

    async def empty(_: object) -> None:
        raise EmptyFeed("The file has no row.")

    monkeypatch.setattr("imports_svc.pipeline.tasks.Steps.run", empty)
    await Importer(committing, None, None, None)._move_on(lease, None)
    killer = new_job(supplier_name="second", takeovers=MAX_TAKEOVERS, lease_owner=lease.owner)
    await save(committing, killer)
    assert await claim(committing) is None
    assert [(one.supplier_name, one.failure_reason) for one in await told()] == [
        ("first", "EMPTY_FEED"),
        ("second", "WORKER_LOST"),
    ]


async def test_who_cancels_a_job_ends_it(imports, writer, database, new_job, save):
    job = new_job(created_by=USER)
    await save(database, job)
    await imports.CancelJob(pb.CancelJobRequest(id=str(job.id)), metadata=writer)
    async with database.reading() as connection:
        rows = await connection.fetch("SELECT key, payload FROM outbox")
    (finished,) = (ImportFinished.FromString(row["payload"]) for row in rows)
    assert (rows[0]["key"], finished.state) == (str(job.id), pb.Job.STATE_CANCELLED)
