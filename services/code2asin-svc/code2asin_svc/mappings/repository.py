"""All SQL over mappings."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.db import violated_constraint
from code2asin_svc.mappings.errors import MappingExists
from code2asin_svc.mappings.models import Mapping, gtin14


class MappingRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def create(self, mapping: Mapping) -> None:
        """Write a new mapping; raises MappingExists."""
        self._session.add(mapping)
        try:
            await self._session.flush()
        except IntegrityError as error:
            if violated_constraint(error) == "uq_code2asin_results_gtin_marketplace_id_asin":
                raise MappingExists(mapping.gtin, mapping.marketplace_id, mapping.asin) from None
            raise

    async def page(self, *, gtin: str | None, asin: str | None, after: UUID | None, limit: int) -> Sequence[Mapping]:
        """At most `limit` mappings of a barcode, of an item, of both or of all, in the order of their ids, behind `after`."""
        statement = select(Mapping).order_by(Mapping.id).limit(limit)
        if gtin is not None:
            statement = statement.where(Mapping.gtin == gtin14(gtin))
        if asin is not None:
            statement = statement.where(Mapping.asin == asin)
        if after is not None:
            statement = statement.where(Mapping.id > after)
        return (await self._session.scalars(statement)).all()
