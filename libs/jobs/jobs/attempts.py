"""How often a job was worked at, and how each time ended: a table of the service's, beside that of its jobs.

    class PictureAttempt(AttemptColumns, Base):
        __tablename__ = "media_processing_attempts"
        jobs_table = "media_processing_jobs"

An attempt begins when a worker claims the job and ends with what became of that. Turns that it let others have, and looks for
something that is away, belong to the attempt that they interrupt: what is away for a night is one row, not five thousand.
"""

import os
import socket
from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from sqlalchemy import DateTime, ForeignKey, func
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from jobs.columns import EMPTY

# What became of an attempt; empty while it goes on. DONE: it got as far as no person was needed; LOST: its worker died;
# TAKEN: a person paused or cancelled the job; STOPPED: the worker was told to stop; TURN and AWAY: it goes on.
Outcome = Literal["", "done", "failed", "lost", "taken", "stopped", "turn", "away"]
GOES_ON: tuple[Outcome, ...] = ("turn", "away")


class AttemptColumns:
    """One attempt at a job."""

    # The name of the table of jobs.
    jobs_table: ClassVar[str]

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    # Host and process.
    worker: Mapped[str] = mapped_column(default="", server_default=EMPTY)
    # How often the job was claimed for it.
    claims: Mapped[int] = mapped_column(default=1, server_default="1")
    begin_time: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    end_time: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    outcome: Mapped[str] = mapped_column(default="", server_default=EMPTY)
    reason: Mapped[str] = mapped_column(default="", server_default=EMPTY)
    message: Mapped[str] = mapped_column(default="", server_default=EMPTY)

    @declared_attr
    def job_id(cls) -> Mapped[UUID]:  # noqa: N805  # SQLAlchemy calls it with the model
        """The job at which it was."""
        return mapped_column(ForeignKey(f"{cls.jobs_table}.id", ondelete="CASCADE"), primary_key=True)


def this_worker() -> str:
    """Host and process, as attempts name them."""
    return f"{socket.gethostname()}:{os.getpid()}"
