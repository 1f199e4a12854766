"""A worker is killed, stopped or cut off in the middle of a job of a kind that is no import: the job ends as if it was not."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from gate import Gate
from naps.models import Nap

from chassis.db import Database

TESTS = Path(__file__).parent
PATIENCE_SECONDS = 60
BREATHS = 12


@asynccontextmanager
async def sleeping(url: str, seconds: float = 0.15) -> AsyncIterator[asyncio.subprocess.Process]:
    """A worker process; killed at the end."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "naps.sleeper", url, str(seconds)), cwd=TESTS, env=os.environ
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def ended(nap: Nap) -> bool:
    """Its worker has let go of it, too."""
    return nap.end_time is not None and nap.lease_owner is None


async def reached(load, id, condition) -> Nap:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition(nap := await load(id)):  # noqa: ASYNC110  # the row has no event
            await asyncio.sleep(0.02)
    return nap


async def test_a_killed_workers_job_is_taken_over_where_it_was(database_url: str, save, load, breaths, attempts) -> None:
    nap = await save(breaths=BREATHS)
    async with sleeping(database_url) as first:
        await reached(load, nap.id, lambda nap: nap.progress_done >= 3)
        first.send_signal(signal.SIGKILL)
        await first.wait()
        assert (await load(nap.id)).state == "asleep"
        async with sleeping(database_url):
            done = await reached(load, nap.id, ended)
    assert (done.state, await breaths(nap.id)) == ("rested", list(range(BREATHS)))
    first_attempt, second = await attempts(nap.id)
    assert (first_attempt.outcome, second.outcome) == ("lost", "done")
    assert first_attempt.worker != second.worker


async def test_two_workers_of_which_one_is_killed_again_and_again(database_url: str, save, load, breaths) -> None:
    naps = [await save(breaths=BREATHS) for _ in range(4)]
    async with sleeping(database_url, 0.05):
        for _ in range(3):
            async with sleeping(database_url, 0.05) as victim:
                await asyncio.sleep(1.5)
                victim.send_signal(signal.SIGKILL)
        for nap in naps:
            done = await reached(load, nap.id, ended)
            assert (done.state, await breaths(nap.id)) == ("rested", list(range(BREATHS)))


@pytest.mark.parametrize(("decision", "state"), [("pause", "paused"), ("cancel", "cancelled")])
async def test_a_worker_lets_go_of_what_a_person_stops(
    database_url: str, committing: Database, save, load, breaths, decision: str, state: str
) -> None:
    nap = await save(breaths=BREATHS)
    async with sleeping(database_url):
        await reached(load, nap.id, lambda nap: nap.progress_done >= 2)
        async with committing.transaction() as session:
            getattr(await session.get_one(Nap, nap.id, with_for_update=True), decision)()
        done = len(await breaths(nap.id))
        # It goes on with others, and writes nothing of this one any more.
        other = await save(breaths=2)
        await reached(load, other.id, ended)
        assert ((await load(nap.id)).state, len(await breaths(nap.id))) == (state, done)
        if decision == "pause":
            async with committing.transaction() as session:
                (await session.get_one(Nap, nap.id)).resume()
            assert (await reached(load, nap.id, ended)).state == "rested"
            assert sorted(await breaths(nap.id)) == list(range(BREATHS))


async def test_a_worker_whose_database_was_away_ends_its_job(database_url: str, save, load, breaths) -> None:
    nap = await save(breaths=BREATHS)
    gate = Gate(database_url)
    async with gate.opened() as port, sleeping(gate.url(port)):
        await reached(load, nap.id, lambda nap: nap.progress_done >= 2)
        gate.close()
        while gate.turned_away < 3:  # noqa: ASYNC110  # nothing tells it
            await asyncio.sleep(0.02)
        gate.open()
        done = await reached(load, nap.id, ended)
    assert (done.state, await breaths(nap.id)) == ("rested", list(range(BREATHS)))
