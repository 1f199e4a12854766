import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import update

from chassis.db import Database
from chassis.times import now
from imports_svc.jobs.models import RETRY_DELAYS, Job
from imports_svc.pipeline.errors import LeaseLost
from imports_svc.pipeline.leases import MAX_TAKEOVERS, claim


async def expire(database: Database, id: UUID) -> None:
    async with database.transaction() as session:
        await session.execute(update(Job).where(Job.id == id).values(lease_expires=now() - timedelta(seconds=1)))


async def test_of_many_workers_one_gets_the_job(committing: Database, new_job, save) -> None:
    job = new_job()
    await save(committing, job)
    leases = [lease for lease in await asyncio.gather(*(claim(committing) for _ in range(5))) if lease]
    assert [lease.job_id for lease in leases] == [job.id]


async def test_what_no_worker_moves_on_is_left_alone(committing: Database, new_job, save) -> None:
    waiting = [new_job(state=state) for state in ("planned", "held", "stale", "applied", "cancelled", "failed")]
    later = new_job(next_attempt_time=now() + timedelta(minutes=1))
    await save(committing, *waiting, later)
    assert await claim(committing) is None


async def test_a_dead_workers_job_is_taken_over_and_the_dead_can_not_write(committing: Database, new_job, save, load) -> None:
    job = new_job()
    await save(committing, job)
    first = await claim(committing)
    assert first is not None
    assert await claim(committing) is None
    await expire(committing, job.id)
    second = await claim(committing)
    assert second is not None
    assert second.owner != first.owner
    with pytest.raises(LeaseLost):
        async with first.transaction():
            pass
    async with second.transaction() as (_, mine):
        mine.enter("sniffed")
    assert (await load(committing, job.id)).state == "sniffed"


async def test_a_lease_is_renewed_while_it_is_held_and_given_back(
    committing: Database, monkeypatch: pytest.MonkeyPatch, new_job, save, load
) -> None:
    monkeypatch.setattr("imports_svc.pipeline.leases.HEARTBEAT_SECONDS", 0.05)
    job = new_job()
    await save(committing, job)
    lease = await claim(committing)
    assert lease is not None
    await expire(committing, job.id)
    async with lease.held():
        while (await load(committing, job.id)).lease_expires <= now():  # noqa: ASYNC110  # the row has no event
            await asyncio.sleep(0.05)
    assert (await load(committing, job.id)).lease_owner is None
    assert await claim(committing) is not None


async def test_a_job_at_which_every_worker_dies_is_given_up(committing: Database, new_job, save, load) -> None:
    job = new_job()
    await save(committing, job)
    for _ in range(MAX_TAKEOVERS + 1):
        assert await claim(committing) is not None
        await expire(committing, job.id)
    assert await claim(committing) is None
    given_up = await load(committing, job.id)
    assert (given_up.state, given_up.failure_reason) == ("failed", "WORKER_LOST")


async def test_failures_are_retried_later_and_later_then_final(committing: Database, new_job, save, load) -> None:
    job = new_job()
    await save(committing, job)
    lease = await claim(committing)
    assert lease is not None
    for attempt, delay in enumerate(RETRY_DELAYS, start=1):
        async with lease.transaction() as (_, mine):
            mine.postpone("UNAVAILABLE", "Nobody answers.")
        kept = await load(committing, job.id)
        assert (kept.state, kept.attempt, kept.failure_reason) == ("uploaded", attempt, "UNAVAILABLE")
        assert abs(kept.next_attempt_time - now() - delay) < timedelta(seconds=4)
    async with lease.transaction() as (_, mine):
        mine.postpone("UNAVAILABLE", "Nobody answers.")
    assert (await load(committing, job.id)).state == "failed"
