"""The way of one job through its states. Every step begins from what the database says and ends by changing the state."""

import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import structlog

from chassis import metrics, tracing
from chassis.storage import Storage
from chassis.times import now
from imports_svc.feeds.encodings import Letters
from imports_svc.feeds.errors import EmptyFeed, SampleMisleads
from imports_svc.feeds.fields import ENCODING, TABLE
from imports_svc.feeds.tables import NOTHING_CHOSEN, Earlier
from imports_svc.jobs.errors import TooManySuppliers, UploadRemoved
from imports_svc.jobs.models import Job
from imports_svc.jobs.repository import JobRepository
from imports_svc.mapping.around import settled
from imports_svc.mapping.doubts import doubts_of
from imports_svc.pipeline.applying import apply
from imports_svc.pipeline.catalogue import Catalogue
from imports_svc.pipeline.errors import PlanOutdated, StagingLost
from imports_svc.pipeline.leases import Lease
from imports_svc.pipeline.mapping import header_hash, inspection_of, mapped, of_list, of_this_kind, reading_of, remembered
from imports_svc.pipeline.planning import OUR_SKU_REASONS, plan
from imports_svc.pipeline.repository import PipelineRepository
from imports_svc.pipeline.staging import MAX_SUPPLIERS, Staging
from imports_svc.reading.reader import Reader
from imports_svc.settings import QUEUE

log = structlog.get_logger(__name__)

# When a job that applies by itself plans anew because the catalogue moved: another run of its supplier may still be at work.
REPLAN_DELAYS = tuple(timedelta(seconds=seconds) for seconds in (2, 30, 120))
PAUSED_BESIDE = "The import {job_id} of the same supplier is paused half way: resume or cancel it, then replan this one."
# How often what the catalogue lost is staged again before the job waits for its next attempt.
MAX_LOSSES = 5


class Steps:
    """Moves one job as far as it goes without a person. `folder` is empty and the job's own."""

    def __init__(self, lease: Lease, catalogue: Catalogue, storage: Storage, reader: Reader, folder: Path) -> None:
        self._lease = lease
        self._reader = reader
        self._catalogue = catalogue
        self._storage = storage
        self._folder = folder
        self._path: Path | None = None
        self._losses = 0

    async def run(self) -> None:
        """Raises LeaseLost, TurnOver, FeedError, TooManySuppliers, and what reader, catalogue, storage and database raise."""
        steps: dict[str, Callable[[], Awaitable[None]]] = {
            "uploaded": self.sniff,
            "sniffed": self._map,
            "mapped": self._plan,
            "applying": self._apply,
        }
        while step := steps.get((await self._job()).state):
            await self._lease.offer_turn()
            name = step.__name__.lstrip("_")
            try:
                with tracing.span(f"import {name}"), metrics.STEP.labels(QUEUE, name).time():
                    await step()
            except StagingLost:
                await self._forget_staging()
            except SampleMisleads as error:
                await self._profile_whole(str(error))
            except PlanOutdated as error:
                log.info("plan outdated", job_id=str(self._lease.job_id), why=str(error))
                await self._outdated()
                return

    async def _job(self) -> Job:
        async with self._lease.transaction() as (session, job):
            return await JobRepository(session).get(job.id)

    async def _file(self) -> Path:
        """The plain local copy, fetched once."""
        if self._path is None:
            job = await self._job()
            file = job.file
            if file.remove_time is not None:
                raise UploadRemoved(file.name)
            stored = self._folder / Path(file.key).name
            await self._storage.download(file.bucket, file.key, stored)
            self._path = await self._reader.unpack(stored, self._folder, *await self._table(job), await self._letters(job))
        return self._path

    async def _table(self, job: Job) -> tuple[str, Earlier]:
        """Which table a person chose, of this file or of the supplier's earlier ones; once it was looked at, the same."""
        if TABLE in job.overrides:
            return job.overrides[TABLE], NOTHING_CHOSEN
        if job.inspection is not None:
            return inspection_of(job).shape.chosen, NOTHING_CHOSEN
        async with self._lease.transaction() as (session, _):
            return "", await PipelineRepository(session).chosen_tables(job.supplier_name)

    async def _letters(self, job: Job) -> Letters:
        """Which encoding a person said, of this file or of the supplier's earlier ones; likewise."""
        if ENCODING in job.overrides:
            return Letters(job.overrides[ENCODING])
        if job.inspection is not None:
            return Letters(earlier=inspection_of(job).shape.letters)
        async with self._lease.transaction() as (session, _):
            return Letters(earlier=await PipelineRepository(session).said_encoding(job.supplier_name))

    async def sniff(self) -> None:
        """Raises FeedError, also for a file without rows: it says nothing, least of all that everything vanished."""
        inspection = await self._reader.inspect(await self._file())
        if not inspection.rows:
            raise EmptyFeed("The file has a header but no row. Check the supplier's export and send it again.")
        async with self._lease.transaction() as (_, job):
            job.inspection = json.loads(inspection.to_json())
            job.enter("sniffed")

    async def _profile_whole(self, why: str) -> None:
        """The beginning of the file did not tell how to read all of it: look at every value, then begin again behind that."""
        log.info("profiling the whole file", job_id=str(self._lease.job_id), why=why)
        shape = inspection_of(await self._job()).shape
        inspection = await self._reader.inspect(await self._file(), shape, whole=True)
        async with self._lease.transaction() as (session, job):
            for run in await PipelineRepository(session).runs(job.id):
                run.supersede()
            job.inspection = json.loads(inspection.to_json())
            job.restart()

    async def _map(self) -> None:
        """Ask the catalogue what the job's supplier is to the shop, and those of the file it may be the same as."""
        async with self._lease.transaction() as (session, _):
            jobs = JobRepository(session)
            job = await jobs.get(self._lease.job_id)
            latest = await jobs.latest_applied(job.supplier_name)
            runs = await PipelineRepository(session).runs(latest.id) if latest else []
            names = [job.supplier_name, *(run.supplier_name for run in runs)]
        facts = await self._catalogue.suppliers(names)
        await self.map(own_list=facts[0].own_list, tied=any(one.tied for one in facts))

    async def map(self, *, own_list: bool = False, tied: bool = False) -> None:
        """Suggestion, then what was remembered for this header, then what the user said.

        `own_list`: the supplier is the shop's own list. `tied`: that list ties references of suppliers of the file to our SKUs.
        """
        async with self._lease.transaction() as (session, _):
            job = await JobRepository(session).get(self._lease.job_id)
            found = inspection_of(job)
            inspection = of_list(found, own_list=own_list)
            if inspection is not found:
                job.inspection = json.loads(inspection.to_json())
            template = await PipelineRepository(session).template(job.supplier_name, header_hash(inspection))
            mapping = mapped(inspection, remembered(template, own_list=own_list), job.overrides)
            mapping = settled(mapping, inspection.shape, job.currency)
            job.mapping = json.loads(mapping.to_json())
            job.note_doubts(of_this_kind(doubts_of(inspection, mapping, job.currency), inspection, template))
            job.accept(await PipelineRepository(session).accepted(job.supplier_name))
            reading = reading_of(job)
            job.reading_hash = reading.digest(job.file.sha256)
            if reading.suppliers > MAX_SUPPLIERS:
                raise TooManySuppliers(reading.choices["supplier"], reading.suppliers, MAX_SUPPLIERS)
            seen = job.confirmed or template is not None
            if not mapping.usable or (mapping.problems and not seen):
                job.enter("held")
                job.hold_reason = " ".join(mapping.problems)
            elif tied or not await self._is_same(JobRepository(session), PipelineRepository(session), job):
                job.enter("mapped")

    async def _is_same(self, jobs: JobRepository, repository: PipelineRepository, job: Job) -> bool:
        """Whether the same rows were applied last; the job has ended then.

        Rows skipped for a conflict deserve another try, and a job that has applied something itself goes on with the rest.
        What SKUs of ours stand for may have changed without a new row of this supplier, and so may what our own list ties.
        """
        begun = job.force or await jobs.runs(job.id)
        latest = None if begun else await jobs.latest_applied(job.supplier_name)
        if latest is None or latest.reading_hash != job.reading_hash or "conflict" in latest.reasons:
            return False
        if "our_sku" in (job.mapping or {}).get("fields", {}) or latest.reasons.keys() & OUR_SKU_REASONS:
            return False
        await repository.copy_outcome(latest, job)
        if TABLE in job.overrides:
            await repository.remember_table(job, header_hash(inspection_of(job)))
        job.count(*await repository.runs(job.id))
        job.same_as_job_id = latest.same_as_job_id or latest.id
        job.enter("applied")
        return True

    async def _plan(self) -> None:
        await self._stage()
        await plan(self._lease, self._catalogue)

    async def _apply(self) -> None:
        await self._lease.keep_order()
        async with self._lease.transaction() as (session, job):
            lost = await PipelineRepository(session).has_lost_chunks(job.id)
        if lost:
            await self._stage()
        await apply(self._lease, self._catalogue)

    async def _stage(self) -> None:
        path, job = await self._file(), await self._job()
        await Staging(self._lease, self._catalogue, self._reader, job).run(path)

    async def _forget_staging(self) -> None:
        """Let the next step stage again; the recorded digests hold the same rows to their places.

        Raises StagingLost when it happens too often.
        """
        self._losses += 1
        log.warning("staging lost", job_id=str(self._lease.job_id), times=self._losses)
        if self._losses > MAX_LOSSES:
            raise StagingLost
        async with self._lease.transaction() as (session, job):
            await PipelineRepository(session).forget_chunks(job.id)

    async def _outdated(self) -> None:
        """Plan anew what is not applied; a plan that a person confirmed is shown to a person again."""
        async with self._lease.transaction() as (session, job):
            repository = PipelineRepository(session)
            blocking = await repository.paused_beside(job.id)
            for run in await repository.runs(job.id):
                run.supersede()
            if job.auto_apply and job.replans < len(REPLAN_DELAYS) and blocking is None:
                job.restart()
                job.next_attempt_time = now() + REPLAN_DELAYS[job.replans]
                job.replans += 1
            else:
                job.enter("stale")
                job.hold_reason = PAUSED_BESIDE.format(job_id=blocking) if blocking else ""
