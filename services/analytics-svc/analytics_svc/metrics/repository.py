"""All SQL over measurements."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from analytics_svc.metrics.models import Metric


class MetricRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def create(self, metric: Metric) -> None:
        """Write a new measurement."""
        self._session.add(metric)
        await self._session.flush()

    async def page(
        self, *, name: str | None, start: datetime | None, before: tuple[datetime, UUID] | None, limit: int
    ) -> Sequence[Metric]:
        """At most `limit` measurements, the newest first, older than `before` (observe_time, id)."""
        statement = select(Metric).order_by(Metric.observe_time.desc(), Metric.id.desc()).limit(limit)
        if name is not None:
            statement = statement.where(Metric.name == name)
        if start is not None:
            statement = statement.where(Metric.observe_time >= start)
        if before is not None:
            statement = statement.where(tuple_(Metric.observe_time, Metric.id) < before)
        return (await self._session.scalars(statement)).all()
