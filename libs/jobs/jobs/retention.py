"""How long ended jobs are kept."""

from datetime import timedelta

from sqlalchemy import delete, select

from chassis.db import Database, note_change
from chassis.times import now
from jobs.kinds import AnyKind

# Jobs of one transaction: what hangs on them may be millions of rows.
SLICE = 100


async def forget_ended(database: Database, kind: AnyKind, age: timedelta) -> int:
    """Delete jobs that ended so long ago, with all that hangs on them, but those that are needed (`Kind.needed`).

    Returns how many those were. A worker that dies in between has deleted a part; two at once delete each one once.
    """
    model = kind.model
    before, forgotten = now() - age, 0
    while True:
        ended = model.state.in_(model.states.final) & (model.end_time < before) & ~kind.needed()
        oldest = select(model.id).where(ended).order_by(model.end_time).limit(SLICE).with_for_update(skip_locked=True)
        async with database.transaction() as session:
            ids = (await session.scalars(oldest)).all()
            await session.execute(delete(model).where(model.id.in_(ids)))
            if ids:
                note_change("jobs", *(f"job:{id}" for id in ids))
        forgotten += len(ids)
        if len(ids) < SLICE:
            return forgotten
