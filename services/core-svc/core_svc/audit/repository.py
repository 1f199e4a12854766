from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from core_svc.audit.models import AuditRecord
from core_svc.audit.origin import Origin


class AuditRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def record(self, action: str, origin: Origin, user_id: UUID | None, **details: object) -> None:
        """Note an action in the session's transaction; `details` are no values and no secrets."""
        self._session.add(
            AuditRecord(
                action=action,
                user_id=user_id,
                actor_id=UUID(origin.actor_id) if origin.actor_id else None,
                address=origin.address,
                details={name: str(value) for name, value in details.items()},
            )
        )

    async def page(self, *, user_id: UUID | None, before: UUID | None, limit: int) -> Sequence[AuditRecord]:
        """The newest records first, below `before`; only those that concern `user_id` if given."""
        statement = select(AuditRecord).order_by(AuditRecord.id.desc()).limit(limit)
        if user_id is not None:
            statement = statement.where(AuditRecord.user_id == user_id)
        if before is not None:
            statement = statement.where(AuditRecord.id < before)
        return (await self._session.scalars(statement)).all()

    async def delete_older(self, moment: datetime) -> None:
        await self._session.execute(delete(AuditRecord).where(AuditRecord.create_time < moment))
