"""Composition root: settings -> clients -> servicers -> Service."""

from functools import partial

from analytics_svc.metrics.servicer import MetricServicer
from analytics_svc.settings import Settings
from chassis.db import Database
from chassis.health import HealthServicer, database_probe, redis_probe
from chassis.main import run
from chassis.server import Service
from pm.analytics.v1 import analytics_pb2_grpc
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
    return Service(
        NAME,
        settings,
        registrations=[partial(analytics_pb2_grpc.add_MetricServiceServicer_to_server, MetricServicer(database))],
        health_servicer=health,
        closing=[database.close],
    )


def main() -> None:
    run(NAME, Settings, build)
