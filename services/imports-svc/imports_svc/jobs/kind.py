"""Imports as a kind of job: the order of a supplier's files, and small files beside large ones."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from chassis.errors import InvalidArgument, NotFound, reason_of
from imports_svc.feeds.errors import FeedError
from imports_svc.jobs.errors import TooManySuppliers
from imports_svc.jobs.models import Attempt, File, Job
from imports_svc.jobs.order import before_it
from imports_svc.jobs.repository import JobRepository, note_job
from imports_svc.reading.errors import DiskFull, ReaderDied
from imports_svc.settings import QUEUE
from jobs.kinds import Kind

# Files of a few seconds' work: they do not wait for larger ones.
SMALL_BYTES = 2 * 1024 * 1024


class ImportKind(Kind[Job]):
    """What is different about imports."""

    name = "import"
    queue = QUEUE
    model = Job
    attempts = Attempt
    hopeless = (FeedError, TooManySuppliers, InvalidArgument, NotFound)
    small_cost = SMALL_BYTES
    again = "Replan to try again."

    def due(self) -> Sequence[ColumnElement[bool]]:
        """A supplier's files keep their order."""
        return (~exists().where(*before_it(aliased(Job))),)

    def cost(self) -> ColumnElement[int]:
        """The size of the file."""
        return select(File.size).where(File.id == Job.file_id).scalar_subquery()

    async def tell(self, session: AsyncSession, job: Job) -> None:
        await JobRepository(session).tell(job)

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
