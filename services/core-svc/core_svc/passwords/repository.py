from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.times import now
from core_svc.passwords.errors import InvalidResetToken
from core_svc.passwords.models import PasswordReset, digest


class PasswordResetRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def replace(self, reset: PasswordReset) -> None:
        """Keep it in place of the user's one before."""
        await self._session.merge(reset)

    async def knows(self, token: str) -> bool:
        """Whether `use` would find it now."""
        statement = select(PasswordReset.user_id).where(_is(token))
        return await self._session.scalar(statement) is not None

    async def use(self, token: str) -> UUID:
        """The user whose token this is; it is used up. Raises InvalidResetToken."""
        used = delete(PasswordReset).where(_is(token))
        user_id = await self._session.scalar(used.returning(PasswordReset.user_id))
        if user_id is None:
            raise InvalidResetToken
        return user_id

    async def delete_older(self, moment: datetime) -> None:
        await self._session.execute(delete(PasswordReset).where(PasswordReset.expire_time < moment))


def _is(token: str) -> ColumnElement[bool]:
    return and_(PasswordReset.token_hash == digest(token), PasswordReset.expire_time > now())
