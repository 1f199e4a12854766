"""Jobs, runs and problems as the contract shows them."""

from collections.abc import Iterable

from chassis.times import timestamp
from imports_svc.feeds.doubt import Doubt
from imports_svc.jobs.layouts import layout_json, layout_proto, mapping_json, mapping_proto
from imports_svc.jobs.ledger import COUNTS, Ledger
from imports_svc.jobs.models import Job, Run
from imports_svc.jobs.problems import Problem
from pm.catalog.v1 import bulk_pb2
from pm.imports.v1 import imports_pb2 as pb

# Without it nobody sees what we pay.
PRICES_READ = "catalog.prices.read"
_PRICES = frozenset({"price", "prices"})


def job_proto(job: Job, runs: Iterable[Run], waited_for: Job | None = None) -> pb.Job:
    """The whole job; `waited_for` is the one that has to be done before."""
    message = job_summary(job)
    if waited_for is not None:
        message.waits_for_job_id = str(waited_for.id)
        message.wait_reason = _waiting(waited_for)
    if job.inspection:
        message.shape = layout_json(job.inspection, job.mapping or {})
        message.layout.CopyFrom(layout_proto(job.inspection, job.mapping or {}))
        if job.mapping:
            message.mapping = mapping_json(job.mapping, job.inspection)
            message.field_mapping.CopyFrom(mapping_proto(job.mapping, job.inspection))
    message.runs.extend(map(run_proto, runs))
    message.doubts.extend(_doubt(job, doubt) for doubt in job.all_doubts)
    return message


def _waiting(earlier: Job) -> str:
    said = f"Waits for the import {earlier.id} ({earlier.file.name}): a supplier's files are taken in as they came."
    # Its texts end with a full stop.
    return f"{said} It tries again, since it failed: {earlier.failure_message}" if earlier.failure_message else said


def job_summary(job: Job) -> pb.Job:
    """The job without its runs and without what was found in the file."""
    return pb.Job(
        id=str(job.id),
        file_name=job.file.name,
        file_bytes=job.file.size,
        supplier_name=job.supplier_name,
        state=pb.Job.State.Value(f"STATE_{job.state.upper()}"),
        plan_hash=job.plan_hash,
        ledger=ledger_proto(job),
        hold_reason=job.hold_reason,
        failure_reason=job.failure_reason,
        failure_message=job.failure_message,
        progress=pb.Progress(stage=job.progress_stage, done=job.progress_done, total=job.progress_total),
        auto_apply=job.auto_apply,
        created_by=job.created_by,
        create_time=timestamp(job.create_time),
        update_time=timestamp(job.update_time),
        end_time=timestamp(job.end_time) if job.end_time else None,
        same_as_job_id=str(job.same_as_job_id or ""),
        claimed=job.claimed,
    )


def run_proto(run: Run) -> pb.JobRun:
    return pb.JobRun(
        id=str(run.id),
        supplier_name=run.supplier_name,
        supplier_id=run.supplier_id,
        state=run.state,
        run_state=pb.JobRun.State.Value(f"STATE_{run.state.upper()}"),
        ledger=ledger_proto(run),
        plan_hash=run.plan_hash,
    )


def ledger_proto(ledger: Ledger) -> pb.Ledger:
    return pb.Ledger(reasons=ledger.reasons, **{name: getattr(ledger, name) for name in COUNTS})


def problem_proto(problem: Problem, supplier_name: str, line: int | None) -> pb.Problem:
    return pb.Problem(
        row_no=problem.row_no,
        line=line,
        supplier_name=supplier_name,
        outcome=pb.Problem.Outcome.Value(f"OUTCOME_{problem.outcome.upper()}"),
        reasons=problem.reasons,
        values=problem.values | problem.planned,
    )


def _doubt(job: Job, doubt: Doubt) -> pb.Doubt:
    return pb.Doubt(
        name=doubt.name,
        code=doubt.code,
        column=doubt.column,
        message=doubt.message,
        rows=doubt.rows,
        examples=doubt.examples,
        holds=doubt.holds,
        accepted=job.accepts(doubt),
        encoding=doubt.encoding,
    )


def plan_row_proto(row: bulk_pb2.PlanRow, *, prices: bool) -> pb.PlanRow:
    """A row of a plan as the catalogue tells it; without `prices` what it changes in purchase prices is left out."""
    made = pb.PlanRow(
        row_no=row.row_no,
        kind=pb.PlanRow.Kind.Value(bulk_pb2.PlanRow.Kind.Name(row.kind)),
        ref=row.ref,
        title=row.title,
        creates_product=row.creates_product,
        differs=row.differs,
        tied=row.tied,
    )
    for change in row.changes:
        if prices or change.field not in _PRICES:
            told = made.changes.add(field=change.field)
            for name in ("before", "after"):
                if change.HasField(name):
                    setattr(told, name, getattr(change, name))
    return made
