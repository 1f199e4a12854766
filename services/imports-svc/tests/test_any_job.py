"""Imports among the jobs of all kinds."""

from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path

import pytest

from chassis.db import Database
from chassis.testing import error_of, serving
from imports_svc.jobs.kind import IMPORTS
from imports_svc.jobs.models import Run
from jobs.leases import claim
from jobs.servicer import JobServicer
from jobs.waking import Waker, celery_app
from pm.common.v1 import jobs_pb2 as pb
from pm.common.v1 import jobs_pb2_grpc
from pm.imports.v1.events_pb2 import ImportFinished

USER = "01890000-0000-7000-8000-000000000001"
Metadata = tuple[tuple[str, str], ...]


@pytest.fixture
async def anything(committing: Database, keys_dir: Path, valkey_server: str) -> AsyncIterator[jobs_pb2_grpc.JobServiceStub]:
    servicer = JobServicer(committing, {IMPORTS: Waker(celery_app("imports-of-people", valkey_server))})
    register = partial(jobs_pb2_grpc.add_JobServiceServicer_to_server, servicer)
    async with serving("imports-svc", keys_dir, [register]) as channel:
        yield jobs_pb2_grpc.JobServiceStub(channel)


@pytest.fixture
def person(as_user: Callable[..., Metadata]) -> Metadata:
    return as_user("core.jobs.read", "core.jobs.write", "imports.jobs.read", "imports.jobs.write")


async def test_an_import_shows_its_file_and_what_is_to_be_decided(anything, person, committing, new_job, save) -> None:
    held = new_job(state="held", hold_reason="Which column is the reference?", created_by=USER)
    planned, stale = new_job(state="planned", supplier_name="Beta"), new_job(state="stale", supplier_name="Beta")
    await save(committing, held, planned, stale)
    listed = await anything.ListJobs(pb.ListJobsRequest(supplier_name=" acme"), metadata=person)
    (shown,) = listed.jobs
    assert (shown.id, shown.kind, shown.service, shown.title) == (str(held.id), "import", "imports-svc", "feed.csv")
    assert (shown.state, shown.kind_state, shown.supplier_name) == (pb.Job.STATE_WAITING, "held", "Acme")
    assert (shown.wait_reason, shown.created_by) == ("Which column is the reference?", USER)
    others = await anything.ListJobs(pb.ListJobsRequest(supplier_name="BETA"), metadata=person)
    assert [(job.kind_state, bool(job.wait_reason)) for job in others.jobs] == [("stale", True), ("planned", True)]


async def test_an_import_is_paused_resumed_and_cancelled_as_any_job(anything, person, committing, new_job, save, load) -> None:
    job = new_job(state="mapped", created_by=USER)
    await save(committing, job)
    lease = await claim(committing, IMPORTS)
    assert lease is not None
    await anything.PauseJob(pb.PauseJobRequest(id=str(job.id)), metadata=person)
    paused = await load(committing, job.id)
    assert (paused.state, paused.resume_state, paused.lease_owner) == ("paused", "mapped", None)
    await anything.ResumeJob(pb.ResumeJobRequest(id=str(job.id)), metadata=person)
    assert (await load(committing, job.id)).state == "mapped"
    cancelled = await anything.CancelJob(pb.CancelJobRequest(id=str(job.id)), metadata=person)
    assert cancelled.state == pb.Job.STATE_CANCELLED
    async with committing.reading() as connection:
        rows = await connection.fetch("SELECT type, payload FROM outbox ORDER BY type DESC")
    finished, ended = (row["payload"] for row in rows)
    assert ImportFinished.FromString(finished).user_id == USER
    told = pb.JobEnded.FromString(ended)
    assert (told.kind, told.title, told.supplier_name, told.user_id) == ("import", "feed.csv", "Acme", USER)


async def test_a_failed_import_is_planned_again(anything, person, committing, new_job, save, load) -> None:
    job = new_job(inspection={"shape": {}}, state="failed", failure_reason="INTERNAL", plan_hash="aa")
    run = Run(job_id=job.id, supplier_name="Acme", state="planned")
    await save(committing, job, run)
    again = await anything.RetryJob(pb.RetryJobRequest(id=str(job.id)), metadata=person)
    assert (again.state, again.kind_state) == (pb.Job.STATE_QUEUED, "sniffed")
    kept = await load(committing, job.id)
    assert (kept.inspection, kept.plan_hash, kept.failure_reason) == ({"shape": {}}, "", "")
    async with committing.transaction() as session:
        assert (await session.get_one(Run, run.id)).state == "superseded"
    planned = new_job(state="planned")
    await save(committing, planned)
    error = await error_of(anything.RetryJob(pb.RetryJobRequest(id=str(planned.id)), metadata=person))
    assert error.reason == "WRONG_JOB_STATE"


async def test_who_may_not_see_imports_sees_none_here(anything, committing, new_job, save, as_user) -> None:
    await save(committing, new_job())
    listed = await anything.ListJobs(pb.ListJobsRequest(), metadata=as_user("core.jobs.read", "catalog.products.read"))
    assert list(listed.jobs) == []
