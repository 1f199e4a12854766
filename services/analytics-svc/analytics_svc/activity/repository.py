"""All SQL over counts of changed products."""

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import delete, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from analytics_svc.activity.models import ProductMetric

# Day, source and its id.
Key = tuple[date, str, str]


class ProductMetricRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, changed: Mapping[Key, int]) -> None:
        """Add to the counts."""
        # In one order, so that two who add never wait for each other.
        rows = [
            {"day": day, "source": source, "source_id": source_id, "changed": count}
            for (day, source, source_id), count in sorted(changed.items())
        ]
        statement = insert(ProductMetric).values(rows)
        more = ProductMetric.changed + statement.excluded.changed
        await self._session.execute(statement.on_conflict_do_update(constraint="pk_product_metrics", set_={"changed": more}))

    async def forget(self, since: date) -> None:
        """Delete the counts of this day and later ones."""
        await self._session.execute(delete(ProductMetric).where(ProductMetric.day >= since))

    async def page(
        self, *, first: date | None, last: date | None, behind: tuple[date, int, str, str] | None, limit: int
    ) -> Sequence[ProductMetric]:
        """Counts from `first` to `last`, newest day first and the largest first, behind (day, changed, source, source_id)."""
        place = (ProductMetric.day, ProductMetric.changed, ProductMetric.source, ProductMetric.source_id)
        statement = select(ProductMetric).order_by(*(column.desc() for column in place)).limit(limit)
        if first is not None:
            statement = statement.where(ProductMetric.day >= first)
        if last is not None:
            statement = statement.where(ProductMetric.day <= last)
        if behind is not None:
            statement = statement.where(tuple_(*place) < behind)
        return (await self._session.scalars(statement)).all()
