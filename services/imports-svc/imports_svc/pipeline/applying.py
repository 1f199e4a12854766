"""From a confirmed plan to the catalogue, batch by batch, while the search catches up with the batches before.

Two transactions at a time are what a small machine has cores for: a batch is applied beside one that is indexed, or, where no
product is created and so no row leans on an earlier one, beside another.
"""

import asyncio
from collections.abc import Iterator
from functools import partial
from uuid import UUID

from chassis.times import now
from imports_svc.jobs.models import Run
from imports_svc.pipeline.catalogue import Catalogue
from imports_svc.pipeline.leases import Lease
from imports_svc.pipeline.mapping import header_hash, reading_of
from imports_svc.pipeline.planning import list_skipped, take_ledger
from imports_svc.pipeline.repository import PipelineRepository
from pm.catalog.v1 import bulk_pb2 as pb

# Batches that may be applied and not indexed: whoever cancels waits for these, and the next run of the supplier, too.
AHEAD = 2


async def apply(lease: Lease, catalogue: Catalogue) -> None:
    """Apply what is left of every run, then end the job. Raises StagingLost, PlanOutdated."""
    async with lease.transaction() as (session, job):
        runs = await PipelineRepository(session).runs(job.id)
        done, total = sum(run.batches_applied for run in runs), sum(run.batch_count for run in runs)
        job.progress("applying", done, total)
    for run in runs:
        if run.state != "applied":
            await _apply_run(lease, catalogue, run)
    await _end(lease)


async def _apply_run(lease: Lease, catalogue: Catalogue, run: Run) -> None:
    """A run of which no row reached the catalogue has nothing to apply."""
    if not run.open:
        async with lease.transaction() as (session, _):
            (await PipelineRepository(session).run(run.id)).state = "applied"
        return
    # Finished before a crash kept us from writing it down: its plan is gone, its ledger is not.
    if (await catalogue.get_run(run.id)).state != pb.Run.STATE_APPLIED:
        await _apply_batches(lease, catalogue, run)
        await _list_conflicts(lease, catalogue, run.id)
    finished = await catalogue.finish_run(run.id)
    async with lease.transaction() as (session, _):
        applied = await PipelineRepository(session).run(run.id)
        take_ledger(applied, finished.ledger)
        applied.state, applied.open = "applied", False
        applied.batches_applied = applied.batch_count


async def _apply_batches(lease: Lease, catalogue: Catalogue, run: Run) -> None:
    async with lease.transaction() as (session, _):
        begun = await PipelineRepository(session).run(run.id)
        begun.state, begun.apply_time = "applying", begun.apply_time or now()
    lanes = 1 if run.products_created else 2
    applying = Applying(lease, catalogue, run)
    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(lanes):
                group.create_task(applying.apply())
            group.create_task(applying.index())
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None


class Applying:
    """The lanes of one run: batches are handed out in order, and indexed once applied."""

    def __init__(self, lease: Lease, catalogue: Catalogue, run: Run) -> None:
        self._lease = lease
        self._catalogue = catalogue
        self._run = run
        # Applied without a gap up to here; whatever was applied behind a gap answers at once when it is asked for again.
        self._applied = run.batches_applied
        self._behind_gap: set[int] = set()
        self._next: Iterator[int] = iter(range(run.batches_applied, run.batch_count))
        self._indexed = run.batches_applied
        self._moved = asyncio.Condition()

    async def apply(self) -> None:
        """One lane: the next batch, until there is none."""
        for batch in self._next:
            async with self._moved:
                await self._moved.wait_for(partial(self._is_near, batch))
            await self._catalogue.apply_batch(self._run.id, batch, self._run.plan_hash)
            async with self._moved:
                self._behind_gap.add(batch)
                while self._applied in self._behind_gap:
                    self._behind_gap.remove(self._applied)
                    self._applied += 1
                await self._save()
                self._moved.notify_all()

    async def index(self) -> None:
        """Index every batch once it is applied. One after the other: a later batch knows better what a product says."""
        self._indexed = (await self._catalogue.get_run(self._run.id)).batches_indexed
        for batch in range(self._indexed, self._run.batch_count):
            async with self._moved:
                await self._moved.wait_for(partial(self._has_applied, batch))
            await self._catalogue.index_batch(self._run.id, batch)
            async with self._moved:
                self._indexed = batch + 1
                self._moved.notify_all()

    def _is_near(self, batch: int) -> bool:
        return batch <= self._indexed + AHEAD

    def _has_applied(self, batch: int) -> bool:
        return self._applied > batch

    async def _save(self) -> None:
        async with self._lease.transaction() as (session, job):
            run = await PipelineRepository(session).run(self._run.id)
            progress = self._applied - run.batches_applied
            run.batches_applied = self._applied
            job.progress("applying", job.progress_done + progress, job.progress_total)
            job.got_on()
        await self._lease.offer_turn()


async def _list_conflicts(lease: Lease, catalogue: Catalogue, run_id: UUID) -> None:
    """Before the run is finished, because that drops its plan."""
    async with lease.transaction() as (session, job):
        await PipelineRepository(session).delete_conflicts(job.id, run_id)
    await list_skipped(lease, catalogue, run_id, pb.PlanRow.KIND_CONFLICT)


async def _end(lease: Lease) -> None:
    """Sum the ledger and remember the mapping for this supplier's next file with the same header."""
    async with lease.transaction() as (session, job):
        repository = PipelineRepository(session)
        job.count(*await repository.runs(job.id))
        job.enter("applied")
        reading = reading_of(job)
        await repository.remember(job, header_hash(reading.inspection), reading.choices, job.to_remember)
