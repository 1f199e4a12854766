"""Composition root: settings -> clients -> servicers -> Service."""

from functools import partial

from chassis.db import Database
from chassis.health import HealthServicer, database_probe, redis_probe
from chassis.main import run
from chassis.server import Service
from code2asin_svc.mappings.servicer import MappingServicer
from code2asin_svc.settings import Settings
from pm.code2asin.v1 import code2asin_pb2_grpc
from pm.common.v1.health_pb2 import Dependency

NAME = "code2asin-svc"


def build(settings: Settings, role: str) -> Service:
    """Wire the service together; it has one role."""
    database = Database.connect(settings.database_url, pool_size=settings.pool_size)
    health = HealthServicer(
        {
            (Dependency.KIND_DATABASE, "db_code2asin"): database_probe(database),
            (Dependency.KIND_REDIS, "redis"): redis_probe(settings.redis_url),
        }
    )
    return Service(
        NAME,
        settings,
        registrations=[partial(code2asin_pb2_grpc.add_MappingServiceServicer_to_server, MappingServicer(database))],
        health_servicer=health,
        closing=[database.close],
    )


def main() -> None:
    run(NAME, Settings, build)
