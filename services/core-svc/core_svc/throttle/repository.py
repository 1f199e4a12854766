from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.times import now
from core_svc.throttle.errors import TooManyAttempts
from core_svc.throttle.models import Attempted, Throttle


class ThrottleRepository:
    """Counts in PostgreSQL, so that all replicas count together and an empty Redis forgets nothing."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def attempt(self, *attempted: Attempted) -> None:
        """Count an attempt as failed before the password is looked at, so that a thousand at once are a thousand.

        Raises TooManyAttempts, counting nothing, when one of these has to wait.
        """
        throttles = await self._locked(attempted)
        moment = now()
        if seconds := max(throttle.seconds_to_wait(moment) for throttle in throttles.values()):
            raise TooManyAttempts(seconds)
        for each in attempted:
            throttles[each.key].count(each.limit, moment)

    async def forget(self, attempted: Attempted) -> None:
        """Forget all failures of one."""
        await self._session.execute(delete(Throttle).where(Throttle.key == attempted.key))

    async def succeed(self, who: Attempted, where: Attempted) -> None:
        """The attempt was no failure: those of the name are forgotten, and those of the address before it stay."""
        throttles = await self._locked([who, where])
        throttles[where.key].take_back()
        await self._session.delete(throttles[who.key])

    async def delete_older(self, moment: datetime) -> None:
        # One that is being counted is not old any more.
        old = select(Throttle.key).where(Throttle.update_time < moment).with_for_update(skip_locked=True)
        await self._session.execute(delete(Throttle).where(Throttle.key.in_(old)))

    async def _locked(self, attempted: Sequence[Attempted]) -> dict[bytes, Throttle]:
        """What is known of these, locked until the transaction ends, always in the same order."""
        keys = sorted(each.key for each in attempted)
        fresh = [{"key": key, "failures": 0, "update_time": now()} for key in keys]
        # In one statement: between two, a row that was found could be forgotten by somebody else.
        upsert = insert(Throttle).values(fresh)
        upsert = upsert.on_conflict_do_update(index_elements=[Throttle.key], set_={"update_time": Throttle.update_time})
        found = await self._session.scalars(upsert.returning(Throttle), execution_options={"populate_existing": True})
        return {throttle.key: throttle for throttle in found}
