"""MetricService: each method is one transaction."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from analytics_svc.metrics.models import Metric
from analytics_svc.metrics.repository import MetricRepository
from chassis import ids, paging
from chassis.db import Database
from chassis.times import moment_of, now, timestamp
from idempotency.once import once
from pm.analytics.v1 import analytics_pb2 as pb
from pm.analytics.v1 import analytics_pb2_grpc


class MetricServicer(analytics_pb2_grpc.MetricServiceServicer):
    def __init__(self, database: Database) -> None:
        self._database = database

    async def CreateMetric(self, request: pb.CreateMetricRequest, context: object) -> pb.Metric:
        new = request.metric
        metric = Metric(
            name=new.name,
            value=Decimal(new.value),
            unit=new.unit,
            observe_time=moment_of(new.observe_time, "metric.observe_time") if new.HasField("observe_time") else now(),
        )
        async with self._database.transaction() as session:

            async def create() -> pb.Metric:
                await MetricRepository(session).create(metric)
                return metric_proto(metric)

            return await once(session, request, pb.Metric, create)

    async def ListMetrics(self, request: pb.ListMetricsRequest, context: object) -> pb.ListMetricsResponse:
        size = paging.page_size(request.page_size)
        async with self._database.transaction() as session:
            rows = await MetricRepository(session).page(
                name=request.name if request.HasField("name") else None,
                start=moment_of(request.start_time, "start_time") if request.HasField("start_time") else None,
                before=_before(request),
                limit=size + 1,
            )
        token = ""
        if len(rows) > size:
            token = paging.encode(request, [rows[size - 1].observe_time.isoformat(), str(rows[size - 1].id)])
        return pb.ListMetricsResponse(metrics=map(metric_proto, rows[:size]), next_page_token=token)


def _before(request: pb.ListMetricsRequest) -> tuple[datetime, UUID] | None:
    """The row behind which the page begins; raises InvalidPageToken."""
    key = paging.decode(request, request.page_token, str, str)
    return (paging.moment(key[0]), ids.parse(key[1], "page_token")) if key else None


def metric_proto(metric: Metric) -> pb.Metric:
    return pb.Metric(
        id=str(metric.id),
        name=metric.name,
        # numeric(18,6) comes back with all six places: "12.5", not "12.500000".
        value=f"{metric.value.normalize():f}",
        unit=metric.unit,
        observe_time=timestamp(metric.observe_time),
        create_time=timestamp(metric.create_time),
    )
