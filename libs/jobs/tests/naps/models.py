"""A second kind of job, which sleeps: what the library is tested with, and the least that a service has to write."""

from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from chassis.db import service_metadata
from chassis.errors import InvalidArgument, Unavailable
from events import outbox
from jobs.attempts import AttemptColumns
from jobs.columns import JobColumns
from jobs.kinds import Kind
from jobs.schedules import ScheduleColumns
from jobs.states import States, indexes, one_of

STATES = States(live=("lying", "asleep"), waiting=("awake",), done="rested")


class Base(DeclarativeBase):
    metadata = service_metadata()


outbox.tables(Base.metadata)


class Nap(JobColumns, Base):
    __tablename__ = "naps"
    __table_args__ = (one_of("state", STATES.all), *indexes(__tablename__, STATES))
    states = STATES

    # How many breaths it takes, and what goes wrong instead of one.
    breaths: Mapped[int] = mapped_column(default=3)
    trouble: Mapped[str] = mapped_column(default="")


class NapAttempt(AttemptColumns, Base):
    __tablename__ = "nap_attempts"
    jobs_table = "naps"


class NapSchedule(ScheduleColumns, Base):
    __tablename__ = "nap_schedules"

    breaths: Mapped[int] = mapped_column(default=1)


class Breath(Base):
    """What a nap does for good, one at a time."""

    __tablename__ = "breaths"

    nap_id: Mapped[UUID] = mapped_column(ForeignKey("naps.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)


class Noise(Unavailable):
    """An outage."""


class Nightmare(InvalidArgument):
    """Of which another attempt would be no better."""


class NapKind(Kind[Nap]):
    name = "nap"
    service = "media-svc"
    read = "media.naps.read"
    write = "media.naps.write"
    queue = "naps"
    model = Nap
    attempts = NapAttempt

    def title(self, job: Nap) -> str:
        return f"{job.breaths} breaths"

    def wait_reason(self, job: Nap) -> str:
        return "Say good night."


NAPS = NapKind()
