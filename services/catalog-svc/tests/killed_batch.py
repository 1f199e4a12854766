"""Applies the first batch of a run in a process that is killed before the commit: `python killed_batch.py URL RUN_ID`."""

import asyncio
import os
import signal
import sys
from uuid import UUID

from catalog_svc.bulk.repository import RunRepository
from chassis.db import Database, driver_connection


async def main(url: str, run_id: UUID) -> None:
    database = Database.connect(url, pool_size=1)
    async with database.transaction() as session:
        runs = RunRepository(await driver_connection(session))
        run = await runs.get(run_id)
        await runs.begin_apply(run)
        await runs.apply_batch(run, await runs.batch(run_id, 0))
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], UUID(sys.argv[2])))
