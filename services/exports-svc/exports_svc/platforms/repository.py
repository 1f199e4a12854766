"""All SQL over platforms."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.db import violated_constraint
from exports_svc.platforms.errors import PlatformNameTaken
from exports_svc.platforms.models import Platform


class PlatformRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def create(self, platform: Platform) -> None:
        """Write a new platform; raises PlatformNameTaken."""
        self._session.add(platform)
        try:
            await self._session.flush()
        except IntegrityError as error:
            if violated_constraint(error) == "uq_export_platforms_name":
                raise PlatformNameTaken(platform.name) from None
            raise

    async def page(self, *, after: str | None, limit: int) -> Sequence[Platform]:
        """At most `limit` platforms in the order of their names, behind the name `after`."""
        statement = select(Platform).order_by(Platform.name).limit(limit)
        if after is not None:
            statement = statement.where(Platform.name > after)
        return (await self._session.scalars(statement)).all()
