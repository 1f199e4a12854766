"""What can interrupt a job's way through the pipeline. None of these crosses the service's boundary."""


class StagingLost(Exception):
    """The catalogue's database crashed and emptied what was staged: the same chunks must be staged again."""


class PlanOutdated(Exception):
    """The catalogue moved since the plan was made, or the file reads differently now: only a new plan helps."""
