"""The statements by which a job becomes a worker's and is given back: one each, its attempt included.

They are large, and a worker that finds nothing runs one every few seconds: each is put together once for a kind, and takes what
differs by name.
"""

from datetime import timedelta
from functools import cache
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Select,
    String,
    Table,
    Update,
    Uuid,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from jobs.attempts import GOES_ON
from jobs.kinds import AnyKind

_MINUTE = timedelta(minutes=1)
# No column of a service's is called so. What a claim takes: the present moment, the owner, the end of the lease, the worker.
MOMENT: ColumnElement[Any] = bindparam("the_at", type_=DateTime(timezone=True))
_OWNER: ColumnElement[Any] = bindparam("the_holder", type_=Uuid())
_UNTIL: ColumnElement[Any] = bindparam("the_until", type_=DateTime(timezone=True))
_WORKER: ColumnElement[Any] = bindparam("the_process", type_=String())
# What its end takes, beside the owner: the job, the attempt, when it ended and how.
_JOB: ColumnElement[Any] = bindparam("the_job", type_=Uuid())


def place(kind: AnyKind) -> ColumnElement[Any]:
    """The place in the queue: since when a job has waited for its turn, less the minutes of its priority."""
    found: ColumnElement[Any] = kind.since() - kind.model.priority * literal(_MINUTE)
    return found


def free(kind: AnyKind, moment: Any) -> ColumnElement[bool]:
    """Whether nobody works at a job, or whoever did has died."""
    model = kind.model
    return or_(model.lease_expires.is_(None), model.lease_expires < moment)


def live(kind: AnyKind) -> ColumnElement[bool]:
    """Whether workers move a job on; written out, so that PostgreSQL sees that the index of those is enough."""
    model = kind.model
    found: ColumnElement[bool] = model.state.in_([literal_column(f"'{state}'") for state in model.states.live])
    return found


def due(kind: AnyKind, *bounds: ColumnElement[bool]) -> Select[Any]:
    """Jobs that a worker may take at MOMENT, with their costs, the one that has been due longest first."""
    model = kind.model
    takeable = and_(live(kind), model.next_attempt_time <= MOMENT, free(kind, MOMENT), *bounds, *kind.due())
    return select(model.id, kind.cost().label("cost")).where(takeable).order_by(place(kind), model.id)


@cache
def claiming(kind: AnyKind, *, small: bool) -> Select[Any]:
    """Take the next job, end the attempt of a worker that died at it, begin one or go on with one that was interrupted."""
    jobs, attempts = _table(kind.model), _table(kind.attempts)
    found = due(kind, kind.cost() <= kind.small_cost) if small else due(kind)
    next_one = found.limit(1).with_for_update(of=kind.model, skip_locked=True).cte("next_one")
    goes_on = exists().where(
        attempts.c.job_id == jobs.c.id, attempts.c.number == jobs.c.attempts, attempts.c.outcome.in_(GOES_ON)
    )
    taken = (
        update(jobs)
        .where(jobs.c.id == next_one.c.id)
        .values(
            lease_owner=_OWNER,
            lease_expires=_UNTIL,
            takeovers=case((jobs.c.lease_owner.is_(None), 0), else_=jobs.c.takeovers + 1),
            attempts=jobs.c.attempts + case((goes_on, 0), else_=1),
            # Nobody moved it on meanwhile: its rate counts from here.
            progress_since=case((jobs.c.progress_stage != "", MOMENT), else_=null()),
            progress_from=jobs.c.progress_done,
            # What the model sets by itself is not set inside of a larger statement.
            update_time=MOMENT,
        )
        .returning(jobs.c.id, jobs.c.takeovers, jobs.c.attempts, jobs.c.priority, jobs.c.traceparent, next_one.c.cost)
        .cte("taken")
    )
    lost = (
        update(attempts)
        .where(attempts.c.job_id == taken.c.id, attempts.c.number < taken.c.attempts, attempts.c.end_time.is_(None))
        .values(end_time=MOMENT, outcome="lost")
        .returning(attempts.c.number)
        .cte("lost")
    )
    first = select(taken.c.id, taken.c.attempts, _WORKER, MOMENT)
    begun = insert(attempts).from_select(["job_id", "number", "worker", "begin_time"], first, include_defaults=False)
    again = {"worker": begun.excluded.worker, "claims": attempts.c.claims + 1, "end_time": None, "outcome": ""}
    noted = (
        begun.on_conflict_do_update(index_elements=["job_id", "number"], set_=again | {"reason": "", "message": ""})
        .returning(attempts.c.number)
        .cte("noted")
    )
    return select(taken).add_cte(lost, noted)


@cache
def giving_back(kind: AnyKind) -> Update:
    """Give a lease back if it is still the owner's, and end its attempt if it has not ended."""
    jobs, attempts = _table(kind.model), _table(kind.attempts)
    freed = (
        update(jobs)
        .where(jobs.c.id == _JOB, jobs.c.lease_owner == _OWNER)
        .values(lease_owner=None, lease_expires=None, update_time=jobs.c.update_time)
        .returning(jobs.c.id)
        .cte("freed")
    )
    return (
        update(attempts)
        .where(attempts.c.job_id == _JOB, attempts.c.number == bindparam("the_attempt"), attempts.c.end_time.is_(None))
        .values(end_time=MOMENT, outcome=bindparam("the_how"), reason=bindparam("the_why"), message=bindparam("the_said"))
        .add_cte(freed)
    )


def waiting(kind: AnyKind) -> Select[Any]:
    """How many jobs are due and nobody's, and for how many seconds the oldest of them has been."""
    model, moment = kind.model, func.now()
    oldest = func.extract("epoch", moment - func.min(model.next_attempt_time))
    return select(func.count(), oldest).where(live(kind), model.next_attempt_time <= moment, free(kind, moment))


def counted(kind: AnyKind) -> Select[Any]:
    """How many jobs have not ended, by state."""
    model = kind.model
    return select(model.state, func.count()).where(model.state.not_in(model.states.final)).group_by(model.state)


def _table(model: Any) -> Table:
    return cast(Table, model.__table__)
