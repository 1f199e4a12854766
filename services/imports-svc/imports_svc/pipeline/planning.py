"""From staged rows to a plan with its ledger: what `planned` means."""

import hashlib
import io
import json
from collections.abc import Iterable, Sequence
from csv import writer
from uuid import UUID

from imports_svc.jobs.models import Run
from imports_svc.pipeline.catalogue import Catalogue
from imports_svc.pipeline.judging import CHANGED, DIFFERS, DUPLICATE, EXCHANGED, FEW, OF_MANY, ROW_OF_TIES, SHARED, with_judged
from imports_svc.pipeline.leases import Lease
from imports_svc.pipeline.repository import PipelineRepository, Tally
from pm.catalog.v1 import bulk_pb2 as pb

OVERTAKEN = (
    "The import {job_id} brought a later file of the same supplier and was applied first: this older file would overwrite it."
    " Apply the plan if that is meant."
)

OUR_SKU_UNKNOWN, OUR_SKU_CONFLICT = OUR_SKU_REASONS = ("our_sku_unknown", "our_sku_conflict")
_TIES = {
    pb.TieProblem.REASON_SEVERAL_SKUS: "tie_several_skus",
    pb.TieProblem.REASON_REF_UNKNOWN: "tie_ref_unknown",
    pb.TieProblem.REASON_SUPPLIER_UNKNOWN: "tie_supplier_unknown",
}
# What the catalogue's plan says of rows, beside those it leaves out.
_TOLD = (*OUR_SKU_REASONS, *_TIES.values(), SHARED, OF_MANY, CHANGED, EXCHANGED)


async def plan(lease: Lease, catalogue: Catalogue) -> None:
    """Have every run that is not applied planned, list superseded rows, and write the ledgers.

    Raises StagingLost, PlanOutdated.
    """
    async with lease.transaction() as (session, job):
        repository = PipelineRepository(session)
        # Begun again, planning writes them again.
        await repository.delete_problems(job.id, outcome="skipped")
        pending = [run for run in await repository.runs(job.id) if run.state != "applied"]
        for run in pending:
            await repository.forget_reasons(run.id, _TOLD)
        job.progress("planning", 0, len(pending))
    planned: dict[UUID, pb.Run] = {}
    for done, run in enumerate(pending, start=1):
        if run.open:
            planned[run.id] = await catalogue.build_plan(run.id)
            if planned[run.id].ledger.duplicate_in_file:
                await list_skipped(lease, catalogue, run.id, pb.PlanRow.KIND_DUPLICATE)
            if planned[run.id].ledger.our_sku_conflict or planned[run.id].ledger.our_sku_told:
                await _list_our_skus(lease, catalogue, run.id)
            if planned[run.id].ledger.ties_told:
                await _list_ties(lease, catalogue, run.id)
            if planned[run.id].ledger.gtin_shared:
                await _list_shared_gtins(lease, catalogue, run.id)
            if planned[run.id].gtins_changed:
                await _list_changed_gtins(lease, catalogue, run.id)
        async with lease.transaction() as (_, job):
            job.progress("planning", done, len(pending))
    await _write(lease, planned)


async def list_skipped(lease: Lease, catalogue: Catalogue, run_id: UUID, kind: "pb.PlanRow.Kind.ValueType") -> None:
    """Write the plan's rows of this kind among the job's problems."""
    reason = {pb.PlanRow.KIND_DUPLICATE: DUPLICATE, pb.PlanRow.KIND_CONFLICT: "conflict"}[kind]
    async for rows in catalogue.plan_rows(run_id, kind):
        async with lease.transaction() as (session, job):
            await PipelineRepository(session).copy_problems(_skipped_csv(job.id, run_id, reason, rows))


async def _list_our_skus(lease: Lease, catalogue: Catalogue, run_id: UUID) -> None:
    """Write rows whose word about our SKU could not be followed among the job's problems."""
    async for problems in catalogue.our_sku_problems(run_id):
        async with lease.transaction() as (session, job):
            await PipelineRepository(session).add_problems(_our_skus_csv(job.id, run_id, problems))


async def _list_ties(lease: Lease, catalogue: Catalogue, run_id: UUID) -> None:
    """Write rows of the own list whose ties are refused or wait among the job's problems."""
    async for problems in catalogue.tie_problems(run_id):
        async with lease.transaction() as (session, job):
            await PipelineRepository(session).add_problems(_ties_csv(job.id, run_id, problems))


async def _list_shared_gtins(lease: Lease, catalogue: Catalogue, run_id: UUID) -> None:
    """Write rows whose GTIN other references of their supplier have, too, among the job's problems."""
    async for rows in catalogue.shared_gtins(run_id):
        async with lease.transaction() as (session, job):
            await PipelineRepository(session).add_problems(_shared_csv(job.id, run_id, rows))


async def _list_changed_gtins(lease: Lease, catalogue: Catalogue, run_id: UUID) -> None:
    """Write rows whose known offer has another GTIN than before among the job's problems."""
    async for rows in catalogue.changed_gtins(run_id):
        async with lease.transaction() as (session, job):
            await PipelineRepository(session).add_problems(_changed_csv(job.id, run_id, rows))


async def _write(lease: Lease, planned: dict[UUID, pb.Run]) -> None:
    async with lease.transaction() as (session, job):
        repository = PipelineRepository(session)
        tallies = await repository.tallies(job.id)
        runs = await repository.runs(job.id)
        for run in runs:
            if run.state != "applied":
                _plan_run(run, planned.get(run.id, pb.Run()), tallies.get(run.id, Tally()))
        job.count(*runs)
        job.plan_hash = plan_hash(runs)
        currencies = {run.default_currency for run in planned.values()} - {""}
        own = next((run.ledger for run in planned.values() if run.own_list), None)
        job.note_doubts(with_judged(job, currencies, own, runs))
        # What was accepted for earlier files need not be in this one.
        job.note_not_found(set(job.accepted) - await repository.accepted(job.supplier_name))
        job.enter("planned")
        if open_doubts := job.open_doubts:
            job.enter("held")
            job.hold_reason = " ".join(doubt.message for doubt in open_doubts)
        elif job.auto_apply and (later := await repository.overtaken_by(job)):
            job.enter("held")
            job.hold_reason = OVERTAKEN.format(job_id=later)
        elif job.auto_apply:
            job.confirm(job.plan_hash)


def _plan_run(run: Run, planned: pb.Run, tally: Tally) -> None:
    """What the catalogue would do with the run's rows, beside the rows it never saw."""
    run.state = "planned"
    run.plan_hash = planned.plan_hash
    run.batch_count, run.batches_applied = planned.batch_count, 0
    run.rejected = tally.outcomes.get("rejected", 0)
    run.warnings = tally.outcomes.get("warning", 0)
    run.reasons = tally.reasons
    take_ledger(run, planned.ledger)


def take_ledger(run: Run, ledger: pb.Ledger) -> None:
    """The catalogue's part of the run's ledger."""
    run.created, run.updated, run.unchanged = ledger.created, ledger.updated, ledger.unchanged
    run.skipped = ledger.duplicate_in_file + ledger.conflict + ledger.our_sku_conflict
    run.read = ledger.staged + run.rejected
    run.vanished = ledger.vanished
    run.products_created, run.products_changed = ledger.products_created, ledger.products_changed
    if ledger.conflict:
        run.reasons = run.reasons | {"conflict": ledger.conflict}


async def close_abandoned(repository: PipelineRepository, run_id: UUID, abandoned: pb.Run | None) -> None:
    """Note that the catalogue holds nothing of the run any more; a cancelled run's ledger tells what was applied of it."""
    run = await repository.run(run_id)
    run.open = False
    if run.state == "superseded":
        return
    run.state = "abandoned"
    if run.plan_hash:
        # A run that the catalogue does not know, or not any more, has changed nothing there.
        applied = (abandoned or pb.Run()).applied
        run.give_up(
            created=applied.created,
            updated=applied.updated,
            conflict=applied.conflict,
            products_created=applied.products_created,
            products_changed=applied.products_changed,
            vanished=applied.vanished,
        )
        job = await repository.job(run.job_id)
        job.count(*await repository.runs(job.id))


def plan_hash(runs: Iterable[Run]) -> str:
    """Identifies the plans of all runs together."""
    return hashlib.sha256("".join(sorted(run.plan_hash for run in runs)).encode()).hexdigest()


def _our_skus_csv(job_id: UUID, run_id: UUID, problems: Sequence[pb.OurSkuProblem]) -> bytes:
    text = io.StringIO()
    writer(text).writerows(
        (
            *(job_id, run_id, problem.row_no, "skipped" if problem.skipped else "warning"),
            f"{{{OUR_SKU_CONFLICT if problem.reason == pb.OurSkuProblem.REASON_CONFLICT else OUR_SKU_UNKNOWN}}}",
            json.dumps({name: value for name, value in _told(problem).items() if value}, ensure_ascii=False),
        )
        for problem in problems
    )
    return text.getvalue().encode()


def _told(problem: pb.OurSkuProblem) -> dict[str, str]:
    """What speaks against it, with the products by title and id."""
    by_sku, by_gtin = problem.sku_product_id, problem.gtin_product_id
    return {
        "ref": problem.ref,
        "our_sku": problem.our_sku,
        "our SKU by the own list": problem.tied_sku,
        "product of our SKU": f"{problem.sku_product_title} ({by_sku})" if by_sku else "",
        "product of the GTIN": f"{problem.gtin_product_title} ({by_gtin})" if by_gtin else "",
    }


def _ties_csv(job_id: UUID, run_id: UUID, problems: Sequence[pb.TieProblem]) -> bytes:
    text = io.StringIO()
    writer(text).writerows(
        (
            *(job_id, run_id, problem.row_no, "warning", f"{{{_TIES[problem.reason]}}}"),
            json.dumps(
                {"ref": problem.sku, "tie_supplier": problem.supplier, "tie_ref": problem.supplier_ref}
                | ({"rows of this supplier": f"{problem.rows:,}"} if problem.rows > 1 else {}),
                ensure_ascii=False,
            ),
        )
        for problem in problems
    )
    return text.getvalue().encode()


def _shared_csv(job_id: UUID, run_id: UUID, rows: Sequence[pb.SharedGtin]) -> bytes:
    text = io.StringIO()
    writer(text).writerows(
        (
            *(job_id, run_id, row.row_no, "warning"),
            f"{{{SHARED},{OF_MANY}}}" if row.references > FEW else f"{{{SHARED}}}",
            json.dumps({"ref": row.ref, "GTIN": row.gtin, "references with this GTIN": _others(row)}, ensure_ascii=False),
        )
        for row in rows
    )
    return text.getvalue().encode()


def _changed_csv(job_id: UUID, run_id: UUID, rows: Sequence[pb.ChangedGtin]) -> bytes:
    text = io.StringIO()
    writer(text).writerows(
        (
            *(job_id, run_id, row.row_no, "warning", f"{{{CHANGED},{EXCHANGED}}}" if row.exchanged_ref else f"{{{CHANGED}}}"),
            json.dumps({name: value for name, value in _of_changed(row).items() if value}, ensure_ascii=False),
        )
        for row in rows
    )
    return text.getvalue().encode()


def _of_changed(row: pb.ChangedGtin) -> dict[str, str]:
    """The GTIN before and now, and what keeps the product from following, by its name."""
    other = row.other_product_id
    kept = bool(other or row.other_ref or row.product_gtin not in ("", row.before))
    return {
        "ref": row.ref,
        "GTIN before": row.before or "none",
        "GTIN": row.after,
        "product": f"{row.product_title} ({row.product_id})" if kept else "",
        "product keeps": row.product_gtin if kept else "",
        "product of the GTIN": f"{row.other_product_title} ({other})" if other else "",
        "reference that brings one of both": row.exchanged_ref,
        "offer with the GTIN before": f"{row.other_ref} of {row.other_supplier}" if row.other_ref else "",
    }


def _others(row: pb.SharedGtin) -> str:
    """The other references, as many as are told, and how many more there are."""
    more = row.references - 1 - len(row.others)
    return f"{', '.join(row.others)} and {more:,} more" if more else ", ".join(row.others)


def _skipped_csv(job_id: UUID, run_id: UUID, reason: str, rows: Sequence[pb.PlanRow]) -> bytes:
    text = io.StringIO()
    fixed = (job_id, run_id)
    writer(text).writerows(
        (
            *fixed,
            row.row_no,
            "skipped",
            f"{{{','.join([ROW_OF_TIES if row.tied else reason, *([DIFFERS] if row.differs else [])])}}}",
            json.dumps({"ref": row.ref}, ensure_ascii=False),
        )
        for row in rows
    )
    return text.getvalue().encode()
