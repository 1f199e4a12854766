"""Who works at a job: claims, their renewal, and the fence that keeps a worker that lost its claim from writing."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import Select, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from chassis.db import Database
from chassis.ids import uuid7
from chassis.times import now
from imports_svc.jobs.errors import WorkerLost
from imports_svc.jobs.models import LIVE, File, Job
from imports_svc.jobs.order import before_it
from imports_svc.jobs.repository import JobRepository, note_job
from imports_svc.pipeline.errors import LeaseLost, TurnOver

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=30)
HEARTBEAT_SECONDS = 10.0
# How soon a worker notices that its job was paused or cancelled.
WATCH_SECONDS = 1.0
# Files of a few seconds' work: they do not wait for larger ones.
SMALL_BYTES = 2 * 1024 * 1024
# How long a job with a larger file is worked at while another one waits.
TURN_SECONDS = 5.0
# A job at which this many workers died in a row would only kill the next one.
MAX_TAKEOVERS = 20


@dataclass(frozen=True)
class Lease:
    """The right to work at one job until it expires or is taken away. Each claim has an owner of its own."""

    database: Database
    job_id: UUID
    owner: UUID
    small: bool
    # Of the trace to which the work belongs.
    traceparent: str = ""
    since: float = field(default_factory=time.monotonic)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[tuple[AsyncSession, Job]]:
        """A transaction with the job locked; raises LeaseLost when the lease is not ours any more."""
        async with self.database.transaction() as session:
            mine = select(Job).where(Job.id == self.job_id, Job.lease_owner == self.owner)
            job = await session.scalar(mine.with_for_update(key_share=True))
            if job is None:
                raise LeaseLost
            before = job.state
            yield session, job
            if job.state != before:
                await JobRepository(session).tell(job)

    @asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """Renew the lease as long as the block runs, and give it back at its end.

        The block is cancelled as soon as the lease is taken away, and LeaseLost raised.
        """
        taken = asyncio.timeout(None)
        watching = asyncio.create_task(self._watch(taken))
        try:
            async with taken:
                yield
        except TimeoutError:
            if taken.expired():
                raise LeaseLost from None
            raise
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
            await self._write(lease_owner=None, lease_expires=None)

    async def _watch(self, taken: asyncio.Timeout) -> None:
        clock = asyncio.get_running_loop().time
        renewed = clock()
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            try:
                if clock() - renewed >= HEARTBEAT_SECONDS:
                    await self._write(lease_expires=now() + LEASE)
                    renewed = clock()
                if not await self._is_ours():
                    taken.reschedule(clock())
                    return
            except Exception as error:
                # Whatever it is: a database that does not answer may come back in time; if it does not, the fence holds.
                log.warning("lease not renewed", job_id=str(self.job_id), error=repr(error))

    async def _is_ours(self) -> bool:
        async with self.database.transaction() as session:
            mine = select(Job.id).where(Job.id == self.job_id, Job.lease_owner == self.owner)
            return await session.scalar(mine) is not None

    async def offer_turn(self) -> None:
        """Raises TurnOver when the job had its time and another one that may not run beside it is due."""
        if time.monotonic() - self.since < TURN_SECONDS:
            return
        async with self.database.transaction() as session:
            if await session.scalar(_due(now(), smallest=SMALL_BYTES).limit(1)) is not None:
                raise TurnOver

    async def keep_order(self) -> None:
        """Raises TurnOver when an earlier job of one of the suppliers, which are known once the file was read, is not done."""
        waits = select(Job.id).where(Job.id == self.job_id, exists().where(*before_it(aliased(Job))))
        async with self.database.transaction() as session:
            if await session.scalar(waits) is not None:
                raise TurnOver

    async def _write(self, **values: object) -> None:
        async with self.database.transaction() as session:
            note_job(self.job_id)
            await session.execute(
                update(Job)
                .where(Job.id == self.job_id, Job.lease_owner == self.owner)
                .values(update_time=Job.update_time, **values)
            )


def _due(moment: datetime, *, smallest: int = -1, largest: int = 1 << 62) -> Select[tuple[Job, int]]:
    """Jobs that a worker may take, with the size of their file, the one that has been due longest first."""
    return (
        select(Job, File.size)
        .join(File, File.id == Job.file_id)
        .where(
            Job.state.in_(LIVE),
            Job.next_attempt_time <= moment,
            or_(Job.lease_expires.is_(None), Job.lease_expires < moment),
            File.size > smallest,
            File.size <= largest,
            ~exists().where(*before_it(aliased(Job))),
        )
        .order_by(Job.next_attempt_time)
    )


async def claim(database: Database, *, small: bool = False) -> Lease | None:
    """Take the job that has been due longest and that nobody works at, expired leases included; None when there is none.

    `small`: only a job with a small file, to work at beside a large one.
    """
    moment = now()
    due = _due(moment, largest=SMALL_BYTES) if small else _due(moment)
    async with database.transaction() as session:
        found = (await session.execute(due.limit(1).with_for_update(of=Job, skip_locked=True))).first()
        if found is None:
            return None
        job, size = found
        job.takeovers = job.takeovers + 1 if job.lease_owner else 0
        if job.takeovers > MAX_TAKEOVERS:
            lost = WorkerLost(job.takeovers)
            job.fail(lost.reason, lost.message)
            await JobRepository(session).tell(job)
            return None
        job.lease_owner, job.lease_expires = uuid7(), moment + LEASE
        return Lease(database, job.id, job.lease_owner, size <= SMALL_BYTES, job.traceparent)
