"""The statements by which a job becomes a worker's and is given back: one each, its attempt included."""

from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Select,
    Table,
    Update,
    case,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from jobs.attempts import GOES_ON
from jobs.kinds import AnyKind

_MINUTE = timedelta(minutes=1)


def place(kind: AnyKind) -> ColumnElement[datetime]:
    """The place in the queue: when a job became due, less the minutes of its priority."""
    model = kind.model
    found: ColumnElement[datetime] = model.next_attempt_time - model.priority * literal(_MINUTE)
    return found


def free(kind: AnyKind, moment: datetime | ColumnElement[datetime]) -> ColumnElement[bool]:
    """Whether nobody works at a job, or whoever did has died."""
    model = kind.model
    return or_(model.lease_expires.is_(None), model.lease_expires < moment)


def due(kind: AnyKind, moment: datetime, *, smallest: int | None = None, largest: int | None = None) -> Select[Any]:
    """Jobs that a worker may take, with their costs, the one that has been due longest first; larger than `smallest`."""
    model, cost = kind.model, kind.cost()
    bounds = [] if smallest is None else [cost > smallest]
    bounds += [] if largest is None else [cost <= largest]
    return (
        select(model.id, cost.label("cost"))
        .where(
            model.state.in_(model.states.live),
            model.next_attempt_time <= moment,
            free(kind, moment),
            *bounds,
            *kind.due(),
        )
        .order_by(place(kind), model.id)
    )


def claiming(kind: AnyKind, moment: datetime, owner: UUID, until: datetime, worker: str, *, small: bool) -> Select[Any]:
    """Take the next job, end the attempt of a worker that died at it, begin one or go on with one that was interrupted."""
    jobs, attempts = _table(kind.model), _table(kind.attempts)
    found = due(kind, moment, largest=kind.small_cost if small else None)
    next_one = found.limit(1).with_for_update(of=kind.model, skip_locked=True).cte("next_one")
    goes_on = exists().where(
        attempts.c.job_id == jobs.c.id, attempts.c.number == jobs.c.attempts, attempts.c.outcome.in_(GOES_ON)
    )
    taken = (
        update(jobs)
        .where(jobs.c.id == next_one.c.id)
        .values(
            lease_owner=owner,
            lease_expires=until,
            takeovers=case((jobs.c.lease_owner.is_(None), 0), else_=jobs.c.takeovers + 1),
            attempts=jobs.c.attempts + case((goes_on, 0), else_=1),
            # Nobody moved it on meanwhile: its rate counts from here.
            progress_since=case((jobs.c.progress_stage != "", literal(moment, DateTime(timezone=True))), else_=null()),
            progress_from=jobs.c.progress_done,
            # What the model sets by itself is not set inside of a larger statement.
            update_time=moment,
        )
        .returning(
            *(jobs.c.id, jobs.c.takeovers, jobs.c.attempts, jobs.c.priority, jobs.c.traceparent, next_one.c.cost),
        )
        .cte("taken")
    )
    lost = (
        update(attempts)
        .where(attempts.c.job_id == taken.c.id, attempts.c.number < taken.c.attempts, attempts.c.end_time.is_(None))
        .values(end_time=moment, outcome="lost")
        .returning(attempts.c.number)
        .cte("lost")
    )
    first = select(taken.c.id, taken.c.attempts, literal(worker), literal(moment, DateTime(timezone=True)))
    begun = insert(attempts).from_select(["job_id", "number", "worker", "begin_time"], first, include_defaults=False)
    again = {"worker": begun.excluded.worker, "claims": attempts.c.claims + 1, "end_time": None, "outcome": ""}
    noted = (
        begun.on_conflict_do_update(index_elements=["job_id", "number"], set_=again | {"reason": "", "message": ""})
        .returning(attempts.c.number)
        .cte("noted")
    )
    return select(taken).add_cte(lost, noted)


def giving_back(kind: AnyKind, job_id: UUID, owner: UUID | None, attempt: int) -> Update:
    """Give a lease back if it is still the owner's, and end its attempt if it has not ended: with which values, is added."""
    jobs, attempts = _table(kind.model), _table(kind.attempts)
    freed = (
        update(jobs)
        .where(jobs.c.id == job_id, jobs.c.lease_owner == owner)
        .values(lease_owner=None, lease_expires=None, update_time=jobs.c.update_time)
        .returning(jobs.c.id)
        .cte("freed")
    )
    ended = update(attempts).where(attempts.c.job_id == job_id, attempts.c.number == attempt, attempts.c.end_time.is_(None))
    return ended.add_cte(freed)


def waiting(kind: AnyKind) -> Select[Any]:
    """How many jobs are due and nobody's, and for how many seconds the oldest of them has been."""
    model, moment = kind.model, func.now()
    oldest = func.extract("epoch", moment - func.min(model.next_attempt_time))
    live = model.state.in_(model.states.live)
    return select(func.count(), oldest).where(live, model.next_attempt_time <= moment, free(kind, moment))


def counted(kind: AnyKind) -> Select[Any]:
    """How many jobs have not ended, by state."""
    model = kind.model
    return select(model.state, func.count()).where(model.state.not_in(model.states.final)).group_by(model.state)


def _table(model: Any) -> Table:
    return cast(Table, model.__table__)
