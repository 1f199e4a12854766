"""The loop of a worker process: what is due is worked at, and whatever goes wrong is told apart."""

import asyncio
from abc import ABC, abstractmethod
from typing import Generic

import structlog

from chassis import metrics, tracing
from chassis.db import Database
from chassis.times import now
from jobs.errors import LeaseLost, TurnOver
from jobs.kinds import J, Kind
from jobs.leases import Lease, claim

log = structlog.get_logger(__name__)

# Jobs that one process works at side by side: a large one and small ones.
LANES = 2


class Worker(ABC, Generic[J]):
    """Works at one large job of a kind at most, and at small ones beside it. `work` is what `jobs.waking.worker_app` calls."""

    def __init__(self, database: Database, kind: Kind[J]) -> None:
        self._database = database
        self._kind = kind
        self._claiming = asyncio.Lock()
        self._large: Lease[J] | None = None

    @abstractmethod
    async def move_on(self, lease: Lease[J]) -> None:
        """Take the job as far as it goes without a person, by transactions of the lease.

        A step must begin from what the database says: its worker may have died anywhere in it. Raises LeaseLost, TurnOver, and
        whatever else: `Kind` says what that means for the job.
        """

    async def ended(self, job: J) -> None:  # most have nothing to count
        """Count what an ended job has done."""

    async def between(self) -> None:  # most have nothing to do
        """What is to be done behind every look for work, whether there was some or not."""

    async def work(self) -> bool:
        """Take the next job as far as it goes; False when none is due. May be called again while it works."""
        async with self._claiming:
            lease = await claim(self._database, self._kind, small=self._large is not None)
            if lease is not None and not lease.small:
                self._large = lease
        if lease is not None:
            try:
                await self._work_at(lease)
            finally:
                if self._large is lease:
                    self._large = None
        await self.between()
        return lease is not None

    async def _work_at(self, lease: Lease[J]) -> None:
        name = f"{self._kind.name} job"
        try:
            async with lease.held():
                with tracing.entered(lease.traceparent), tracing.span(name, "CONSUMER", job_id=str(lease.job_id)):
                    await self._move_on(lease)
                    await self._count(lease)
        except LeaseLost:
            log.info("job taken away", job_id=str(lease.job_id))

    async def _move_on(self, lease: Lease[J]) -> None:
        try:
            await self.move_on(lease)
        except LeaseLost:
            raise
        except TurnOver:
            async with lease.transaction() as (_, job):
                job.next_attempt_time = now()
            lease.ends("turn")
        except self._kind.hopeless as error:
            reason, message = self._kind.told(error)
            async with lease.transaction() as (_, job):
                job.fail(reason, message)
            lease.ends("failed", reason, message)
        except Exception as error:
            log.exception("job failed for now", job_id=str(lease.job_id))
            away, (reason, message) = self._kind.is_outage(error), self._kind.told(error)
            async with lease.transaction() as (_, job):
                (job.wait if away else job.postpone)(reason, message)
            lease.ends("away" if away else "failed", reason, message)

    async def _count(self, lease: Lease[J]) -> None:
        async with lease.transaction() as (_, job):
            if job.end_time is None:
                return
            metrics.JOBS_ENDED.labels(self._kind.queue, job.state).inc()
            await self.ended(job)
