"""Whatever changes a job is announced, so that no answer that was kept ready is older than the database (docs/adr/0031)."""

from collections.abc import AsyncIterator, Set
from datetime import timedelta

import pytest

from chassis.db import Database
from chassis.times import now
from imports_svc.jobs.models import PLAN_LIFE, Job, Run
from imports_svc.pipeline.leases import claim
from imports_svc.pipeline.planning import close_abandoned
from imports_svc.pipeline.repository import PipelineRepository
from imports_svc.pipeline.tasks import Importer
from pm.catalog.v1 import bulk_pb2 as pb


@pytest.fixture
def announced() -> set[str]:
    return set()


@pytest.fixture
async def telling(committing: Database, database_url: str, announced: set[str]) -> AsyncIterator[Database]:
    """The package's database, which announces into a set."""

    async def announce(topics: Set[str]) -> None:
        announced.update(topics)

    opened = Database.connect(database_url, pool_size=2, on_changes=announce)
    yield opened
    await opened.close()


def of(*jobs: Job) -> set[str]:
    return {"jobs", *(f"job:{job.id}" for job in jobs)}


async def test_a_plan_that_expires(committing, telling, announced, new_job, save, tmp_path) -> None:
    old = new_job(state="planned", plan_hash="aa", update_time=now() - PLAN_LIFE - timedelta(minutes=1))
    await save(committing, old, Run(job_id=old.id, supplier_name="Acme", state="planned"))
    await Importer(telling, None, None, None, tmp_path).work()
    assert announced == of(old)


async def test_what_was_applied_of_a_cancelled_job(committing, telling, announced, new_job, save, load) -> None:
    counts = {"read": 150_000, "created": 150_000}
    job = new_job(state="cancelled", end_time=now(), **counts)
    run = Run(job_id=job.id, supplier_name="Acme", state="applying", plan_hash="aa", open=True, **counts)
    await save(committing, job, run)
    async with telling.transaction() as session:
        await close_abandoned(PipelineRepository(session), run.id, pb.Run(applied=pb.Ledger(created=60_000)))
    assert announced == of(job)
    kept = await load(committing, job.id)
    assert (kept.created, kept.skipped, kept.reasons) == (60_000, 90_000, {"cancelled": 90_000})


async def test_a_run_that_the_catalogue_does_not_know_any_more_has_changed_nothing(committing, new_job, save, load) -> None:
    counts = {"read": 10, "created": 8, "rejected": 2}
    job = new_job(state="cancelled", end_time=now(), **counts)
    run = Run(job_id=job.id, supplier_name="Acme", state="planned", plan_hash="aa", open=True, **counts)
    await save(committing, job, run)
    async with committing.transaction() as session:
        await close_abandoned(PipelineRepository(session), run.id, None)
    kept = await load(committing, job.id)
    assert (kept.created, kept.rejected, kept.skipped, kept.reasons) == (0, 2, 8, {"cancelled": 8})


async def test_a_run_alone(committing, telling, announced, new_job, save) -> None:
    """It is shown with its job."""
    job = new_job()
    run = Run(job_id=job.id, supplier_name="Acme")
    await save(committing, job, run)
    async with telling.transaction() as session:
        (await session.get_one(Run, run.id)).state = "planned"
    assert announced == of(job)


async def test_a_lease_that_is_taken_and_given_back(committing, telling, announced, new_job, save) -> None:
    job = new_job()
    await save(telling, job)
    assert announced == of(job)
    announced.clear()
    lease = await claim(telling)
    assert lease is not None
    assert announced == of(job)
    announced.clear()
    async with lease.held():
        async with lease.transaction():
            pass
        assert announced == set(), "nothing was changed"
    assert announced == of(job)
