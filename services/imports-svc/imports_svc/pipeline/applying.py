"""From a confirmed plan to the catalogue, batch by batch; each is saved before the next begins."""

from uuid import UUID

from chassis.times import now
from imports_svc.jobs.models import Run
from imports_svc.pipeline.catalogue import Catalogue
from imports_svc.pipeline.leases import Lease
from imports_svc.pipeline.planning import list_skipped, take_ledger
from imports_svc.pipeline.reading import Reading, header_hash
from imports_svc.pipeline.repository import PipelineRepository
from pm.catalog.v1 import bulk_pb2 as pb


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
    for batch in range(run.batches_applied, run.batch_count):
        await catalogue.apply_batch(run.id, batch, run.plan_hash)
        async with lease.transaction() as (session, job):
            (await PipelineRepository(session).run(run.id)).batches_applied = batch + 1
            job.progress("applying", job.progress_done + 1, job.progress_total)
            job.got_on()
        await lease.offer_turn()


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
        reading = Reading.of(job)
        await repository.remember(job, header_hash(reading.inspection), reading.choices)
