"""Who works at a job: claims, their renewal, and the fence that keeps a worker that lost its claim from writing."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Generic
from uuid import UUID

import structlog
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.db import Database
from chassis.ids import uuid7
from chassis.times import now
from jobs import claims
from jobs.attempts import Outcome, this_worker
from jobs.errors import LeaseLost, TurnOver, WorkerLost
from jobs.kinds import MAX_TAKEOVERS, J, Kind

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=30)
HEARTBEAT_SECONDS = 10.0
# How soon a worker notices that its job was paused or cancelled.
WATCH_SECONDS = 1.0
# How long a large job is worked at while another one waits.
TURN_SECONDS = 5.0


@dataclass
class Ending:
    """What becomes of the attempt for which a lease was given."""

    outcome: Outcome = "done"
    reason: str = ""
    message: str = ""


@dataclass(frozen=True)
class Lease(Generic[J]):
    """The right to work at one job until it expires or is taken away. Each claim has an owner of its own."""

    database: Database
    kind: Kind[J]
    job_id: UUID
    owner: UUID
    small: bool
    # The number of the attempt.
    attempt: int
    priority: int = 0
    # Of the trace to which the work belongs.
    traceparent: str = ""
    since: float = field(default_factory=time.monotonic)
    ending: Ending = field(default_factory=Ending)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[tuple[AsyncSession, J]]:
        """A transaction with the job locked; raises LeaseLost when the lease is not ours any more."""
        model = self.kind.model
        async with self.database.transaction() as session:
            mine = select(model).where(model.id == self.job_id, model.lease_owner == self.owner)
            job = await session.scalar(mine.with_for_update(key_share=True))
            if job is None:
                raise LeaseLost
            before = job.state
            yield session, job
            if job.state != before:
                await self.kind.tell(session, job)

    @asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """Renew the lease as long as the block runs; give it back at its end, and note how the attempt ended.

        The block is cancelled as soon as the lease is taken away, and LeaseLost raised.
        """
        taken = asyncio.timeout(None)
        watching = asyncio.create_task(self._watch(taken))
        try:
            async with taken:
                yield
        except TimeoutError:
            if taken.expired():
                self.ends("taken")
                raise LeaseLost from None
            self.ends("failed")
            raise
        except BaseException as error:
            self.ends(_outcome(error))
            raise
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
            await self._give_back()

    def ends(self, outcome: Outcome, reason: str = "", message: str = "") -> None:
        """Say what becomes of the attempt; the first word counts."""
        if self.ending.outcome == "done":
            self.ending.outcome, self.ending.reason, self.ending.message = outcome, reason, message

    async def offer_turn(self) -> None:
        """Raises TurnOver when the job had its time and another one that may not run beside it is due."""
        if time.monotonic() - self.since < TURN_SECONDS:
            return
        moment = now()
        waiting = claims.due(self.kind, self.kind.cost() > self.kind.small_cost)
        # It would go to the end of the queue, where it still is before some that wait when it has priority.
        before = claims.place(self.kind) < moment - timedelta(minutes=self.priority)
        async with self.database.transaction() as session:
            if await session.scalar(waiting.where(before).limit(1), {"the_at": moment}) is not None:
                raise TurnOver

    async def keep_order(self) -> None:
        """Raises TurnOver when the job may not be taken any more (`Kind.due`), after what was learnt since it was claimed."""
        model = self.kind.model
        async with self.database.transaction() as session:
            if await session.scalar(select(model.id).where(model.id == self.job_id, *self.kind.due())) is None:
                raise TurnOver

    async def _watch(self, taken: asyncio.Timeout) -> None:
        clock = asyncio.get_running_loop().time
        renewed = clock()
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            try:
                if clock() - renewed >= HEARTBEAT_SECONDS:
                    await self._renew()
                    renewed = clock()
                if not await self._is_ours():
                    taken.reschedule(clock())
                    return
            except Exception as error:
                # Whatever it is: a database that does not answer may come back in time; if it does not, the fence holds.
                log.warning("lease not renewed", job_id=str(self.job_id), error=repr(error))

    async def _is_ours(self) -> bool:
        model = self.kind.model
        async with self.database.transaction() as session:
            mine = select(model.id).where(model.id == self.job_id, model.lease_owner == self.owner)
            return await session.scalar(mine) is not None

    async def _renew(self) -> None:
        model = self.kind.model
        async with self.database.transaction() as session:
            self.kind.note(self.job_id)
            mine = update(model).where(model.id == self.job_id, model.lease_owner == self.owner)
            await session.execute(mine.values(update_time=model.update_time, lease_expires=now() + LEASE))

    async def _give_back(self) -> None:
        async with self.database.transaction() as session:
            self.kind.note(self.job_id)
            ended = _ended(self.job_id, self.owner, self.attempt, self.ending)
            # On the connection: what a session adds to an UPDATE of a table of its own is of no use here.
            await (await session.connection()).execute(claims.giving_back(self.kind), ended)


def _ended(job: UUID, holder: UUID | None, attempt: int, ending: Ending) -> dict[str, object]:
    """What `claims.giving_back` takes."""
    said: dict[str, object] = {"the_how": ending.outcome, "the_why": ending.reason, "the_said": ending.message}
    return said | {"the_job": job, "the_holder": holder, "the_attempt": attempt, "the_at": now()}


def _outcome(error: BaseException) -> Outcome:
    if isinstance(error, LeaseLost):
        return "taken"
    if isinstance(error, TurnOver):
        return "turn"
    return "failed" if isinstance(error, Exception) else "stopped"


async def claim(database: Database, kind: Kind[J], *, small: bool = False) -> Lease[J] | None:
    """Take the job that has been due longest and that nobody works at, expired leases included; None when there is none.

    `small`: only a small job, to work at beside a large one.
    """
    moment, owner = now(), uuid7()
    async with database.transaction() as session:
        given = {"the_at": moment, "the_holder": owner, "the_until": moment + LEASE, "the_process": this_worker()}
        found = (await (await session.connection()).execute(claims.claiming(kind, small=small), given)).first()
        if found is None:
            return None
        kind.note(found.id)
        if found.takeovers > MAX_TAKEOVERS:
            await _give_up(session, kind, found.id)
            return None
        return Lease(
            database, kind, found.id, owner, found.cost <= kind.small_cost, found.attempts, found.priority, found.traceparent
        )


async def _give_up(session: AsyncSession, kind: Kind[J], id: UUID) -> None:
    """End a job that kills its workers, and the attempt that has just begun."""
    job = await session.get_one(kind.model, id)
    lost = WorkerLost(job.takeovers, kind.again)
    ended = _ended(job.id, job.lease_owner, job.attempts, Ending("failed", lost.reason, lost.message))
    await (await session.connection()).execute(claims.giving_back(kind), ended)
    await session.refresh(job)
    job.fail(lost.reason, lost.message)
    await kind.tell(session, job)
