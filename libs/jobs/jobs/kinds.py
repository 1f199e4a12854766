"""What is different from one kind of job to the next, beside its work."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar, Generic, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, DateTime, false, literal, type_coerce
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.base import ExecutableOption

from chassis.db import note_change, out_of
from chassis.errors import InvalidArgument, NotFound, ServiceError, Unavailable
from events.outbox import Fact, emit
from jobs.attempts import AttemptColumns
from jobs.columns import JobColumns
from jobs.messages import ended_proto

J = TypeVar("J", bound=JobColumns)

# A job at which this many workers died in a row would only kill the next one.
MAX_TAKEOVERS = 20


class Kind(Generic[J]):
    """One kind of job: its tables and its rules. A service has one object of a subclass for each kind.

    `due`, `since` and `cost` become part of statements that are put together once: they must not depend on anything that changes.
    """

    # As people and the list of all jobs call it, such as "import".
    name: ClassVar[str]
    # The service whose jobs they are, such as "imports-svc".
    service: ClassVar[str]
    # Of the broker and in the metrics, such as "imports".
    queue: ClassVar[str]
    # The permissions without which nobody sees a job of this kind, or decides about one.
    read: ClassVar[str]
    write: ClassVar[str]
    model: type[J]
    attempts: type[AttemptColumns]
    # Raised where something that the job needs is away or full, which ends some time and is not the job's fault.
    outages: ClassVar[tuple[type[Exception], ...]] = (Unavailable,)
    # Raised where another attempt would end the same way.
    hopeless: ClassVar[tuple[type[Exception], ...]] = (InvalidArgument, NotFound)
    # How large a job may be that is worked at beside a large one, in what `cost` counts.
    small_cost: ClassVar[int] = 0
    # What a person does about a job that has failed for good.
    again: ClassVar[str] = "Retry it to try again."

    def due(self) -> Sequence[ColumnElement[bool]]:
        """What must hold for a job beside being due and nobody's, such as an order among jobs."""
        return ()

    def since(self) -> ColumnElement[datetime]:
        """Since when a job has waited for its turn: the one that waits longest comes first."""
        return type_coerce(self.model.next_attempt_time, DateTime(timezone=True))

    def cost(self) -> ColumnElement[int]:
        """How large a job is: large ones take turns, small ones run beside a large one. By default all are small."""
        return literal(0)

    async def tell(self, session: AsyncSession, job: J) -> None:
        """Tell other services of a job whose state was changed, in the transaction that changes it: here, that it has ended."""
        if job.state in job.states.final:
            await emit(session, Fact(str(job.id), ended_proto(self, job)))

    def needed(self) -> ColumnElement[bool]:
        """Whether something asks for a job that ended, so that it is kept however old it is."""
        return false()

    def options(self) -> Sequence[ExecutableOption]:
        """What is read with a job to show it, and what is not."""
        return ()

    def title(self, job: J) -> str:
        """What a job is about, for people."""
        return ""

    def supplier(self, job: J) -> str:
        """The name of the supplier whom a job concerns; empty for none."""
        return ""

    def of_supplier(self, name: str) -> ColumnElement[bool] | None:
        """Whether a job concerns the supplier of this name, in any case of letters; None where none does."""
        return None

    def wait_reason(self, job: J) -> str:
        """What a person has to decide about a job that waits for one."""
        return ""

    async def pause(self, session: AsyncSession, job: J) -> None:
        """As JobColumns.pause."""
        job.pause()

    async def resume(self, session: AsyncSession, job: J) -> None:
        """As JobColumns.resume."""
        job.resume()

    async def cancel(self, session: AsyncSession, job: J) -> None:
        """As JobColumns.cancel."""
        job.cancel()

    async def retry(self, session: AsyncSession, job: J) -> None:
        """As JobColumns.retry."""
        job.retry()

    def note(self, id: UUID) -> None:
        """Note that the transaction around this call changes a job: of what cached answers are told."""
        note_change("jobs", f"job:{id}")

    def is_outage(self, error: Exception) -> bool:
        """Whether to wait for the end of something instead of counting a failure."""
        return isinstance(error, self.outages) or out_of(error) is not None

    def told(self, error: Exception) -> tuple[str, str]:
        """Reason and message for people; the text of an error nobody foresaw stays in the log."""
        if isinstance(error, ServiceError):
            return error.reason, error.message
        if lacking := out_of(error):
            away = lacking(self.queue)
            return away.reason, away.message
        return "INTERNAL", f"Something unforeseen went wrong; the log of the {self.queue} worker says what."


# Where a kind is needed and not what its jobs have beside the columns.
AnyKind = Kind[Any]
