"""Composition root: settings -> clients -> servicers -> Service."""

from functools import partial

from chassis.db import Database
from chassis.health import HealthServicer, database_probe, redis_probe
from chassis.main import run
from chassis.server import Service
from exports_svc.platforms.servicer import PlatformServicer
from exports_svc.settings import Settings
from pm.common.v1.health_pb2 import Dependency
from pm.exports.v1 import exports_pb2_grpc

NAME = "exports-svc"


def build(settings: Settings, role: str) -> Service:
    """Wire the service together; it has one role."""
    database = Database.connect(settings.database_url, pool_size=settings.pool_size)
    health = HealthServicer(
        {
            (Dependency.KIND_DATABASE, "db_exports"): database_probe(database),
            (Dependency.KIND_REDIS, "redis"): redis_probe(settings.redis_url),
        }
    )
    return Service(
        NAME,
        settings,
        registrations=[partial(exports_pb2_grpc.add_PlatformServiceServicer_to_server, PlatformServicer(database))],
        health_servicer=health,
        closing=[database.close],
    )


def main() -> None:
    run(NAME, Settings, build)
