from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.times import now
from core_svc.api_keys.errors import ApiKeyNotFound, InvalidApiKey, TooManyApiKeys
from core_svc.api_keys.models import ApiKey
from core_svc.revocations.repository import RevocationRepository

LIMIT = 100


class ApiKeyRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, key: ApiKey) -> None:
        """Raises TooManyApiKeys."""
        # Two requests of the same user take turns, or both would be the hundredth.
        await self._session.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"api keys of {key.user_id}"))))
        if len(await self.living(key.user_id)) >= LIMIT:
            raise TooManyApiKeys(LIMIT)
        self._session.add(key)

    async def living(self, user_id: UUID) -> Sequence[ApiKey]:
        """A user's keys that can be used, the newest first."""
        statement = select(ApiKey).where(ApiKey.user_id == user_id, ApiKey.revoke_time.is_(None), ApiKey.expire_time > now())
        return (await self._session.scalars(statement.order_by(ApiKey.id.desc()))).all()

    async def get(self, id: UUID) -> ApiKey:
        """Raises InvalidApiKey."""
        key = await self._session.get(ApiKey, id)
        if key is None:
            raise InvalidApiKey
        return key

    async def revoke(self, id: UUID, *, user_id: UUID | None = None) -> UUID:
        """End the key, of this user if given, and what was exchanged for it; returns the owner. Raises ApiKeyNotFound."""
        statement = update(ApiKey).where(ApiKey.id == id, ApiKey.revoke_time.is_(None))
        if user_id is not None:
            statement = statement.where(ApiKey.user_id == user_id)
        owner = await self._session.scalar(statement.values(revoke_time=now()).returning(ApiKey.user_id))
        if owner is None:
            raise ApiKeyNotFound(id)
        await RevocationRepository(self._session).end([id])
        return owner
