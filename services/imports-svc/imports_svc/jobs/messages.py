"""Jobs, runs and problems as the contract shows them."""

import json
from collections.abc import Iterable
from typing import Any

from chassis.times import timestamp
from imports_svc.feeds.doubt import Doubt
from imports_svc.jobs.ledger import COUNTS, Ledger
from imports_svc.jobs.models import Job, Run
from imports_svc.jobs.problems import Problem
from pm.catalog.v1.bulk_pb2 import PlanRow
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
    message.shape = _shape(job.inspection, job.mapping or {}) if job.inspection else ""
    message.mapping = _mapping(job.mapping, job.inspection) if job.mapping and job.inspection else ""
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


def hide_prices(row: PlanRow) -> None:
    """Leave out of a plan's row what it changes in purchase prices."""
    shown = [change for change in row.changes if change.field not in _PRICES]
    del row.changes[:]
    row.changes.extend(shown)


def _shape(inspection: dict[str, Any], mapping: dict[str, Any]) -> str:
    """The layout of the file, how its numbers are read, and its first rows."""
    columns, chosen = inspection["shape"]["columns"], mapping.get("decimal_mark")
    decimals = {
        name: chosen if chosen and (style["ambiguous"] or style["mixed"]) else style["decimal"]
        for name, profile in zip(columns, inspection["profile"]["columns"], strict=True)
        if profile["decimals"] and (style := profile["style"])
    }
    rows = {"rows": inspection["rows"], "rows_estimated": inspection.get("estimated", False)}
    shown = inspection["shape"] | rows | {"decimals": decimals, "sample": inspection["sample"]}
    return json.dumps(shown, ensure_ascii=False)


def _mapping(mapping: dict[str, Any], inspection: dict[str, Any]) -> str:
    """Fields with their columns by name."""
    columns = inspection["shape"]["columns"]
    fields = {field: choice | {"column": columns[choice["column"]]} for field, choice in mapping["fields"].items()}
    return json.dumps(mapping | {"fields": fields}, ensure_ascii=False)
