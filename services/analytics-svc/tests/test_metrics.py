from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chassis.testing import check_models, error_of
from chassis.times import timestamp
from pm.analytics.v1 import analytics_pb2 as pb
from pm.analytics.v1.analytics_pb2_grpc import MetricServiceStub

Metadata = tuple[tuple[str, str], ...]
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def writer(as_user: Callable[..., Metadata]) -> Metadata:
    return as_user("analytics.metrics.read", "analytics.metrics.write")


async def create(metrics: MetricServiceStub, writer: Metadata, *, hours: int = 0, **fields: str) -> pb.Metric:
    metric = pb.Metric(
        **{"name": "import.rows_per_second", "value": "1", "unit": "rows/s", **fields},
        observe_time=timestamp(NOON + timedelta(hours=hours)),
    )
    return await metrics.CreateMetric(pb.CreateMetricRequest(metric=metric), metadata=writer)


async def test_measurements_are_listed_newest_first(metrics: MetricServiceStub, writer: Metadata) -> None:
    old = await create(metrics, writer, hours=-1)
    new = await create(metrics, writer, hours=1)
    listed = await metrics.ListMetrics(pb.ListMetricsRequest(), metadata=writer)
    assert list(listed.metrics) == [new, old]


async def test_a_list_can_be_kept_to_a_name_and_a_time(metrics: MetricServiceStub, writer: Metadata) -> None:
    await create(metrics, writer, hours=-1)
    await create(metrics, writer, hours=1, name="search.p95")
    wanted = [await create(metrics, writer, hours=hours) for hours in (1, 0)]
    request = pb.ListMetricsRequest(name="import.rows_per_second", start_time=timestamp(NOON))
    listed = await metrics.ListMetrics(request, metadata=writer)
    assert list(listed.metrics) == wanted


@pytest.mark.parametrize("value", ["0", "12.5", "-0.000001", "999999999999.999999", "1000"])
async def test_a_value_comes_back_as_it_was_sent(metrics: MetricServiceStub, writer: Metadata, value: str) -> None:
    await create(metrics, writer, value=value)
    listed = await metrics.ListMetrics(pb.ListMetricsRequest(), metadata=writer)
    assert [metric.value for metric in listed.metrics] == [value]


async def test_a_measurement_without_a_time_was_made_now(metrics: MetricServiceStub, writer: Metadata) -> None:
    before = datetime.now(UTC)
    metric = pb.Metric(name="search.p95", value="3.2", unit="ms")
    made = await metrics.CreateMetric(pb.CreateMetricRequest(metric=metric), metadata=writer)
    assert before <= made.observe_time.ToDatetime(UTC) <= datetime.now(UTC)


async def test_pages_join_without_gap_or_overlap(metrics: MetricServiceStub, writer: Metadata) -> None:
    # Two and two at the same moment, so that the order rests on the ids.
    made = [await create(metrics, writer, hours=number // 2) for number in range(5)]
    listed: list[pb.Metric] = []
    token = ""
    while True:
        page = await metrics.ListMetrics(pb.ListMetricsRequest(page_size=2, page_token=token), metadata=writer)
        listed += page.metrics
        token = page.next_page_token
        if not token:
            break
    assert sorted(metric.id for metric in listed) == sorted(metric.id for metric in made)
    times = [metric.observe_time.seconds for metric in listed]
    assert times == sorted(times, reverse=True)


@pytest.mark.parametrize(
    ("field", "value"), [("name", "Rows per second"), ("value", "1e9"), ("value", "NaN"), ("unit", "x" * 33)]
)
async def test_the_contract_is_enforced(metrics: MetricServiceStub, writer: Metadata, field: str, value: str) -> None:
    error = await error_of(create(metrics, writer, **{field: value}))
    assert list(error.violations) == [f"metric.{field}"]


async def test_reading_does_not_permit_writing(metrics: MetricServiceStub, as_user: Callable[..., Metadata]) -> None:
    error = await error_of(create(metrics, as_user("analytics.metrics.read")))
    assert error.reason == "MISSING_PERMISSION"


async def test_models_match_the_migrations(database_url: str, migrations_dir: Path) -> None:
    await check_models(migrations_dir, database_url)


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"])
async def test_a_time_that_no_list_could_show_is_refused(metrics: MetricServiceStub, writer: Metadata, time: str) -> None:
    metric = pb.Metric(name="search.p95", value="1")
    metric.observe_time.FromJsonString(time)
    error = await error_of(metrics.CreateMetric(pb.CreateMetricRequest(metric=metric), metadata=writer))
    assert list(error.violations) == ["metric.observe_time"]


async def test_a_call_that_is_sent_again_creates_nothing_more(metrics: MetricServiceStub, writer: Metadata) -> None:
    request = pb.CreateMetricRequest(metric=pb.Metric(name="import.rows_per_second", value="1", unit="rows/s"), request_id="once")
    first = await metrics.CreateMetric(request, metadata=writer)
    assert await metrics.CreateMetric(request, metadata=writer) == first
    assert list((await metrics.ListMetrics(pb.ListMetricsRequest(), metadata=writer)).metrics) == [first]
