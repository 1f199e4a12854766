"""Reading jobs of one kind for people."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, false, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.times import now
from jobs import claims
from jobs.attempts import AttemptColumns
from jobs.kinds import AnyKind
from jobs.states import CANCELLED, FAILED, PAUSED
from pm.common.v1 import jobs_pb2 as pb

MAX_ATTEMPTS = 100


@dataclass(frozen=True)
class Wanted:
    """Which jobs a list is to show; what is empty does not matter."""

    states: Collection["pb.Job.State.ValueType"] = ()
    supplier_name: str = ""
    since: datetime | None = None
    before: datetime | None = None
    # Those that changed since then.
    updated: datetime | None = None
    # Behind the job of this id.
    after: UUID | None = None


class JobsRepository:
    def __init__(self, session: AsyncSession, kind: AnyKind) -> None:
        self._session = session
        self._kind = kind

    async def find(self, id: UUID, *, lock: bool = False) -> Any:
        """The job with what is shown of it, None when there is none of this kind; `lock` keeps others from changing it."""
        model = self._kind.model
        statement = select(model).options(*self._kind.options()).where(model.id == id)
        if lock:
            statement = statement.with_for_update(key_share=True, of=model)
        return await self._session.scalar(statement)

    async def attempts(self, id: UUID) -> Sequence[AttemptColumns]:
        """The attempts at a job, the newest first."""
        model = self._kind.attempts
        statement = select(model).where(model.job_id == id).order_by(model.number.desc()).limit(MAX_ATTEMPTS)
        found: Sequence[AttemptColumns] = (await self._session.scalars(statement)).all()
        return found

    async def page(self, wanted: Wanted, limit: int) -> Sequence[Any]:
        """Jobs, newest first. Their ids ascend with the time at which they were made."""
        model = self._kind.model
        statement = select(model).options(*self._kind.options()).order_by(model.id.desc()).limit(limit)
        if wanted.after is not None:
            statement = statement.where(model.id < wanted.after)
        if wanted.states:
            statement = statement.where(or_(*(self._is_in(state) for state in wanted.states)))
        if wanted.supplier_name:
            whose = self._kind.of_supplier(wanted.supplier_name)
            statement = statement.where(false() if whose is None else whose)
        if wanted.since is not None:
            statement = statement.where(model.create_time >= wanted.since)
        if wanted.before is not None:
            statement = statement.where(model.create_time < wanted.before)
        if wanted.updated is not None:
            statement = statement.where(model.update_time >= wanted.updated)
        return (await self._session.scalars(statement)).all()

    def _is_in(self, state: "pb.Job.State.ValueType") -> ColumnElement[bool]:
        model, states = self._kind.model, self._kind.model.states
        live, free = claims.live(self._kind), claims.free(self._kind, now())
        conditions: dict[int, Callable[[], ColumnElement[bool]]] = {
            pb.Job.STATE_QUEUED: lambda: live & free,
            pb.Job.STATE_RUNNING: lambda: live & ~free,
            pb.Job.STATE_WAITING: lambda: model.state.in_(states.waiting),
            pb.Job.STATE_PAUSED: lambda: model.state == PAUSED,
            pb.Job.STATE_DONE: lambda: model.state == states.done,
            pb.Job.STATE_FAILED: lambda: model.state == FAILED,
            pb.Job.STATE_CANCELLED: lambda: model.state == CANCELLED,
        }
        return conditions[state]() if state in conditions else false()
