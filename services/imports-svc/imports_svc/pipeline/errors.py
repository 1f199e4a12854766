"""What can interrupt a job's way through the pipeline. None of these crosses the service's boundary."""


class LeaseLost(Exception):
    """The job is no longer ours: it was paused or cancelled, or another worker took it over. Nothing more may be written."""


class TurnOver(Exception):
    """The job had its time and lets another one go first."""


class StagingLost(Exception):
    """The catalogue's database crashed and emptied what was staged: the same chunks must be staged again."""


class PlanOutdated(Exception):
    """The catalogue moved since the plan was made, or the file reads differently now: only a new plan helps."""
