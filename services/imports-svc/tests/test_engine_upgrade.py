"""Imports of the version before the library of jobs, in whatever state they were: the new engine goes on with them."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest
from alembic import command
from sqlalchemy import select

from chassis import migrations
from chassis.db import Database
from chassis.times import now
from imports_svc.jobs.kind import IMPORTS
from imports_svc.jobs.models import Attempt, Job
from imports_svc.pipeline.leases import claim
from jobs.messages import job_proto
from jobs.repository import JobsRepository

BEFORE = "0006"
IN_FLIGHT, PAUSED, HELD, POSTPONED, FAILED = (UUID(int=number) for number in range(1, 6))
ROW = """
INSERT INTO import_files VALUES ($1, 'feed.csv', 'imports', $1::text, 10, '00', now());
"""
JOB = """
INSERT INTO import_jobs (id, file_id, supplier_name, state, auto_apply, force, overrides, confirmed, resume_state, hold_reason,
                         failure_reason, attempt, progress_stage, progress_done, next_attempt_time, lease_owner, lease_expires)
VALUES ($1, $1, $2, $3, false, false, '{}', false, $4, $5, $6, $7, $8, $9, now() + make_interval(secs => $10), $11, $12)
"""


@pytest.fixture
async def upgraded(migrations_dir: Path, postgres_server: str) -> AsyncIterator[Database]:
    """A database that the version before filled, and that was migrated since."""
    server = postgres_server.rsplit("/", 1)[0]
    admin = await asyncpg.connect(postgres_server)
    await admin.execute("CREATE DATABASE test_engine_upgrade")
    url = f"{server}/test_engine_upgrade"
    await asyncio.to_thread(command.upgrade, migrations.config(migrations_dir, url), BEFORE)
    connection = await asyncpg.connect(url)
    gone = now() - timedelta(seconds=1)
    for id, *values in (
        (IN_FLIGHT, "Flying", "applying", "", "", "", 0, "applying", 7, 0, UUID(int=99), gone),
        (PAUSED, "Paused", "paused", "mapped", "", "", 0, "reading", 3, 0, None, None),
        (HELD, "Held", "held", "", "Why?", "", 0, "", 0, 0, None, None),
        (POSTPONED, "Postponed", "mapped", "", "", "INTERNAL", 2, "", 0, 300, None, None),
        (FAILED, "Failed", "failed", "", "", "INTERNAL", 0, "", 0, 0, None, None),
    ):
        await connection.execute(ROW.replace("$1", f"'{id}'"))
        await connection.execute(JOB, id, *values)
    await connection.close()
    await asyncio.to_thread(migrations.upgrade, migrations_dir, url)
    opened = Database.connect(url, pool_size=2)
    yield opened
    await opened.close()
    await admin.execute("DROP DATABASE test_engine_upgrade WITH (FORCE)")
    await admin.close()


async def test_whatever_was_in_flight_goes_on(upgraded: Database, load) -> None:
    lease = await claim(upgraded)
    assert lease is not None
    assert (lease.job_id, lease.attempt) == (IN_FLIGHT, 1)
    taken = await load(upgraded, IN_FLIGHT)
    assert (taken.state, taken.takeovers, taken.progress_done, taken.progress_from) == ("applying", 1, 7, 7)
    assert await claim(upgraded) is None, "what is paused, held or put off is left alone"

    async with upgraded.transaction() as session:
        (await session.get_one(Job, PAUSED)).resume()
    resumed = await claim(upgraded)
    assert resumed is not None
    assert (resumed.job_id, (await load(upgraded, PAUSED)).state) == (PAUSED, "mapped")

    postponed = await load(upgraded, POSTPONED)
    assert (postponed.attempt, postponed.attempts, postponed.failure_reason) == (2, 0, "INTERNAL")
    async with upgraded.transaction() as session:
        (await session.get_one(Job, POSTPONED)).next_attempt_time = now()
    again = await claim(upgraded)
    assert again is not None
    assert again.job_id == POSTPONED
    async with again.transaction() as (_, job):
        job.postpone("INTERNAL", "The log says what.")
    assert (await load(upgraded, POSTPONED)).attempt == 3, "what it had failed of before still counts"

    async with upgraded.transaction() as session:
        shown = {id: job_proto(IMPORTS, await JobsRepository(session, IMPORTS).find(id)) for id in (HELD, FAILED)}
        assert (shown[HELD].wait_reason, shown[FAILED].failure_reason) == ("Why?", "INTERNAL")
        await IMPORTS.retry(session, await JobsRepository(session, IMPORTS).find(FAILED))
        assert len((await session.scalars(select(Attempt))).all()) == 3
    assert (await load(upgraded, FAILED)).state == "uploaded"
