from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from analytics_svc.activity.repository import Key, ProductMetricRepository
from events.consumers import Consumer, Event
from pm.catalog.v1.events_pb2 import ProductChanged, ProductsChanged

# Longer than any transaction of the catalogue.
SETTLED = timedelta(hours=1)


class ProductCounts(Consumer):
    """Counts changed products by day and by who changed them."""

    name = "product-counts"
    producer = "catalog-svc"
    facts = (ProductChanged, ProductsChanged)

    async def apply(self, session: AsyncSession, events: Sequence[Event]) -> None:
        changed: Counter[Key] = Counter()
        for event in events:
            day = event.time.date()
            if isinstance(event.fact, ProductsChanged):
                changed[day, "run", event.fact.run_id] += event.fact.count
            elif isinstance(event.fact, ProductChanged):
                changed[day, "user", event.fact.user_id] += 1
        await ProductMetricRepository(session).add(changed)

    def replay_start(self, time: datetime) -> datetime:
        """Counts are forgotten by whole days."""
        return (time - SETTLED).replace(hour=0, minute=0, second=0, microsecond=0)

    async def forget(self, session: AsyncSession, since: datetime) -> None:
        await ProductMetricRepository(session).forget(since.date())
