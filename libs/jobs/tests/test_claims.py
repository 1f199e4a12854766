"""Who gets a job, in which order, and what is written down of that."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from naps.models import NAPS, Nap

from chassis.db import Database
from chassis.testing import check_models, statements
from chassis.times import now
from jobs import leases
from jobs.errors import LeaseLost, TurnOver, WrongJobState
from jobs.kinds import MAX_TAKEOVERS
from jobs.leases import claim

GONE = timedelta(seconds=1)


async def test_models_match_what_migrations_make_of_the_library(database_url: str, migrations_dir: Path) -> None:
    await check_models(migrations_dir, database_url)


async def test_of_many_workers_one_gets_the_job(committing: Database, save) -> None:
    nap = await save()
    found = [lease for lease in await asyncio.gather(*(claim(committing, NAPS) for _ in range(5))) if lease]
    assert [lease.job_id for lease in found] == [nap.id]


@pytest.mark.parametrize("state", ["awake", "paused", "rested", "cancelled", "failed"])
async def test_what_no_worker_moves_on_is_left_alone(committing: Database, save, state: str) -> None:
    await save(state=state)
    await save(next_attempt_time=now() + timedelta(minutes=1))
    assert await claim(committing, NAPS) is None


async def test_priority_is_a_head_start_that_nobody_waits_for_without_end(committing: Database, save) -> None:
    late = await save(next_attempt_time=now() - timedelta(minutes=5))
    urgent = await save(priority=10)
    oldest = await save(next_attempt_time=now() - timedelta(minutes=11))
    order = [(await claim(committing, NAPS)).job_id for _ in range(3)]
    assert order == [oldest.id, urgent.id, late.id]


async def test_a_dead_workers_attempt_is_lost_and_the_dead_can_not_write(committing: Database, save, change, attempts) -> None:
    nap = await save()
    first = await claim(committing, NAPS)
    await change(nap.id, lease_expires=now() - GONE)
    second = await claim(committing, NAPS)
    with pytest.raises(LeaseLost):
        async with first.transaction():
            pass
    with pytest.raises(LeaseLost):
        async with first.held():
            raise LeaseLost
    assert [(one.number, one.outcome, one.end_time is None) for one in await attempts(nap.id)] == [
        (1, "lost", False),
        (2, "", True),
    ]
    async with second.held():
        pass
    assert [one.outcome for one in await attempts(nap.id)] == ["lost", "done"]


async def test_a_job_that_kills_its_workers_is_given_up(committing: Database, save, change, load, attempts) -> None:
    nap = await save()
    for _ in range(MAX_TAKEOVERS + 1):
        assert await claim(committing, NAPS) is not None
        await change(nap.id, lease_expires=now() - GONE)
    assert await claim(committing, NAPS) is None
    given_up = await load(nap.id)
    assert (given_up.state, given_up.failure_reason, given_up.lease_owner) == ("failed", "WORKER_LOST", None)
    *lost, last = await attempts(nap.id)
    assert ({one.outcome for one in lost}, last.outcome, last.reason) == ({"lost"}, "failed", "WORKER_LOST")


async def test_a_claim_and_its_end_are_one_statement_each(engine, database_url: str, save) -> None:
    await save()
    database = Database(engine)
    with statements(engine) as seen:
        lease = await claim(database, NAPS)
    assert len(seen) == 1
    with statements(engine) as seen:
        async with lease.held():
            pass
    assert len(seen) == 1
    with statements(engine) as seen:
        await lease._renew()
    assert len(seen) == 1


async def test_a_turn_is_offered_when_another_one_would_come_before(
    committing: Database, save, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "TURN_SECONDS", 0)
    monkeypatch.setattr(type(NAPS), "small_cost", -1)
    await save(priority=2)
    lease = await claim(committing, NAPS)
    await lease.offer_turn()
    await save(next_attempt_time=now() - timedelta(minutes=1))
    await lease.offer_turn()
    await save(next_attempt_time=now() - timedelta(minutes=3))
    with pytest.raises(TurnOver):
        await lease.offer_turn()


async def test_progress_tells_its_rate_and_what_is_left(committing: Database, save, change, load) -> None:
    nap = await save(state="asleep")
    lease = await claim(committing, NAPS)
    async with lease.transaction() as (_, mine):
        mine.progress("breathing", 10, 100)
    assert (await load(nap.id)).rate is None, "nothing was done since it began to count"
    began = (await load(nap.id)).progress_since
    await change(nap.id, progress_done=30, update_time=began + timedelta(seconds=10))
    seen = await load(nap.id)
    assert (seen.rate, seen.remaining_seconds) == (2.0, 35.0)
    async with lease.held():
        pass
    assert await claim(committing, NAPS) is not None
    assert ((await load(nap.id)).rate, (await load(nap.id)).progress_from) == (None, 30), "the time between does not count"


async def test_who_decides_about_a_job_takes_it_from_its_worker(committing: Database, save, load) -> None:
    nap = await save()

    async def decide(decision: str) -> Nap:
        async with committing.transaction() as session:
            getattr(await session.get_one(Nap, nap.id), decision)()
        return await load(nap.id)

    for early in ("resume", "retry"):
        with pytest.raises(WrongJobState):
            await decide(early)
    lease = await claim(committing, NAPS)
    async with lease.transaction() as (_, mine):
        mine.enter("asleep")
        mine.progress("breathing", 1, 3)
    paused = await decide("pause")
    assert (paused.state, paused.resume_state, paused.progress_done, paused.lease_owner) == ("paused", "asleep", 1, None)
    with pytest.raises(LeaseLost):
        async with lease.transaction():
            pass
    assert (await decide("resume")).state == "asleep"
    again = await claim(committing, NAPS)
    async with again.transaction() as (_, mine):
        mine.fail("FELL", "Mend the bed.")
    failed = await decide("retry")
    assert (failed.state, failed.failure_reason, failed.end_time) == ("asleep", "", None)
    cancelled = await decide("cancel")
    assert (cancelled.state, cancelled.end_time is None, cancelled.lease_owner) == ("cancelled", False, None)
    with pytest.raises(WrongJobState):
        await decide("cancel")
