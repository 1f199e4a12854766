"""What can be wrong with a job, and what can interrupt the work at one."""

from collections.abc import Collection
from uuid import UUID

from chassis.counts import counted
from chassis.errors import FailedPrecondition, NotFound


class JobNotFound(NotFound):
    def __init__(self, id: UUID) -> None:
        super().__init__("There is no job with this id.", job_id=id)


class WrongJobState(FailedPrecondition):
    def __init__(self, action: str, state: str, allowed: Collection[str]) -> None:
        super().__init__(f"A job that is {state} can't be {action}; it must be {' or '.join(sorted(allowed))}.", state=state)


class WorkerLost(FailedPrecondition):
    """Workers died at the job, one after the other; `again` says how to try once more."""

    def __init__(self, times: int, again: str) -> None:
        super().__init__(
            f"The worker died {counted(times, 'time')} at this job, so it is given up: its log and the machine's memory say why."
            f" {again}",
            times=times,
        )


class LeaseLost(Exception):
    """The job is no longer ours: it was paused or cancelled, or another worker took it over. Nothing more may be written."""


class TurnOver(Exception):
    """The job had its time and lets another one go first."""
