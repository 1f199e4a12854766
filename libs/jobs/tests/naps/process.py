"""A worker process for naps as a service has one: `celery -A naps.process worker --pool solo -B`.

It never looks by itself, so that what it does it was woken for: by a message, or by beat.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.db import Database
from chassis.settings import WorkerSettings, read
from jobs import waking
from jobs.schedules import run_due
from jobs.waking import Work, worker_app
from jobs.working import LANES
from naps.models import Nap, NapSchedule
from naps.sleeper import Sleeper

waking.LOOK_SECONDS = 3600


class Scheduled(Sleeper):
    async def between(self) -> None:
        await run_due(self._database, NapSchedule, self._make)

    async def _make(self, session: AsyncSession, schedule: NapSchedule, tick: datetime) -> None:
        session.add(Nap(breaths=schedule.breaths))


@asynccontextmanager
async def workplace() -> AsyncIterator[Work]:
    database = Database.connect(settings.database_url, pool_size=2)
    yield Scheduled(database).work
    await database.close()


settings = read(WorkerSettings, "media-svc")
app = worker_app("naps", settings, workplace, lanes=LANES, periodic={"check_nap_schedules": 0.5})
