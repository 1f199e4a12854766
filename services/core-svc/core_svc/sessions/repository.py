from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.times import now
from core_svc.errors import UserNotFound
from core_svc.revocations.repository import RevocationRepository
from core_svc.sessions.models import Session

LISTED = 100


class SessionRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, session: Session) -> None:
        self._session.add(session)

    async def find(self, id: UUID) -> Session | None:
        """The session, locked until the transaction ends: of two refreshes one waits for the other."""
        return await self._session.get(Session, id, with_for_update=True)

    async def expect_user(self, user_id: UUID) -> None:
        """Raises UserNotFound: somebody who has no sessions is not nobody."""
        found = await self._session.scalar(text("SELECT EXISTS (SELECT FROM users WHERE id = :id)"), {"id": user_id})
        if not found:
            raise UserNotFound(user_id)

    async def living(self, user_id: UUID) -> Sequence[Session]:
        """A user's sessions that have not ended, the one used last first."""
        statement = select(Session).where(Session.user_id == user_id, Session.end_time.is_(None), Session.expire_time > now())
        return (await self._session.scalars(statement.order_by(Session.last_use_time.desc()).limit(LISTED))).all()

    async def end(self, user_id: UUID, *, only: UUID | None = None, keep: UUID | None = None) -> Sequence[UUID]:
        """End the user's sessions, or only one of them, or all but one, and revoke their tokens; returns which it ended."""
        statement = update(Session).where(Session.user_id == user_id, Session.end_time.is_(None))
        if only is not None:
            statement = statement.where(Session.id == only)
        if keep is not None:
            statement = statement.where(Session.id != keep)
        ended = (await self._session.scalars(statement.values(end_time=now()).returning(Session.id))).all()
        await RevocationRepository(self._session).end(ended)
        return ended

    async def delete_older(self, moment: datetime) -> None:
        """Forget sessions that ended before this moment, in one way or the other."""
        ended = func.least(func.coalesce(Session.end_time, Session.expire_time), Session.expire_time)
        await self._session.execute(delete(Session).where(ended < moment))
