"""Who works at a job: claims, their renewal, and the fence that keeps a worker that lost its claim from writing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import structlog
from sqlalchemy import or_, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.db import Database
from chassis.ids import uuid7
from chassis.times import now
from imports_svc.jobs.errors import WorkerLost
from imports_svc.jobs.models import LIVE, Job
from imports_svc.pipeline.errors import LeaseLost

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=30)
HEARTBEAT_SECONDS = 10.0
# A job at which this many workers died in a row would only kill the next one.
MAX_TAKEOVERS = 20


@dataclass(frozen=True)
class Lease:
    """The right to work at one job until it expires or is taken away. Each claim has an owner of its own."""

    database: Database
    job_id: UUID
    owner: UUID

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[tuple[AsyncSession, Job]]:
        """A transaction with the job locked; raises LeaseLost when the lease is not ours any more."""
        async with self.database.transaction() as session:
            mine = select(Job).where(Job.id == self.job_id, Job.lease_owner == self.owner)
            job = await session.scalar(mine.with_for_update(key_share=True))
            if job is None:
                raise LeaseLost
            yield session, job

    @asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """Renew the lease as long as the block runs, and give it back at its end."""
        renewing = asyncio.create_task(self._renew())
        try:
            yield
        finally:
            renewing.cancel()
            await self._write(lease_owner=None, lease_expires=None)

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            # A database that does not answer may come back in time; if it does not, the fence holds.
            with suppress(SQLAlchemyError, OSError, TimeoutError):
                await self._write(lease_expires=now() + LEASE)

    async def _write(self, **values: object) -> None:
        async with self.database.transaction() as session:
            await session.execute(
                update(Job)
                .where(Job.id == self.job_id, Job.lease_owner == self.owner)
                .values(update_time=Job.update_time, **values)
            )


async def claim(database: Database) -> Lease | None:
    """Take the job that has been due longest and that nobody works at, expired leases included; None when there is none."""
    moment = now()
    due = (
        select(Job)
        .where(
            Job.state.in_(LIVE),
            Job.next_attempt_time <= moment,
            or_(Job.lease_expires.is_(None), Job.lease_expires < moment),
        )
        .order_by(Job.next_attempt_time)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    async with database.transaction() as session:
        job = await session.scalar(due)
        if job is None:
            return None
        job.takeovers = job.takeovers + 1 if job.lease_owner else 0
        if job.takeovers > MAX_TAKEOVERS:
            lost = WorkerLost(job.takeovers)
            job.fail(lost.reason, lost.message)
            return None
        job.lease_owner, job.lease_expires = uuid7(), moment + LEASE
        return Lease(database, job.id, job.lease_owner)
