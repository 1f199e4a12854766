from datetime import datetime
from uuid import UUID

from sqlalchemy import delete
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

    async def use(self, token: str) -> UUID:
        """The user whose token this is; it is used up. Raises InvalidResetToken."""
        used = delete(PasswordReset).where(PasswordReset.token_hash == digest(token), PasswordReset.expire_time > now())
        user_id = await self._session.scalar(used.returning(PasswordReset.user_id))
        if user_id is None:
            raise InvalidResetToken
        return user_id

    async def delete_older(self, moment: datetime) -> None:
        await self._session.execute(delete(PasswordReset).where(PasswordReset.expire_time < moment))
