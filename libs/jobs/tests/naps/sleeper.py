"""A worker for naps: `python -m naps.sleeper DATABASE_URL SECONDS` takes that long for each breath, until it is ended."""

import asyncio
import sys
from datetime import timedelta

from sqlalchemy import func, select

from chassis.db import Database
from jobs import leases
from jobs.errors import TurnOver
from jobs.leases import Lease
from jobs.working import Worker
from naps.models import NAPS, Breath, Nap, Nightmare, Noise


class Sleeper(Worker[Nap]):
    def __init__(self, database: Database, seconds: float = 0) -> None:
        super().__init__(database, NAPS)
        self._seconds = seconds
        self.counted = 0

    async def move_on(self, lease: Lease[Nap]) -> None:
        async with lease.transaction() as (session, nap):
            breaths, trouble = nap.breaths, nap.trouble
            # Of what is done the table knows; progress is only shown.
            breathed = await session.scalar(select(func.count()).where(Breath.nap_id == nap.id)) or 0
            if nap.state == "lying":
                nap.enter("asleep")
            nap.progress("breathing", breathed, breaths)
        if trouble:
            raise {"noise": Noise, "nightmare": Nightmare, "fall": OSError, "turn": TurnOver}[trouble](trouble)
        for number in range(breathed, breaths):
            await asyncio.sleep(self._seconds)
            async with lease.transaction() as (session, nap):
                session.add(Breath(nap_id=nap.id, number=number))
                nap.progress("breathing", number + 1, breaths)
                nap.got_on()
        async with lease.transaction() as (_, nap):
            nap.enter("rested")

    async def ended(self, job: Nap) -> None:
        self.counted += 1


async def main(url: str, seconds: float) -> None:
    leases.LEASE, leases.HEARTBEAT_SECONDS, leases.WATCH_SECONDS = timedelta(seconds=1), 0.2, 0.1
    sleeper = Sleeper(Database.connect(url, pool_size=2), seconds)
    while True:
        try:
            if not await sleeper.work():
                await asyncio.sleep(0.1)
        except Exception as error:  # as a lane does: look again
            print(repr(error), file=sys.stderr)
            await asyncio.sleep(0.1)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], float(sys.argv[2])))
