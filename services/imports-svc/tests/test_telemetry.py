"""What is known of the queue from outside, and the trace that a job carries from its upload to its worker."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

from prometheus_client import REGISTRY

from chassis.db import Database
from chassis.times import now
from imports_svc.jobs.kind import IMPORTS
from imports_svc.pipeline.leases import claim
from jobs.gauges import queue_gauges
from jobs.waking import celery_app, waiting_messages
from pm.imports.v1 import imports_pb2 as pb

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def value(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(name, {"queue": "imports"} | labels)


async def read(name: str, **labels: str) -> float | None:
    return await asyncio.to_thread(value, name, **labels)


async def test_the_queue_is_counted_when_asked_for(committing: Database, valkey_server: str, new_job, save) -> None:
    late = new_job(next_attempt_time=now() - timedelta(minutes=10))
    others = [new_job(state="held"), new_job(state="failed"), new_job(next_attempt_time=now() + timedelta(hours=1))]
    app = celery_app("imports", valkey_server)
    gauges = queue_gauges(committing, {IMPORTS: waiting_messages(app)})
    before = await read("pm_queue_messages")
    await save(committing, late, *others)
    app.send_task("imports.wake")
    assert (await read("pm_jobs", state="uploaded"), await read("pm_jobs", state="held")) == (2, 1)
    assert (await read("pm_jobs", state="planned"), await read("pm_jobs", state="failed")) == (0, None)
    assert await read("pm_queue_due_jobs") == 1
    oldest = await read("pm_queue_oldest_due_seconds")
    assert oldest is not None
    assert 600 <= oldest < 900
    assert await read("pm_queue_messages") == (before or 0) + 1
    assert await claim(committing) is not None
    assert (await read("pm_queue_due_jobs"), await read("pm_queue_oldest_due_seconds")) == (0, 0)
    await gauges.close()


async def test_without_redis_the_jobs_are_counted_all_the_same(committing: Database, new_job, save) -> None:
    await save(committing, new_job())
    gauges = queue_gauges(committing, {IMPORTS: waiting_messages(celery_app("imports", "redis://127.0.0.1:1/1"))})
    assert await read("pm_queue_due_jobs") == 1
    assert await read("pm_queue_messages") is None
    await gauges.close()


def messages() -> Iterator[pb.UploadFeedRequest]:
    yield pb.UploadFeedRequest(options=pb.UploadOptions(file_name="a.csv", supplier_name="Acme"))
    yield pb.UploadFeedRequest(data=b"sku;name\n1;Pen\n")
    yield pb.UploadFeedRequest(end=pb.UploadEnd(size=15))


async def test_whoever_claims_a_job_is_in_the_trace_of_its_upload(imports, writer, database: Database, load) -> None:
    uploaded = await imports.UploadFeed(messages(), metadata=(*writer, ("traceparent", PARENT)))
    assert (await load(database, UUID(uploaded.id))).traceparent == PARENT
    lease = await claim(database)
    assert lease is not None
    assert (str(lease.job_id), lease.traceparent) == (uploaded.id, PARENT)
