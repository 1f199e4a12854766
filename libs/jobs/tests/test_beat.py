"""Worker processes as a service starts them, each with a beat inside: what is scheduled is done once."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from naps.models import Nap, NapSchedule
from sqlalchemy import select

from chassis.db import Database
from chassis.times import now

TESTS = Path(__file__).parent
PATIENCE_SECONDS = 60


@asynccontextmanager
async def worker(environment: dict[str, str], schedule: Path) -> AsyncIterator[None]:
    """Runs until the block ends; it must then stop by itself."""
    arguments = ("-A", "naps.process", "worker", "--pool", "solo", "-B", "--schedule", str(schedule))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "celery", *arguments), env=os.environ | environment, cwd=TESTS
    )
    try:
        yield
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), PATIENCE_SECONDS) == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def ended(database: Database, count: int) -> list[str]:
    """The states of all naps, once so many have ended."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            async with database.transaction() as session:
                naps = (await session.scalars(select(Nap))).all()
            if sum(nap.end_time is not None for nap in naps) >= count:
                return [nap.state for nap in naps]
            await asyncio.sleep(0.1)


async def test_two_beats_wake_two_workers_and_each_tick_is_run_once(
    committing: Database, database_url: str, valkey_server: str, tmp_path: Path
) -> None:
    environment = {"PM_DATABASE_URL": database_url, "PM_BROKER_URL": valkey_server, "PYTHONPATH": str(TESTS)}
    async with AsyncExitStack() as stack:
        for name in ("one", "two"):
            await stack.enter_async_context(worker(environment, tmp_path / f"{name}.beat"))
        states = []
        for round_number in range(1, 4):
            schedule = NapSchedule(breaths=2)
            schedule.plan("0 0 1 1 *", "UTC")
            schedule.next_run_time = now()
            async with committing.transaction() as session:
                session.add(schedule)
            states = await ended(committing, round_number)
    assert states == ["rested"] * 3
