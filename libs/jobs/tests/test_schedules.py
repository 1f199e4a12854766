"""A tick is run once: by several workers, by none for a while, and by one that dies."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from naps.models import Nap, NapSchedule
from sqlalchemy import func, select

from chassis.db import Database
from chassis.times import now
from jobs.schedules import InvalidSchedule, run_due

TESTS = Path(__file__).parent
HOURLY = "0 * * * *"


async def make(session, schedule: NapSchedule, tick: datetime) -> None:
    session.add(Nap(breaths=schedule.breaths, create_time=tick))


@pytest.fixture
def schedule(committing: Database) -> Callable[..., Awaitable[NapSchedule]]:
    """Writes a schedule whose next tick is that many hours ago."""

    async def write(hours: float = 0, **values: object) -> NapSchedule:
        made = NapSchedule(**values)
        made.plan(HOURLY, "UTC")
        made.next_run_time = now().replace(minute=0, second=0, microsecond=0) - timedelta(hours=hours)
        async with committing.transaction() as session:
            session.add(made)
        return made

    return write


@pytest.fixture
def naps(committing: Database) -> Callable[[], Awaitable[int]]:
    async def count() -> int:
        async with committing.transaction() as session:
            return await session.scalar(select(func.count()).select_from(Nap)) or 0

    return count


async def test_a_tick_makes_what_it_is_for_and_the_next_one_is_noted(committing: Database, schedule, naps) -> None:
    made = await schedule()
    assert await run_due(committing, NapSchedule, make) == 1
    assert await run_due(committing, NapSchedule, make) == 0
    async with committing.transaction() as session:
        kept = await session.get_one(NapSchedule, made.id)
    assert (kept.last_tick_time, kept.next_run_time) == (made.next_run_time, made.next_run_time + timedelta(hours=1))
    assert kept.last_run_time >= kept.last_tick_time
    assert await naps() == 1


async def test_of_many_workers_one_runs_a_tick(committing: Database, schedule, naps) -> None:
    for _ in range(3):
        await schedule()
    ran = await asyncio.gather(*(run_due(committing, NapSchedule, make) for _ in range(4)))
    assert (sum(ran), await naps()) == (3, 3)


async def test_ticks_that_were_missed_while_everything_was_down_are_run_once(committing: Database, schedule, naps) -> None:
    made = await schedule(hours=50)
    assert await run_due(committing, NapSchedule, make) == 1
    assert await naps() == 1
    async with committing.transaction() as session:
        assert (await session.get_one(NapSchedule, made.id)).next_run_time > now()


async def test_one_that_can_not_be_run_holds_up_no_other_and_is_tried_again(committing: Database, schedule, naps) -> None:
    faulty, sound = await schedule(hours=3, breaths=0), await schedule(hours=1)

    async def fall(session, schedule: NapSchedule, tick: datetime) -> None:
        await make(session, schedule, tick)
        await session.flush()
        if not schedule.breaths:
            raise OSError("fall")

    assert await run_due(committing, NapSchedule, fall) == 1
    async with committing.transaction() as session:
        left, moved = [await session.get_one(NapSchedule, one.id) for one in (faulty, sound)]
    assert (left.next_run_time, left.last_run_time, moved.next_run_time > now()) == (faulty.next_run_time, None, True)
    assert await naps() == 1, "what it had made by then is gone"
    assert await run_due(committing, NapSchedule, make) == 1
    assert await naps() == 2


async def test_a_worker_that_is_killed_in_the_middle_loses_no_tick_and_runs_none_twice(
    committing: Database, database_url: str, schedule, naps
) -> None:
    await schedule()
    command = [sys.executable, "-m", "naps.killed_tick", database_url]
    killed = await asyncio.to_thread(subprocess.run, command, cwd=TESTS, env=os.environ, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert await naps() == 0
    while not await run_due(committing, NapSchedule, make):  # noqa: ASYNC110  # nothing tells it
        # PostgreSQL has not noticed yet that the one who locked the row is gone.
        await asyncio.sleep(0.05)
    assert await naps() == 1


async def test_what_is_stopped_runs_no_tick_of_that_time(committing: Database, schedule, naps) -> None:
    made = await schedule(hours=5, active=False)
    assert await run_due(committing, NapSchedule, make) == 0
    async with committing.transaction() as session:
        (await session.get_one(NapSchedule, made.id)).activate(active=True)
    assert await run_due(committing, NapSchedule, make) == 0
    async with committing.transaction() as session:
        kept = await session.get_one(NapSchedule, made.id)
    assert (kept.active, kept.next_run_time > now()) == (True, True)


async def test_a_schedule_is_checked_before_it_is_written() -> None:
    made = NapSchedule()
    made.plan("0 3 * * *", "Europe/Berlin")
    with pytest.raises(InvalidSchedule):
        made.plan("0 25 * * *", "Europe/Berlin")
    assert (made.cron, made.time_zone, made.next_run_time.tzinfo) == ("0 3 * * *", "Europe/Berlin", UTC)
