from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.db import note_change
from chassis.times import now
from core_svc.notifications.errors import NotificationNotFound
from core_svc.notifications.models import Notification
from core_svc.users.models import User


class NotificationRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Add notifications, but those that are there already and those of users who are not."""
        wanted = {row["user_id"] for row in rows}
        known = set(await self._session.scalars(select(User.id).where(User.id.in_(wanted))))
        if values := [row for row in rows if row["user_id"] in known]:
            await self._session.execute(insert(Notification).values(values).on_conflict_do_nothing())
            note_change(*{_topic(row["user_id"]) for row in values})

    async def page(
        self, user_id: UUID, *, unread: bool, before: tuple[datetime, UUID] | None, limit: int
    ) -> Sequence[Notification]:
        """The user's notifications, newest first, older than `before` (create_time, id)."""
        newest = Notification.create_time.desc(), Notification.id.desc()
        statement = select(Notification).where(Notification.user_id == user_id).order_by(*newest).limit(limit)
        if unread:
            statement = statement.where(Notification.read_time.is_(None))
        if before is not None:
            statement = statement.where(tuple_(Notification.create_time, Notification.id) < before)
        return (await self._session.scalars(statement)).all()

    async def unread_count(self, user_id: UUID) -> int:
        unread = select(func.count()).where(Notification.user_id == user_id, Notification.read_time.is_(None))
        return await self._session.scalar(unread) or 0

    async def mark_read(self, user_id: UUID, ids: Collection[UUID]) -> None:
        """Mark these as read; raises NotificationNotFound for any that is not the user's."""
        own = select(Notification.id).where(Notification.user_id == user_id, Notification.id.in_(ids))
        if unknown := set(ids) - set(await self._session.scalars(own)):
            raise NotificationNotFound(unknown)
        await self._mark(user_id, ids)

    async def mark_all_read(self, user_id: UUID) -> None:
        await self._mark(user_id, None)

    async def _mark(self, user_id: UUID, ids: Collection[UUID] | None) -> None:
        statement = update(Notification).where(Notification.user_id == user_id, Notification.read_time.is_(None))
        if ids is not None:
            statement = statement.where(Notification.id.in_(ids))
        await self._session.execute(statement.values(read_time=now()))
        note_change(_topic(user_id))

    async def delete_older(self, moment: datetime) -> None:
        await self._session.execute(delete(Notification).where(Notification.create_time < moment))


def _topic(user_id: UUID) -> str:
    """Of which those who show a user's notifications are told (chassis.invalidation)."""
    return f"notifications:{user_id}"
