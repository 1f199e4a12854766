"""The loop that ranks the offers of very large suppliers again, slice by slice, behind the call that gave them another rank.

A slice is one transaction, and what is done is kept in it: whoever is killed in the middle leaves the rest to the next one.
"""

import asyncio
from contextlib import suppress

import structlog

from catalog_svc.suppliers.service import Reranker
from chassis.db import Database, uncontended

log = structlog.get_logger(__name__)

POLL_SECONDS = 1.0
RETRY_SECONDS = 5.0


async def rank_slice(database: Database) -> bool:
    """Rank one slice again; False when nothing is to be done. Raises Contended."""

    async def work() -> bool:
        async with database.writing() as connection:
            return await Reranker(connection).next_slice()

    return await uncontended(work)


class Reranking:
    """The loop as a task of the process it is started in; replicas take turns."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        while True:
            try:
                while await rank_slice(self._database):
                    pass
                await asyncio.sleep(POLL_SECONDS)
            except Exception as error:  # whatever it is, most often a database that restarts: it must not be the end of the loop
                log.warning("ranking again rests", seconds=RETRY_SECONDS, error=repr(error))
                await asyncio.sleep(RETRY_SECONDS)
