"""What imports tell other services of their ends, and of what they wait for."""

from collections.abc import Callable
from functools import partial

import pytest

from chassis.db import Database
from chassis.ids import uuid7
from chassis.testing import serving
from events.outbox import EventServicer
from imports_svc.pipeline.leases import claim
from jobs.columns import RETRY_DELAYS
from jobs.kinds import MAX_TAKEOVERS
from pm.common.v1 import events_pb2, events_pb2_grpc
from pm.common.v1.jobs_pb2 import JobEnded
from pm.imports.v1 import imports_pb2 as pb
from pm.imports.v1.events_pb2 import ImportFinished, ImportHeld

USER = "01890000-0000-7000-8000-000000000001"


@pytest.fixture
def told(committing: Database, keys_dir, as_service) -> Callable:
    """Everything that was told so far."""

    async def events() -> list[ImportFinished | ImportHeld]:
        add = partial(events_pb2_grpc.add_EventServiceServicer_to_server, EventServicer(committing))
        async with serving("imports-svc", keys_dir, [add]) as channel:
            stub = events_pb2_grpc.EventServiceStub(channel)
            metadata = as_service("core-svc", "imports-svc")
            answer = await stub.ListEvents(events_pb2.ListEventsRequest(), metadata=metadata)
        found = []
        for event in answer.events:
            if event.fact.Is(JobEnded.DESCRIPTOR):
                continue
            fact = ImportHeld() if event.fact.Is(ImportHeld.DESCRIPTOR) else ImportFinished()
            assert event.fact.Unpack(fact)
            assert event.key == fact.job_id
            found.append(fact)
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


async def test_a_job_that_waits_for_a_person_is_told_with_what_is_to_be_decided(committing, new_job, save, told):
    job = new_job(created_by=USER)
    await save(committing, job)
    lease = await claim(committing)
    async with lease.transaction() as (_, mine):
        mine.enter("held")
        mine.hold_reason = "Which column is the reference?"
    (held,) = await told()
    assert held == ImportHeld(
        job_id=str(job.id),
        supplier_name="Acme",
        file_name="feed.csv",
        user_id=USER,
        hold_reason="Which column is the reference?",
    )


async def test_a_failure_is_told_with_its_reason_when_nothing_is_tried_again(committing, new_job, save, told):
    await save(committing, new_job())
    lease = await claim(committing)
    for _ in RETRY_DELAYS:
        async with lease.transaction() as (_, mine):
            mine.postpone("INTERNAL", "The log says what.")
    assert await told() == []
    async with lease.transaction() as (_, mine):
        mine.postpone("INTERNAL", "The log says what.")
    (finished,) = await told()
    assert (finished.state, finished.failure_reason) == (pb.Job.STATE_FAILED, "INTERNAL")


async def test_a_job_that_kills_its_workers_is_told(committing, new_job, save, told):
    await save(committing, new_job(takeovers=MAX_TAKEOVERS, lease_owner=uuid7()))
    assert await claim(committing) is None
    assert [(one.state, one.failure_reason) for one in await told()] == [(pb.Job.STATE_FAILED, "WORKER_LOST")]


async def test_who_cancels_a_job_ends_it(imports, writer, database, new_job, save):
    job = new_job(created_by=USER)
    await save(database, job)
    await imports.CancelJob(pb.CancelJobRequest(id=str(job.id)), metadata=writer)
    async with database.reading() as connection:
        rows = await connection.fetch("SELECT key, payload FROM outbox WHERE type = $1", ImportFinished.DESCRIPTOR.full_name)
    (finished,) = (ImportFinished.FromString(row["payload"]) for row in rows)
    assert (rows[0]["key"], finished.state) == (str(job.id), pb.Job.STATE_CANCELLED)
