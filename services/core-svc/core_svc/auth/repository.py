from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.times import now
from core_svc.auth.errors import TooManyAttempts
from core_svc.auth.models import Attempted, Throttle


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
        """Forget the failures of a name whose password was right."""
        await self._session.execute(delete(Throttle).where(Throttle.key == attempted.key))

    async def take_back(self, attempted: Attempted) -> None:
        """The attempt was no failure; those before it stay."""
        for throttle in (await self._locked([attempted])).values():
            throttle.take_back()

    async def delete_older(self, moment: datetime) -> None:
        await self._session.execute(delete(Throttle).where(Throttle.update_time < moment))

    async def _locked(self, attempted: Sequence[Attempted]) -> dict[bytes, Throttle]:
        """What is known of these, locked until the transaction ends, always in the same order."""
        keys = sorted(each.key for each in attempted)
        fresh = [{"key": key, "failures": 0, "update_time": now()} for key in keys]
        await self._session.execute(insert(Throttle).values(fresh).on_conflict_do_nothing())
        found = await self._session.scalars(
            select(Throttle).where(Throttle.key.in_(keys)).order_by(Throttle.key).with_for_update()
        )
        return {throttle.key: throttle for throttle in found}
