"""What is to be done again and again: rows with a cron expression and a time zone, of which each tick is run once.

    class NapSchedule(ScheduleColumns, Base):
        __tablename__ = "nap_schedules"

A worker calls `run_due` between two looks for jobs (`jobs.working.Worker.between`). The row moves on in the transaction that
makes what the tick is for, so neither a second worker nor one that dies can run a tick twice or lose it (docs/adr/0045).
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import structlog
from cronsim import CronSim, CronSimError
from sqlalchemy import DateTime, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from chassis.db import Database
from chassis.errors import InvalidArgument
from chassis.ids import uuid7
from chassis.times import now
from jobs.columns import EMPTY

log = structlog.get_logger(__name__)

FIELDS = 5


class InvalidSchedule(InvalidArgument):
    def __init__(self, field: str, said: str) -> None:
        super().__init__(f"{field}: {said}.", violations={field: said})


def next_tick(cron: str, time_zone: str, after: datetime) -> datetime:
    """The first moment after `after`, in UTC, at which the clocks of the time zone show what the expression says.

    Where clocks go forward, what they leave out is run at once behind it; where they go back, an hour that is named is run the
    first time only, and one that any hour matches both times. Raises InvalidSchedule.
    """
    if len(cron.split()) != FIELDS:
        raise InvalidSchedule("cron", "must have five fields: minute, hour, day of the month, month, day of the week")
    try:
        zone = ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidSchedule("time_zone", f"{time_zone[:64]!r} is no time zone: write one such as Europe/Berlin") from None
    try:
        return next(CronSim(cron, after.astimezone(zone))).astimezone(UTC)
    except CronSimError as error:
        raise InvalidSchedule("cron", f"{cron[:100]!r} is no cron expression: {str(error).lower()}") from None
    except StopIteration:
        raise InvalidSchedule("cron", f"{cron[:100]!r} never comes") from None


class ScheduleColumns:
    """One schedule: when its next tick is, and when it last ran."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    # Five fields, as cron writes them.
    cron: Mapped[str]
    # By its name in the IANA database, such as Europe/Berlin.
    time_zone: Mapped[str] = mapped_column(default="UTC", server_default="UTC")
    active: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    next_run_time: Mapped[datetime] = mapped_column(DateTime(timezone=True), index=True)
    # The tick that was run last, and when that was: later than the tick when nobody was there.
    last_tick_time: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    last_run_time: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_by: Mapped[str] = mapped_column(default="", server_default=EMPTY)
    create_time: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now, server_default=func.now())
    update_time: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now, onupdate=now, server_default=func.now())

    def plan(self, cron: str, time_zone: str) -> None:
        """Run by this expression from now on. Raises InvalidSchedule."""
        self.next_run_time = next_tick(cron, time_zone, now())
        self.cron, self.time_zone = cron, time_zone

    def activate(self, *, active: bool) -> None:
        """Stop or go on: ticks of the time in which it was stopped are not run."""
        if active and self.active is False:
            self.next_run_time = next_tick(self.cron, self.time_zone, now())
        self.active = active

    def ran(self, moment: datetime) -> None:
        """Move on to the next tick after `moment`: what was missed meanwhile is run by this one. Raises InvalidSchedule."""
        self.last_tick_time, self.last_run_time = self.next_run_time, moment
        self.next_run_time = next_tick(self.cron, self.time_zone, moment)


S = TypeVar("S", bound=ScheduleColumns)


async def run_due(database: Database, model: type[S], make: Callable[[AsyncSession, S, datetime], Awaitable[None]]) -> int:
    """Run the schedules that are due, each once; how many those were.

    `make(session, schedule, tick)` makes what the tick is for, such as a job, in the transaction that moves the schedule on. One
    that raises is tried again with the next call, and holds up no other.
    """
    ran, failed = 0, list[UUID]()
    while True:
        moment = now()
        due = select(model).where(model.active, model.next_run_time <= moment, model.id.not_in(failed))
        first = due.order_by(model.next_run_time, model.id).limit(1).with_for_update(skip_locked=True)
        async with database.transaction() as session:
            schedule = await session.scalar(first)
            if schedule is None:
                return ran
            id, tick = schedule.id, schedule.next_run_time
            try:
                async with session.begin_nested():
                    schedule.ran(moment)
                    await make(session, schedule, tick)
                    await session.flush()
                ran += 1
            except Exception as error:  # whatever it is: others are due, too
                log.warning("schedule not run", schedule_id=str(id), exc_info=error)
                failed.append(id)
