"""A worker that is killed when it has made what a tick is for, before the commit: `python -m naps.killed_tick DATABASE_URL`."""

import asyncio
import os
import signal
import sys
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.db import Database
from jobs.schedules import run_due
from naps.models import Nap, NapSchedule


async def make(session: AsyncSession, schedule: NapSchedule, tick: datetime) -> None:
    session.add(Nap(breaths=schedule.breaths))
    await session.flush()
    os.kill(os.getpid(), signal.SIGKILL)


async def main(url: str) -> None:
    await run_due(Database.connect(url, pool_size=1), NapSchedule, make)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
