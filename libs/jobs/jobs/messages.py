"""Jobs of any kind as the common contract shows them."""

from collections.abc import Iterable
from typing import Any, ClassVar, Protocol

from chassis.times import timestamp
from jobs.attempts import AttemptColumns
from jobs.columns import JobColumns
from jobs.states import CANCELLED, FAILED, PAUSED
from pm.common.v1 import jobs_pb2 as pb


class Described(Protocol):
    """What is asked of a kind (`jobs.kinds.Kind`)."""

    name: ClassVar[str]
    service: ClassVar[str]

    def title(self, job: Any) -> str: ...

    def supplier(self, job: Any) -> str: ...

    def wait_reason(self, job: Any) -> str: ...


def job_proto(kind: Described, job: Any, attempts: Iterable[AttemptColumns] = ()) -> pb.Job:
    """What every job shows; `attempts` are its rows, the newest first."""
    state = state_of(job)
    queued = state == pb.Job.STATE_QUEUED
    return pb.Job(
        id=str(job.id),
        kind=kind.name,
        service=kind.service,
        state=state,
        kind_state=job.state,
        title=kind.title(job),
        supplier_name=kind.supplier(job),
        progress=_progress(job),
        priority=job.priority,
        wait_reason=kind.wait_reason(job) if state == pb.Job.STATE_WAITING else "",
        failure_reason=job.failure_reason,
        failure_message=job.failure_message,
        created_by=job.created_by,
        request_id=job.request_id,
        create_time=timestamp(job.create_time),
        update_time=timestamp(job.update_time),
        end_time=timestamp(job.end_time) if job.end_time else None,
        next_attempt_time=timestamp(job.next_attempt_time) if queued else None,
        attempt_count=job.attempts,
        attempts=[_attempt(job, attempt) for attempt in attempts],
    )


def ended_proto(kind: Described, job: Any) -> pb.JobEnded:
    """That the job came to its end."""
    return pb.JobEnded(
        job_id=str(job.id),
        kind=kind.name,
        service=kind.service,
        state=state_of(job),
        kind_state=job.state,
        title=kind.title(job),
        supplier_name=kind.supplier(job),
        user_id=job.created_by,
        failure_reason=job.failure_reason,
        failure_message=job.failure_message,
    )


def state_of(job: JobColumns) -> "pb.Job.State.ValueType":
    """What a state means to those who know nothing of the kind."""
    states = job.states
    if job.state in states.live:
        return pb.Job.STATE_RUNNING if job.claimed else pb.Job.STATE_QUEUED
    if job.state in states.waiting:
        return pb.Job.STATE_WAITING
    ends = {PAUSED: pb.Job.STATE_PAUSED, CANCELLED: pb.Job.STATE_CANCELLED, FAILED: pb.Job.STATE_FAILED}
    return ends.get(job.state, pb.Job.STATE_DONE)


def _progress(job: JobColumns) -> pb.JobProgress:
    shown = pb.JobProgress(stage=job.progress_stage, done=job.progress_done, total=job.progress_total)
    if (rate := job.rate) is not None:
        shown.rate = rate
    if (remaining := job.remaining_seconds) is not None:
        shown.remaining_seconds = remaining
    return shown


def _attempt(job: JobColumns, attempt: AttemptColumns) -> pb.JobAttempt:
    outcome = attempt.outcome
    if attempt.end_time is None and (attempt.number < job.attempts or not job.claimed):
        # Its worker died, and nobody has claimed the job since.
        outcome = "lost"
    return pb.JobAttempt(
        number=attempt.number,
        begin_time=timestamp(attempt.begin_time),
        end_time=timestamp(attempt.end_time) if attempt.end_time else None,
        worker=attempt.worker,
        outcome=pb.JobAttempt.Outcome.Value(f"OUTCOME_{outcome.upper()}") if outcome else pb.JobAttempt.OUTCOME_UNSPECIFIED,
        reason=attempt.reason,
        message=attempt.message,
        claims=attempt.claims,
    )
