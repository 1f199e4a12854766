"""The order of a supplier's files: they are taken in as they came."""

from sqlalchemy import ARRAY, ColumnElement, Text, exists, func, select, tuple_

from imports_svc.jobs.models import LIVE, Job, Run


def before_it(earlier: type[Job]) -> tuple[ColumnElement[bool], ...]:
    """Whether `earlier` came before `Job`, shares a supplier with it, and is still to be moved on by a worker, now or later.

    One that waits for its next attempt keeps its place. Only a job that has begun to apply goes on, although an earlier one was
    planned again meanwhile.
    """
    begun = exists().where(Run.job_id == Job.id, Run.state == "applying").correlate(Job)
    return (
        ~begun,
        earlier.state.in_(LIVE),
        tuple_(earlier.create_time, earlier.id) < tuple_(Job.create_time, Job.id),
        _suppliers(earlier).bool_op("&&")(_suppliers(Job)),
    )


def _suppliers(job: type[Job]) -> ColumnElement[list[str]]:
    """The names of the suppliers of a job in lower case: its own, and those found in its file that are not applied yet."""
    found = select(func.lower(Run.supplier_name)).where(Run.job_id == job.id, Run.state.not_in(["superseded", "applied"]))
    # Said, because a query two levels below is not tied to the job by itself: it would ask for the suppliers of all jobs.
    return func.array_append(func.array(found.correlate(job).scalar_subquery()), func.lower(job.supplier_name), type_=ARRAY(Text))
