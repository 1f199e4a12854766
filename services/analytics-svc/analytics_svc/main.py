"""Composition root: settings -> clients -> servicers -> Service."""

from functools import partial

from analytics_svc.activity.consumers import ProductCounts
from analytics_svc.activity.servicer import ProductMetricServicer
from analytics_svc.metrics.servicer import MetricServicer
from analytics_svc.settings import Settings
from chassis.auth import Signer
from chassis.db import Database
from chassis.health import HealthServicer, database_probe, redis_probe
from chassis.main import run
from chassis.server import Service
from events.following import Following
from events.servicer import ConsumerServicer
from pm.analytics.v1 import analytics_pb2_grpc
from pm.common.v1 import events_pb2_grpc
from pm.common.v1.health_pb2 import Dependency

NAME = "analytics-svc"


def build(settings: Settings, role: str) -> Service:
    """Wire the service together; it has one role."""
    database = Database.connect(settings.database_url, pool_size=settings.pool_size)
    health = HealthServicer(
        {
            (Dependency.KIND_DATABASE, "db_analytics"): database_probe(database),
            (Dependency.KIND_REDIS, "redis"): redis_probe(settings.redis_url),
        }
    )
    signer = Signer(NAME, settings.keys_dir)
    addresses = {"catalog-svc": settings.catalog_address}
    following = Following(signer, database, settings.redis_url, addresses, [ProductCounts()])
    return Service(
        NAME,
        settings,
        registrations=[
            partial(analytics_pb2_grpc.add_MetricServiceServicer_to_server, MetricServicer(database)),
            partial(analytics_pb2_grpc.add_ProductMetricServiceServicer_to_server, ProductMetricServicer(database)),
            partial(events_pb2_grpc.add_ConsumerServiceServicer_to_server, ConsumerServicer(following)),
        ],
        health_servicer=health,
        opening=[following.start],
        closing=[following.stop, database.close],
    )


def main() -> None:
    run(NAME, Settings, build)
