"""What the catalogue tells, counted."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from analytics_svc.activity.consumers import ProductCounts
from chassis.db import Database
from chassis.testing import error_of
from events.consumers import Event
from pm.analytics.v1 import analytics_pb2 as pb
from pm.analytics.v1.analytics_pb2_grpc import ProductMetricServiceStub
from pm.catalog.v1.events_pb2 import ProductChanged, ProductsChanged

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
USER = pb.ProductMetric.SOURCE_USER
RUN = pb.ProductMetric.SOURCE_RUN


def edited(user_id: str, *, days: int = 0) -> Event:
    return Event("p", ProductChanged(product_id="p", version=1, user_id=user_id), NOON + timedelta(days=days))


def imported(run_id: str, count: int, *, days: int = 0) -> Event:
    return Event(run_id, ProductsChanged(run_id=run_id, count=count), NOON + timedelta(days=days))


async def told(database: Database, *events: Event) -> None:
    async with database.transaction() as session:
        await ProductCounts().apply(session, events)


@pytest.fixture
def listed(product_metrics: ProductMetricServiceStub, as_user: Callable) -> Callable:
    metadata = as_user("analytics.metrics.read")

    async def counts(**fields: object) -> pb.ListProductMetricsResponse:
        return await product_metrics.ListProductMetrics(pb.ListProductMetricsRequest(**fields), metadata=metadata)

    return counts


def rows(answer: pb.ListProductMetricsResponse) -> list[tuple[object, ...]]:
    return [(one.day, one.source, one.source_id, one.changed) for one in answer.metrics]


async def test_products_are_counted_by_day_and_by_who_changed_them(database, listed):
    await told(database, edited("ann"), edited("bob"), imported("r", 20_000), edited("ann"))
    await told(database, imported("r", 500), edited("ann", days=1))
    assert rows(await listed()) == [
        ("2026-03-02", USER, "ann", 1),
        ("2026-03-01", RUN, "r", 20_500),
        ("2026-03-01", USER, "ann", 2),
        ("2026-03-01", USER, "bob", 1),
    ]


async def test_a_list_can_be_kept_to_days(database, listed):
    await told(database, *(edited("ann", days=days) for days in range(4)))
    answer = await listed(first_day="2026-03-02", last_day="2026-03-03")
    assert [one.day for one in answer.metrics] == ["2026-03-03", "2026-03-02"]
    assert (await error_of(listed(first_day="2026-02-30"))).violations == {"first_day": "must be a day such as 2026-11-22"}


async def test_pages_join_without_gap_or_overlap(database, listed):
    await told(database, *(edited(f"user {number}", days=number // 3) for number in range(7)))
    whole, joined, token = rows(await listed()), [], ""
    while True:
        page = await listed(page_size=2, page_token=token)
        joined += rows(page)
        token = page.next_page_token
        if not token:
            break
    assert joined == whole
    assert len(whole) == 7


async def test_a_replay_forgets_whole_days_and_counts_them_anew(database, listed):
    consumer = ProductCounts()
    days = [edited("ann", days=day) for day in range(3)]
    await told(database, *days)
    since = consumer.replay_start(NOON + timedelta(days=1))
    assert since == datetime(2026, 3, 2, tzinfo=UTC)
    # A transaction that began before midnight may tell after it: the day before is begun with.
    assert consumer.replay_start(datetime(2026, 3, 2, 0, 30, tzinfo=UTC)) == datetime(2026, 3, 1, tzinfo=UTC)
    async with database.transaction() as session:
        await consumer.forget(session, since)
    await told(database, *(event for event in days if event.time >= since))
    assert [one.changed for one in (await listed()).metrics] == [1, 1, 1]
