"""What a worker does when it is woken: the next job that is due, or else what given-up runs left in the catalogue."""

import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from chassis import metrics
from chassis.auth import Signer
from chassis.client import service_channel
from chassis.db import Database
from chassis.invalidation import Announcer
from chassis.settings import StorageSettings, read
from chassis.storage import Storage
from events.nudges import Nudger
from imports_svc.jobs.kind import IMPORTS
from imports_svc.jobs.models import Job
from imports_svc.pipeline.catalogue import Catalogue
from imports_svc.pipeline.leases import Lease
from imports_svc.pipeline.planning import close_abandoned
from imports_svc.pipeline.repository import PipelineRepository
from imports_svc.pipeline.retention import Retention
from imports_svc.pipeline.steps import Steps
from imports_svc.pipeline.workspace import workspace
from imports_svc.reading.reader import Readers
from imports_svc.settings import DOMAIN, QUEUE, Settings
from jobs.waking import Work
from jobs.working import Worker
from pm.catalog.v1.bulk_pb2_grpc import BulkServiceStub

NAME = "imports-svc"
# Every row that was read has one of these.
OUTCOMES = ("created", "updated", "unchanged", "rejected", "skipped")
# A job is in one transaction at a time; its lease is renewed beside it.
WORKER_POOL = 2
# Counting, copying or forgetting the problems of millions of rows.
STATEMENT_SECONDS = 300
EXPIRE_SECONDS = 3600.0


class Importer(Worker[Job]):
    """Moves import jobs on."""

    def __init__(
        self,
        database: Database,
        storage: Storage,
        catalogue: Catalogue,
        readers: Readers,
        folder: Path,
        *,
        retention: Retention | None = None,
    ) -> None:
        super().__init__(database, IMPORTS)
        self._storage = storage
        self._catalogue = catalogue
        self._readers = readers
        self._folder = folder
        self._retention = retention
        self._expire_at = 0.0

    async def move_on(self, lease: Lease) -> None:
        with tempfile.TemporaryDirectory(dir=self._folder) as folder:
            async with self._readers.borrowed() as reader:
                await Steps(lease, self._catalogue, self._storage, reader, Path(folder)).run()

    async def ended(self, job: Job) -> None:
        for outcome in OUTCOMES:
            metrics.ROWS.labels(QUEUE, outcome).inc(getattr(job, outcome))

    async def between(self) -> None:
        await self._expire()
        await self._abandon_leftovers()

    async def _expire(self) -> None:
        """Give up plans that nobody decided about, and remove what is no longer kept, once an hour."""
        if time.monotonic() < self._expire_at:
            return
        self._expire_at = time.monotonic() + EXPIRE_SECONDS
        async with self._database.transaction() as session:
            repository = PipelineRepository(session)
            for job in await repository.expired():
                job.expire(await repository.runs(job.id))
        if self._retention is not None:
            await self._retention.run()

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
        days = {"upload_days": settings.keep_upload_days, "job_days": settings.keep_job_days}
        retention = Retention(database, storage, **days)
        yield Importer(database, storage, Catalogue(BulkServiceStub(channel)), readers, folder, retention=retention).work
