"""Imports as a kind of job: the order of a supplier's files, and small files beside large ones."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, inspect, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased, defer, joinedload
from sqlalchemy.sql.base import ExecutableOption

from chassis.errors import InvalidArgument, NotFound, reason_of
from imports_svc.feeds.errors import FeedError
from imports_svc.jobs.errors import TooManySuppliers
from imports_svc.jobs.models import FINAL, LIVE, Attempt, File, Job, Template
from imports_svc.jobs.order import before_it
from imports_svc.jobs.repository import JobRepository, note_job
from imports_svc.reading.errors import DiskFull, ReaderDied
from imports_svc.settings import QUEUE
from jobs.kinds import Kind
from jobs.states import FAILED

# Files of a few seconds' work: they do not wait for larger ones.
SMALL_BYTES = 2 * 1024 * 1024
_DECIDE = {
    "planned": "Look at the plan, then confirm or cancel it.",
    "held": "Correct the mapping or accept what is doubted, or cancel the import.",
    "stale": "The catalogue moved since the plan was made: replan.",
}


class ImportKind(Kind[Job]):
    """What is different about imports."""

    name = "import"
    service = "imports-svc"
    queue = QUEUE
    read = "imports.jobs.read"
    write = "imports.jobs.write"
    model = Job
    attempts = Attempt
    hopeless = (FeedError, TooManySuppliers, InvalidArgument, NotFound)
    small_cost = SMALL_BYTES
    again = "Replan to try again."

    def due(self) -> Sequence[ColumnElement[bool]]:
        """A supplier's files keep their order."""
        return (~exists().where(*before_it(aliased(Job))),)

    def since(self) -> ColumnElement[datetime]:
        """A supplier's next file waits since the one before it came to rest: between many of one, others have their turn."""
        other = aliased(Job)
        rested = select(func.max(other.update_time)).where(
            func.lower(other.supplier_name) == func.lower(Job.supplier_name),
            other.state.not_in(LIVE),
            other.update_time > Job.next_attempt_time,
        )
        return func.greatest(Job.next_attempt_time, rested.correlate(Job).scalar_subquery())

    def cost(self) -> ColumnElement[int]:
        """The size of the file."""
        return select(File.size).where(File.id == Job.file_id).scalar_subquery()

    async def tell(self, session: AsyncSession, job: Job) -> None:
        """Beside its end: what came of its rows, and that a person has to decide."""
        if job.state in FINAL and "file" in inspect(job).unloaded:
            await session.refresh(job, ["file"])
        await JobRepository(session).tell(job)
        await super().tell(session, job)

    def needed(self) -> ColumnElement[bool]:
        """What later files ask for: the job of a mapping, the supplier's latest one; and what still has its upload."""
        later = aliased(Job)
        same = func.lower(later.supplier_name) == func.lower(Job.supplier_name)
        latest = ~exists().where(same, later.state == "applied", later.end_time > Job.end_time)
        named = exists().where(Template.job_id == Job.id) | exists().where(later.same_as_job_id == Job.id)
        kept = exists().where(File.id == Job.file_id, File.remove_time.is_(None))
        return named | kept | ((Job.state == "applied") & latest)

    def options(self) -> Sequence[ExecutableOption]:
        """The file is shown by its name; what was found in it is not shown, and is large."""
        return joinedload(Job.file), defer(Job.inspection), defer(Job.mapping)

    def title(self, job: Job) -> str:
        return job.file.name

    def supplier(self, job: Job) -> str:
        return job.supplier_name

    def of_supplier(self, name: str) -> ColumnElement[bool]:
        return func.lower(Job.supplier_name) == name.lower()

    def wait_reason(self, job: Job) -> str:
        return job.hold_reason or _DECIDE[job.state]

    async def cancel(self, session: AsyncSession, job: Job) -> None:
        """Runs that have changed nothing are known at once; what others have applied the catalogue tells a little later."""
        job.cancel()
        runs = await JobRepository(session).runs(job.id)
        for run in runs:
            if run.plan_hash and run.apply_time is None:
                run.give_up()
        job.count(*runs)

    async def retry(self, session: AsyncSession, job: Job) -> None:
        """A failed import is planned again, as what it has applied is not planned twice."""
        job.require("tried again", (FAILED,))
        await session.refresh(job, ["inspection", "mapping"])
        job.replan({}, (), partly_applied=await JobRepository(session).touched(job.id))
        for run in await JobRepository(session).runs(job.id):
            run.supersede()

    def note(self, id: UUID) -> None:
        note_job(id)

    def is_outage(self, error: Exception) -> bool:
        """A full disk is waited for; a file that kills its reader is tried a few times."""
        return DiskFull.caused(error) or (super().is_outage(error) and not isinstance(error, ReaderDied))

    def told(self, error: Exception) -> tuple[str, str]:
        if isinstance(error, FeedError):
            return reason_of(type(error)), str(error)
        return super().told(DiskFull() if DiskFull.caused(error) else error)


IMPORTS = ImportKind()
