"""The composition root of imports-svc's server."""

from functools import partial

from chassis.auth import Signer
from chassis.client import open_channel
from chassis.db import Database
from chassis.health import HealthServicer, database_probe, redis_probe
from chassis.invalidation import Announcer
from chassis.main import run
from chassis.server import Service
from chassis.settings import StorageSettings, read
from chassis.storage import Storage
from events.nudges import Nudger
from events.outbox import EventServicer, clear_tomorrow
from imports_svc.jobs.kind import IMPORTS
from imports_svc.jobs.servicer import ImportServicer
from imports_svc.jobs.uploads import BUCKET
from imports_svc.settings import DOMAIN, QUEUE, Settings
from jobs.gauges import queue_gauges
from jobs.servicer import JobServicer
from jobs.waking import Waker, celery_app, waiting_messages, worker_probe
from pm.catalog.v1.bulk_pb2_grpc import BulkServiceStub
from pm.common.v1 import events_pb2_grpc, jobs_pb2_grpc
from pm.common.v1.health_pb2 import Dependency
from pm.imports.v1 import imports_pb2_grpc

NAME = "imports-svc"


def build(settings: Settings, role: str) -> Service:
    """Wire the service together; it has one role."""
    nudger = Nudger(settings.redis_url, NAME)
    announcer = Announcer(settings.redis_url, DOMAIN)
    database = Database.connect(
        settings.database_url, pool_size=settings.pool_size, on_facts=nudger.nudge, on_changes=announcer.announce
    )
    storage = Storage(read(StorageSettings, NAME))
    catalogue = open_channel(settings.catalog_bulk_address, Signer(NAME, settings.keys_dir), "catalog-svc")
    queue = celery_app(QUEUE, settings.broker_url)
    waker = Waker(queue)
    servicer = ImportServicer(database, storage, BulkServiceStub(catalogue), waker, settings.max_upload_bytes)
    gauges = queue_gauges(database, {IMPORTS: waiting_messages(queue)})
    health = HealthServicer(
        {
            (Dependency.KIND_DATABASE, "db_imports"): database_probe(database),
            (Dependency.KIND_REDIS, "redis"): redis_probe(settings.redis_url),
            (Dependency.KIND_STORAGE, "storage"): storage.ping,
            (Dependency.KIND_CELERY, "imports"): worker_probe(queue),
        }
    )
    return Service(
        NAME,
        settings,
        registrations=[
            partial(imports_pb2_grpc.add_ImportServiceServicer_to_server, servicer),
            partial(events_pb2_grpc.add_EventServiceServicer_to_server, EventServicer(database)),
            partial(jobs_pb2_grpc.add_JobServiceServicer_to_server, JobServicer(database, {IMPORTS: waker})),
        ],
        health_servicer=health,
        opening=[announcer.start, partial(storage.ensure_bucket, BUCKET)],
        closing=[gauges.close, nudger.close, announcer.close, catalogue.close, database.close],
        upkeep=[partial(clear_tomorrow, database)],
    )


def main() -> None:
    run(NAME, Settings, build)
