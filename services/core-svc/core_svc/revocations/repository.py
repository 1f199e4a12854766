from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Uuid, cast, delete, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.times import now
from core_svc.revocations.models import Revocation

# No token of an ended session comes after its end, so the clocks of two replicas may differ by this much.
MARGIN = timedelta(seconds=10)


class RevocationRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def end(self, subjects: Iterable[UUID]) -> None:
        """Refuse every token of these sessions or API keys."""
        await self._revoke(subjects, now() + MARGIN)

    async def renew(self, users: Iterable[UUID]) -> None:
        """Refuse the tokens these users have, so that they get new ones with the rights they now have."""
        await self._revoke(users, now())

    async def since(self, moment: datetime | None) -> Sequence[Revocation]:
        """What was revoked since, or everything that is kept."""
        statement = select(Revocation)
        if moment is not None:
            statement = statement.where(Revocation.update_time >= moment)
        return (await self._session.scalars(statement)).all()

    async def delete_older(self, moment: datetime) -> None:
        await self._session.execute(delete(Revocation).where(Revocation.update_time < moment))

    async def _revoke(self, subjects: Iterable[UUID], issued_until: datetime) -> None:
        # In the order of their ids, so that two who revoke the same wait for each other instead of for ever.
        rows = select(func.unnest(cast(sorted(set(subjects)), ARRAY(Uuid))), literal(issued_until), literal(now()))
        added = insert(Revocation).from_select(["subject", "issued_until", "update_time"], rows)
        later = func.greatest(Revocation.issued_until, added.excluded.issued_until)
        await self._session.execute(
            added.on_conflict_do_update(
                index_elements=[Revocation.subject],
                set_={"issued_until": later, "update_time": added.excluded.update_time},
            )
        )
