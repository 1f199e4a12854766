"""What every job's row has and does: a service's model takes it in as a mixin, beside columns of its own.

    class Picture(JobColumns, Base):
        __tablename__ = "media_processing_jobs"
        __table_args__ = (one_of("state", STATES.all), *indexes(__tablename__, STATES))
        states = STATES

The library names no table: that is the service's (`jobs.attempts` has the table of attempts, `jobs.tables` both for migrations).
"""

from datetime import datetime, timedelta
from typing import ClassVar
from uuid import UUID

from sqlalchemy import DateTime, func, text
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from chassis.ids import uuid7
from chassis.times import now
from jobs.errors import WrongJobState
from jobs.states import CANCELLED, FAILED, PAUSED, States

EMPTY, ZERO = text("''"), text("0")
# The first is for a database or service that restarts, the others for what takes a person.
RETRY_DELAYS = (timedelta(seconds=5), *(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240)))


class JobColumns:
    """A job's state says what comes next, its lease who is at it, its next attempt when somebody may be."""

    states: ClassVar[States]

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    # What a paused job goes on with, and a failed one when it is tried once more.
    resume_state: Mapped[str] = mapped_column(default="", server_default=EMPTY)
    failure_reason: Mapped[str] = mapped_column(default="", server_default=EMPTY)
    failure_message: Mapped[str] = mapped_column(default="", server_default=EMPTY)
    # Minutes by which it goes before jobs that became due at the same time; a job never waits longer for one that came later.
    priority: Mapped[int] = mapped_column(default=0, server_default=ZERO)
    progress_stage: Mapped[str] = mapped_column(default="", server_default=EMPTY)
    progress_done: Mapped[int] = mapped_column(default=0, server_default=ZERO)
    progress_total: Mapped[int] = mapped_column(default=0, server_default=ZERO)
    # From when on and from how much the rate counts: a stage begins, or a worker goes on with it.
    progress_since: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    progress_from: Mapped[int] = mapped_column(default=0, server_default=ZERO)
    lease_owner: Mapped[UUID | None]
    lease_expires: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    # Failed attempts, and workers that died, since the job last got on.
    attempt: Mapped[int] = mapped_column(default=0, server_default=ZERO)
    takeovers: Mapped[int] = mapped_column(default=0, server_default=ZERO)
    # The number of the last row among its attempts (`jobs.attempts`).
    attempts: Mapped[int] = mapped_column(default=0, server_default=ZERO)
    next_attempt_time: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now, server_default=func.now())
    created_by: Mapped[str] = mapped_column(default="", server_default=EMPTY)
    # Of the request that made it (W3C Trace Context): a worker's work belongs to the same trace.
    traceparent: Mapped[str] = mapped_column(default="", server_default=EMPTY)
    # Of the same request, as the caller named it (X-Request-Id).
    request_id: Mapped[str] = mapped_column(default="", server_default=EMPTY)
    create_time: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now, server_default=func.now())
    update_time: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now, onupdate=now, server_default=func.now())
    end_time: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    @declared_attr
    def state(cls) -> Mapped[str]:  # noqa: N805  # SQLAlchemy calls it with the model
        """What comes next."""
        return mapped_column(default=cls.states.first)

    def pause(self) -> None:
        """Take the job from whoever works at it until it is resumed; raises WrongJobState."""
        self.require("paused", self.states.live)
        state, progress = self.state, (self.progress_stage, self.progress_done, self.progress_total)
        self.enter(PAUSED)
        self.resume_state = state
        self.progress(*progress)
        self.lease_owner = self.lease_expires = None

    def resume(self) -> None:
        """Go on where the job was paused; raises WrongJobState."""
        self.require("resumed", (PAUSED,))
        self.enter(self.resume_state)

    def cancel(self) -> None:
        """Give the job up and take it from whoever works at it; raises WrongJobState."""
        self.require("cancelled", self.states.unended)
        self.enter(CANCELLED)
        self.lease_owner = self.lease_expires = None

    def retry(self) -> None:
        """Try a failed job once more, from the state in which it failed; raises WrongJobState."""
        self.require("tried again", (FAILED,))
        self.enter(self.resume_state or self.states.first)

    def prioritize(self, minutes: int) -> None:
        """Go so much before jobs that became due at the same time; raises WrongJobState."""
        self.require("prioritized", self.states.unended)
        self.priority = minutes

    def fail(self, reason: str, message: str) -> None:
        """End with a stable reason and a sentence that says what to do."""
        state = self.state if self.state in self.states.live else ""
        self.enter(FAILED)
        self.resume_state = state
        self.failure_reason, self.failure_message = reason, message

    def postpone(self, reason: str, message: str) -> None:
        """Try again later; after the last delay the job has failed."""
        if self.attempt >= len(RETRY_DELAYS):
            self.fail(reason, message)
            return
        self.next_attempt_time = now() + RETRY_DELAYS[self.attempt]
        self.attempt += 1
        self.failure_reason, self.failure_message = reason, message

    def wait(self, reason: str, message: str) -> None:
        """What the job needs is away, through no fault of its own: look again soon, for as long as that takes."""
        self.next_attempt_time = now() + RETRY_DELAYS[0]
        self.failure_reason, self.failure_message = reason, message

    def enter(self, state: str) -> None:
        """Every change of state."""
        self.state = state
        self.end_time = now() if state in self.states.final else None
        self.failure_reason = self.failure_message = self.resume_state = ""
        self.next_attempt_time = now()
        self.got_on()
        self.progress("", 0, 0)

    def got_on(self) -> None:
        """Something is done for good: attempts and deaths of workers count from here."""
        self.attempt = self.takeovers = 0

    def progress(self, stage: str, done: int, total: int) -> None:
        """`done` of `total` in whatever the stage counts; 0 for a total not known yet."""
        if stage != self.progress_stage or done < (self.progress_done or 0):
            self.progress_since, self.progress_from = (now(), done) if stage else (None, 0)
        self.progress_stage, self.progress_done, self.progress_total = stage, done, total

    @property
    def rate(self) -> float | None:
        """How much of the stage is done in a second, up to its last word; None while that is not known."""
        if self.progress_since is None or self.progress_done <= self.progress_from:
            return None
        seconds = (self.update_time - self.progress_since).total_seconds()
        return (self.progress_done - self.progress_from) / seconds if seconds > 0 else None

    @property
    def remaining_seconds(self) -> float | None:
        """How long the rest of the stage takes at its rate, counted from `update_time`; None while that is not known."""
        if not self.progress_total or (rate := self.rate) is None:
            return None
        return max(self.progress_total - self.progress_done, 0) / rate

    @property
    def claimed(self) -> bool:
        """Whether a worker is at it at this moment."""
        return self.lease_expires is not None and self.lease_expires > now()

    def require(self, action: str, allowed: tuple[str, ...] | frozenset[str]) -> None:
        """Raises WrongJobState unless the job is in one of these states."""
        if self.state not in allowed:
            raise WrongJobState(action, self.state, allowed)
