"""ProductMetricService: each method is one transaction."""

from datetime import date

from analytics_svc.activity.errors import NotADay
from analytics_svc.activity.models import ProductMetric
from analytics_svc.activity.repository import ProductMetricRepository
from chassis import paging
from chassis.db import Database
from pm.analytics.v1 import analytics_pb2 as pb
from pm.analytics.v1 import analytics_pb2_grpc


class ProductMetricServicer(analytics_pb2_grpc.ProductMetricServiceServicer):
    def __init__(self, database: Database) -> None:
        self._database = database

    async def ListProductMetrics(self, request: pb.ListProductMetricsRequest, context: object) -> pb.ListProductMetricsResponse:
        size = paging.page_size(request.page_size)
        async with self._database.transaction() as session:
            rows = await ProductMetricRepository(session).page(
                first=_day("first_day", request.first_day),
                last=_day("last_day", request.last_day),
                behind=_behind(request),
                limit=size + 1,
            )
        token = ""
        if len(rows) > size:
            last = rows[size - 1]
            token = paging.encode(request, [last.day.isoformat(), last.changed, last.source, last.source_id])
        return pb.ListProductMetricsResponse(metrics=map(metric_proto, rows[:size]), next_page_token=token)


def _day(field: str, value: str) -> date | None:
    """None where nothing is given; raises NotADay for the 30th of February."""
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        raise NotADay(field, value) from None


def _behind(request: pb.ListProductMetricsRequest) -> tuple[date, int, str, str] | None:
    """The row behind which the page begins; raises InvalidPageToken."""
    key = paging.decode(request, request.page_token, str, int, str, str)
    if key is None:
        return None
    try:
        return date.fromisoformat(key[0]), key[1], key[2], key[3]
    except ValueError:
        raise paging.InvalidPageToken from None


def metric_proto(metric: ProductMetric) -> pb.ProductMetric:
    return pb.ProductMetric(
        day=metric.day.isoformat(),
        source=pb.ProductMetric.Source.Value(f"SOURCE_{metric.source.upper()}"),
        source_id=metric.source_id,
        changed=metric.changed,
    )
