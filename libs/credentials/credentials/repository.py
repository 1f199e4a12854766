"""Sealing anew what older keys have sealed, a few rows at a time."""

from dataclasses import dataclass

import structlog
from sqlalchemy import LargeBinary, func, select, tuple_, type_coerce, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from chassis.errors import ServiceError
from credentials.ring import Ring
from credentials.sealed import Sealed

log = structlog.get_logger(__name__)

ROWS = 500
# `1:` and the id of the key.
PREFIX_BYTES = 10


@dataclass(frozen=True)
class Resealed:
    """Rows that were sealed anew, and rows that can't be: their key is missing, or they are damaged."""

    done: int
    unreadable: int


async def reseal(session: AsyncSession, column: InstrumentedAttribute[Sealed | None], ring: Ring, rows: int = ROWS) -> Resealed:
    """Seal up to so many rows that are under an older key of the ring under its first one, in the session's transaction.

    To be called until `done` is 0, such as by a service's upkeep: then old keys can be retired. Rows that somebody else writes
    are passed by.
    """
    table = column.class_
    keys = table.__table__.primary_key.columns
    raw = type_coerce(column, LargeBinary)
    under = func.substr(raw, 1, PREFIX_BYTES)
    first, *older = (f"1:{key}".encode() for key in ring.ids)
    strange = select(func.count()).select_from(table).where(column.is_not(None), under.not_in([first, *older]))
    unreadable = await session.scalar(strange) or 0
    old = select(*keys, raw).where(under.in_(older)).order_by(*keys).with_for_update(skip_locked=True, of=table)
    done, more = 0, old
    # On behind rows that can't be: a batch full of them would hide the others for ever.
    while done < rows and (found := (await session.execute(more.limit(rows - done))).all()):
        for *key, kept in found:
            try:
                fresh = ring.reseal(Sealed.of(kept))
            except (ServiceError, ValueError) as error:
                unreadable += 1
                log.warning("credentials can't be sealed anew", table=table.__tablename__, key=str(key), error=str(error))
                continue
            same = [part == value for part, value in zip(keys, key, strict=True)]
            change = update(table).where(*same).values({column.key: fresh})
            await session.execute(change.execution_options(synchronize_session=False))
            done += 1
        more = old.where(tuple_(*keys) > tuple(found[-1][:-1]))
    return Resealed(done, unreadable)
