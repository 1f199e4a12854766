"""All SQL over files."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.db import violated_constraint
from media_svc.files.errors import SourceUrlTaken
from media_svc.files.models import File


class FileRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def create(self, file: File) -> None:
        """Write a new file; raises SourceUrlTaken."""
        self._session.add(file)
        try:
            await self._session.flush()
        except IntegrityError as error:
            if violated_constraint(error) == "uq_media_files_product_id_source_url":
                raise SourceUrlTaken(file.product_id, file.source_url) from None
            raise

    async def page(self, product_id: UUID, *, after: tuple[int, UUID] | None, limit: int) -> Sequence[File]:
        """At most `limit` files of a product in the order of (position, id), behind `after`."""
        order = (File.position, File.id)
        statement = select(File).where(File.product_id == product_id).order_by(*order).limit(limit)
        if after is not None:
            statement = statement.where(tuple_(*order) > after)
        return (await self._session.scalars(statement)).all()
