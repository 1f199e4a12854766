"""Work that is too much for one transaction: done in slices by the role `bulk`, behind the call that began it.

A slice is one transaction, and what is done is kept in it: whoever is killed in the middle leaves the rest to the next one.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog

log = structlog.get_logger(__name__)

POLL_SECONDS = 1.0
RETRY_SECONDS = 5.0


class Slices:
    """The loop over slices as a task of the process it is started in; replicas take turns.

    `next_slice` does one, and says whether there was one to do; `name` says of what, for the log.
    """

    def __init__(self, next_slice: Callable[[], Awaitable[bool]], name: str) -> None:
        self._next_slice = next_slice
        self._name = name
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
                while await self._next_slice():
                    pass
                await asyncio.sleep(POLL_SECONDS)
            except Exception as error:  # whatever it is, most often a database that restarts: it must not be the end of the loop
                log.warning("work in slices rests", work=self._name, seconds=RETRY_SECONDS, error=repr(error))
                await asyncio.sleep(RETRY_SECONDS)
