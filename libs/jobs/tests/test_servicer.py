"""Jobs as people see them, whatever their kind."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from naps.models import NAPS, Nap

from chassis.db import Database
from chassis.ids import uuid7
from chassis.testing import error_of, serving
from chassis.times import now, timestamp
from jobs.leases import claim
from jobs.servicer import JobServicer
from jobs.waking import Waker, celery_app
from pm.common.v1 import jobs_pb2 as pb
from pm.common.v1 import jobs_pb2_grpc

Metadata = tuple[tuple[str, str], ...]
DECISIONS = ("PauseJob", "ResumeJob", "CancelJob", "RetryJob", "PrioritizeJob")


@pytest.fixture
async def jobs(committing: Database, keys_dir: Path, valkey_server: str) -> AsyncIterator[jobs_pb2_grpc.JobServiceStub]:
    servicer = JobServicer(committing, {NAPS: Waker(celery_app("naps-of-people", valkey_server))})
    register = partial(jobs_pb2_grpc.add_JobServiceServicer_to_server, servicer)
    async with serving("media-svc", keys_dir, [register]) as channel:
        yield jobs_pb2_grpc.JobServiceStub(channel)


@pytest.fixture
def reader(as_user: Callable[..., Metadata]) -> Metadata:
    return as_user("core.jobs.read", "media.naps.read")


@pytest.fixture
def writer(as_user: Callable[..., Metadata]) -> Metadata:
    return as_user("core.jobs.read", "core.jobs.write", "media.naps.read", "media.naps.write")


def request(decision: str, id: object) -> object:
    return getattr(pb, f"{decision}Request")(id=str(id))


async def test_a_job_is_let_before_others(committing: Database, jobs, writer, save) -> None:
    earlier, later, ended = await save(), await save(), await save(state="rested")
    shown = await jobs.PrioritizeJob(pb.PrioritizeJobRequest(id=str(later.id), priority=5), metadata=writer)
    assert shown.priority == 5
    lease = await claim(committing, NAPS)
    assert lease is not None
    assert lease.job_id == later.id
    too_much = pb.PrioritizeJobRequest(id=str(earlier.id), priority=20_000)
    assert (await error_of(jobs.PrioritizeJob(too_much, metadata=writer))).reason == "INVALID_MESSAGE"
    too_late = pb.PrioritizeJobRequest(id=str(ended.id), priority=5)
    assert (await error_of(jobs.PrioritizeJob(too_late, metadata=writer))).reason == "WRONG_JOB_STATE"


async def test_a_job_is_shown_with_its_attempts(committing: Database, jobs, reader, save, change) -> None:
    nap = await save(created_by="somebody", request_id="theirs", priority=3)
    lease = await claim(committing, NAPS)
    async with lease.transaction() as (_, mine):
        mine.enter("asleep")
        mine.progress("breathing", 1, 5)
    began = now() - timedelta(seconds=4)
    await change(nap.id, progress_since=began, progress_from=0, progress_done=2, update_time=began + timedelta(seconds=4))
    shown = await jobs.GetJob(pb.GetJobRequest(id=str(nap.id)), metadata=reader)
    assert (shown.kind, shown.service, shown.state, shown.kind_state) == ("nap", "media-svc", pb.Job.STATE_RUNNING, "asleep")
    assert (shown.title, shown.created_by, shown.request_id, shown.priority) == ("3 breaths", "somebody", "theirs", 3)
    assert shown.progress == pb.JobProgress(stage="breathing", done=2, total=5, rate=0.5, remaining_seconds=6.0)
    assert [(one.number, one.outcome, one.claims) for one in shown.attempts] == [(1, pb.JobAttempt.OUTCOME_UNSPECIFIED, 1)]
    assert not shown.HasField("next_attempt_time")
    await change(nap.id, lease_expires=now() - timedelta(seconds=1))
    shown = await jobs.GetJob(pb.GetJobRequest(id=str(nap.id)), metadata=reader)
    assert (shown.state, shown.attempts[0].outcome) == (pb.Job.STATE_QUEUED, pb.JobAttempt.OUTCOME_LOST)


async def test_states_mean_the_same_for_every_kind(jobs, reader, save) -> None:
    in_state = {
        pb.Job.STATE_RUNNING: await save(lease_owner=uuid7(), lease_expires=now() + timedelta(minutes=1)),
        pb.Job.STATE_QUEUED: await save(state="asleep"),
        pb.Job.STATE_WAITING: await save(state="awake"),
        pb.Job.STATE_PAUSED: await save(state="paused"),
        pb.Job.STATE_DONE: await save(state="rested"),
        pb.Job.STATE_FAILED: await save(state="failed"),
        pb.Job.STATE_CANCELLED: await save(state="cancelled"),
    }
    listed = await jobs.ListJobs(pb.ListJobsRequest(), metadata=reader)
    assert [(job.id, job.state) for job in listed.jobs] == [(str(nap.id), state) for state, nap in reversed(in_state.items())]
    for state, nap in in_state.items():
        found = await jobs.ListJobs(pb.ListJobsRequest(states=[state]), metadata=reader)
        assert [job.id for job in found.jobs] == [str(nap.id)]
    waiting, *_ = (job for job in listed.jobs if job.state == pb.Job.STATE_WAITING)
    assert waiting.wait_reason == "Say good night."
    some = pb.ListJobsRequest(states=[pb.Job.STATE_DONE, pb.Job.STATE_FAILED])
    assert len((await jobs.ListJobs(some, metadata=reader)).jobs) == 2


async def test_a_list_is_of_kinds_suppliers_and_times(jobs, reader, save, change) -> None:
    old = await save(create_time=now() - timedelta(days=2))
    new = await save()

    async def ids(**filters: object) -> list[str]:
        return [job.id for job in (await jobs.ListJobs(pb.ListJobsRequest(**filters), metadata=reader)).jobs]

    yesterday = timestamp(now() - timedelta(days=1))
    assert await ids(kinds=["nap", "import"]) == [str(new.id), str(old.id)]
    assert await ids(kinds=["import"]) == []
    assert await ids(supplier_name="Acme") == []
    assert await ids(created_since=yesterday) == [str(new.id)]
    assert await ids(created_before=yesterday) == [str(old.id)]
    await change(old.id, update_time=now() - timedelta(days=2))
    assert await ids(updated_since=yesterday) == [str(new.id)]


async def test_pages_join_without_gap_or_overlap(jobs, reader, save) -> None:
    made = [str((await save()).id) for _ in range(5)]
    found, token = [], ""
    while True:
        page = await jobs.ListJobs(pb.ListJobsRequest(page_size=2, page_token=token), metadata=reader)
        found += [job.id for job in page.jobs]
        token = page.next_page_token
        if not token:
            break
    assert found == made[::-1]


async def test_people_decide_about_a_job(jobs, writer, save, load) -> None:
    nap = await save(state="asleep")
    assert (await jobs.PauseJob(request("PauseJob", nap.id), metadata=writer)).state == pb.Job.STATE_PAUSED
    assert (await error_of(jobs.RetryJob(request("RetryJob", nap.id), metadata=writer))).reason == "WRONG_JOB_STATE"
    assert (await jobs.ResumeJob(request("ResumeJob", nap.id), metadata=writer)).kind_state == "asleep"
    assert (await jobs.CancelJob(request("CancelJob", nap.id), metadata=writer)).state == pb.Job.STATE_CANCELLED
    failed = await save(state="failed", resume_state="asleep", failure_reason="FELL")
    again = await jobs.RetryJob(request("RetryJob", failed.id), metadata=writer)
    assert (again.state, again.kind_state, again.failure_reason) == (pb.Job.STATE_QUEUED, "asleep", "")
    assert (await error_of(jobs.GetJob(pb.GetJobRequest(id=str(uuid7())), metadata=writer))).reason == "JOB_NOT_FOUND"


async def test_an_end_is_told_whatever_the_kind(committing: Database, jobs, writer, save) -> None:
    nap = await save(created_by="somebody")
    await jobs.CancelJob(request("CancelJob", nap.id), metadata=writer)
    async with committing.reading() as connection:
        (row,) = await connection.fetch("SELECT key, type, payload FROM outbox")
    assert (row["key"], row["type"]) == (str(nap.id), pb.JobEnded.DESCRIPTOR.full_name)
    assert pb.JobEnded.FromString(row["payload"]) == pb.JobEnded(
        job_id=str(nap.id),
        kind="nap",
        service="media-svc",
        state=pb.Job.STATE_CANCELLED,
        kind_state="cancelled",
        title="3 breaths",
        user_id="somebody",
    )


async def test_whoever_may_not_see_a_kind_sees_none_of_its_jobs(jobs, save, as_user) -> None:
    nap = await save()
    elsewhere = as_user("core.jobs.read", "core.jobs.write", "imports.jobs.read", "imports.jobs.write")
    assert list((await jobs.ListJobs(pb.ListJobsRequest(), metadata=elsewhere)).jobs) == []
    for method in ("GetJob", *DECISIONS):
        assert (await error_of(getattr(jobs, method)(request(method, nap.id), metadata=elsewhere))).reason == "JOB_NOT_FOUND"


@pytest.mark.parametrize("lacking", ["core.jobs.write", "media.naps.write"])
async def test_reading_permits_no_decision(jobs, save, load, as_user, lacking: str) -> None:
    nap = await save()
    rights = {"core.jobs.read", "core.jobs.write", "media.naps.read", "media.naps.write"} - {lacking}
    for method in DECISIONS:
        error = await error_of(getattr(jobs, method)(request(method, nap.id), metadata=as_user(*rights)))
        assert (error.reason, error.metadata["permission"]) == ("MISSING_PERMISSION", lacking)
    assert (await load(nap.id)).state == Nap.states.first


async def test_the_right_of_the_kind_alone_opens_no_door(jobs, save, as_user) -> None:
    await save()
    error = await error_of(jobs.ListJobs(pb.ListJobsRequest(), metadata=as_user("media.naps.read")))
    assert error.reason == "MISSING_PERMISSION"
