"""Composition root: settings -> clients -> servicers -> Service."""

from functools import partial

from chassis.db import Database
from chassis.health import HealthServicer, database_probe, redis_probe
from chassis.main import run
from chassis.server import Service
from media_svc.files.servicer import FileServicer
from media_svc.settings import Settings
from pm.common.v1.health_pb2 import Dependency
from pm.media.v1 import media_pb2_grpc

NAME = "media-svc"


def build(settings: Settings, role: str) -> Service:
    """Wire the service together; it has one role."""
    database = Database.connect(settings.database_url, pool_size=settings.pool_size)
    health = HealthServicer(
        {
            (Dependency.KIND_DATABASE, "db_media"): database_probe(database),
            (Dependency.KIND_REDIS, "redis"): redis_probe(settings.redis_url),
        }
    )
    return Service(
        NAME,
        settings,
        registrations=[partial(media_pb2_grpc.add_FileServiceServicer_to_server, FileServicer(database))],
        health_servicer=health,
        closing=[database.close],
    )


def main() -> None:
    run(NAME, Settings, build)
