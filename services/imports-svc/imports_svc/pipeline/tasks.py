"""What a worker does when it is woken: the next job that is due, or else what given-up runs left in the catalogue."""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import structlog

from chassis import metrics, tracing
from chassis.auth import Signer
from chassis.client import service_channel
from chassis.db import Database, out_of
from chassis.errors import InvalidArgument, NotFound, ServiceError, Unavailable, reason_of
from chassis.invalidation import Announcer
from chassis.settings import StorageSettings, read
from chassis.storage import Storage
from chassis.times import now
from chassis.worker import Work
from events.nudges import Nudger
from imports_svc.feeds.errors import FeedError
from imports_svc.jobs.errors import TooManySuppliers
from imports_svc.pipeline.catalogue import Catalogue
from imports_svc.pipeline.errors import LeaseLost, TurnOver
from imports_svc.pipeline.leases import Lease, claim
from imports_svc.pipeline.planning import close_abandoned
from imports_svc.pipeline.repository import PipelineRepository
from imports_svc.pipeline.steps import Steps
from imports_svc.pipeline.workspace import workspace
from imports_svc.reading.errors import DiskFull, ReaderDied
from imports_svc.reading.reader import Readers
from imports_svc.settings import DOMAIN, QUEUE, Settings
from pm.catalog.v1.bulk_pb2_grpc import BulkServiceStub

log = structlog.get_logger(__name__)

NAME = "imports-svc"
# Jobs that one process works at side by side: a large one and small ones.
LANES = 2
# Every row that was read has one of these.
OUTCOMES = ("created", "updated", "unchanged", "rejected", "skipped")
# A job is in one transaction at a time; its lease is renewed beside it.
WORKER_POOL = 2
# Counting, copying or forgetting the problems of millions of rows.
STATEMENT_SECONDS = 300
EXPIRE_SECONDS = 3600.0
# Another attempt would end the same way.
HOPELESS = (FeedError, TooManySuppliers, InvalidArgument, NotFound)


class Importer:
    """Works at one job with a large file at most, and at small ones beside it."""

    def __init__(self, database: Database, storage: Storage, catalogue: Catalogue, readers: Readers, folder: Path) -> None:
        self._database = database
        self._storage = storage
        self._catalogue = catalogue
        self._readers = readers
        self._folder = folder
        self._claiming = asyncio.Lock()
        self._large: Lease | None = None
        self._expire_at = 0.0

    async def work(self) -> bool:
        """Take the next job as far as it goes; False when none is due. May be called again while it works."""
        async with self._claiming:
            lease = await claim(self._database, small=self._large is not None)
            if lease is not None and not lease.small:
                self._large = lease
        if lease is not None:
            try:
                await self._work_at(lease)
            finally:
                if self._large is lease:
                    self._large = None
        await self._expire()
        await self._abandon_leftovers()
        return lease is not None

    async def _expire(self) -> None:
        """Give up plans that nobody decided about, once an hour."""
        if time.monotonic() < self._expire_at:
            return
        self._expire_at = time.monotonic() + EXPIRE_SECONDS
        async with self._database.transaction() as session:
            repository = PipelineRepository(session)
            for job in await repository.expired():
                job.expire(await repository.runs(job.id))

    async def _work_at(self, lease: Lease) -> None:
        try:
            with tempfile.TemporaryDirectory(dir=self._folder) as path:
                async with lease.held():
                    with tracing.entered(lease.traceparent), tracing.span("import job", "CONSUMER", job_id=str(lease.job_id)):
                        await self._move_on(lease, Path(path))
                        await _count(lease)
        except LeaseLost:
            log.info("job taken away", job_id=str(lease.job_id))

    async def _move_on(self, lease: Lease, folder: Path) -> None:
        try:
            async with self._readers.borrowed() as reader:
                await Steps(lease, self._catalogue, self._storage, reader, folder).run()
        except LeaseLost:
            raise
        except TurnOver:
            async with lease.transaction() as (_, job):
                job.next_attempt_time = now()
        except HOPELESS as error:
            async with lease.transaction() as (_, job):
                job.fail(*_told(error))
        except Exception as error:
            log.exception("job failed for now", job_id=str(lease.job_id))
            async with lease.transaction() as (_, job):
                (job.wait if _is_outage(error) else job.postpone)(*_told(error))

    async def _abandon_leftovers(self) -> None:
        """Let the catalogue drop what given-up runs left there, and write down what they had applied."""
        async with self._database.transaction() as session:
            left = await PipelineRepository(session).leftovers()
        for run_id in left:
            abandoned = await self._catalogue.abandon_run(run_id)
            async with self._database.transaction() as session:
                await close_abandoned(PipelineRepository(session), run_id, abandoned)


@asynccontextmanager
async def workplace(settings: Settings) -> AsyncIterator[Work]:
    """Everything a worker's work needs, open until the block ends."""
    signer = Signer(NAME, settings.keys_dir)
    async with AsyncExitStack() as stack:
        nudger = Nudger(settings.redis_url, NAME)
        stack.push_async_callback(nudger.close)
        announcer = Announcer(settings.redis_url, DOMAIN)
        await announcer.start()
        stack.push_async_callback(announcer.close)
        database = Database.connect(
            settings.database_url,
            pool_size=WORKER_POOL,
            statement_seconds=STATEMENT_SECONDS,
            on_facts=nudger.nudge,
            on_changes=announcer.announce,
        )
        stack.push_async_callback(database.close)
        channel = await stack.enter_async_context(service_channel(settings.catalog_bulk_address, signer, "catalog-svc"))
        folder = stack.enter_context(workspace(settings.work_dir))
        metrics.watch_disk("imports-work", settings.work_dir)
        readers = Readers()
        stack.push_async_callback(readers.close)
        storage = Storage(read(StorageSettings, "imports-svc"))
        yield Importer(database, storage, Catalogue(BulkServiceStub(channel)), readers, folder).work


async def _count(lease: Lease) -> None:
    """Note a job that has ended, and its rows."""
    async with lease.transaction() as (_, job):
        if job.end_time is None:
            return
        metrics.JOBS_ENDED.labels(QUEUE, job.state).inc()
        for outcome in OUTCOMES:
            metrics.ROWS.labels(QUEUE, outcome).inc(getattr(job, outcome))


def _is_outage(error: Exception) -> bool:
    """Whether something that the job needs is away or full, which ends some time and is not the job's fault."""
    if DiskFull.caused(error):
        return True
    return (isinstance(error, Unavailable) and not isinstance(error, ReaderDied)) or out_of(error) is not None


def _told(error: Exception) -> tuple[str, str]:
    """Reason and message for people; the text of an error nobody foresaw stays in the log."""
    if isinstance(error, ServiceError):
        return error.reason, error.message
    if isinstance(error, FeedError):
        return reason_of(type(error)), str(error)
    if DiskFull.caused(error):
        return _told(DiskFull())
    if lacking := out_of(error):
        told = lacking("imports")
        return told.reason, told.message
    return "INTERNAL", "Something unforeseen went wrong; the log of the imports worker says what."
