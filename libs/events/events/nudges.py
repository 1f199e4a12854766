"""Word through Redis that a service has told something, so that followers need not wait for their next look.

It carries nothing and may be lost: whoever follows looks by itself as well (events.consumers).
"""

import asyncio
from collections.abc import Callable, Collection
from contextlib import suppress

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)

# Nudges of this time are one, so that followers of a busy service read pages and not single events.
GATHER_SECONDS = 0.1
# How long a Redis that is away is left alone.
AWAY_SECONDS = 5.0


class Nudger:
    """Nudges those who follow `service`. It never fails and nobody waits for it."""

    def __init__(self, redis_url: str, service: str) -> None:
        self._redis = Redis.from_url(redis_url)
        self._channel = _channel(service)
        self._due = False
        self._task: asyncio.Task[None] | None = None

    def nudge(self) -> None:
        """To be called after the commit, on the event loop; see Database.on_facts."""
        self._due = True
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._publish())

    async def _publish(self) -> None:
        while self._due:
            await asyncio.sleep(GATHER_SECONDS)
            self._due = False
            try:
                await self._redis.publish(self._channel, b"")
            except (RedisError, OSError) as error:
                log.info("followers not nudged", error=type(error).__name__)
                await asyncio.sleep(AWAY_SECONDS)

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
        await self._redis.aclose()


async def listen(
    redis_url: str, services: Collection[str], nudged: Callable[[str], object], hear: Callable[[bool], object]
) -> None:
    """Call `nudged` with the name of a service whenever it nudges, until cancelled; `hear` says from when on and until when."""
    names = {_channel(service).encode(): service for service in services}
    while True:
        # A subscription may be silent for hours; that its connection died is found out by TCP's keepalive.
        client = Redis.from_url(redis_url, socket_timeout=None)
        with suppress(RedisError, OSError):
            async with client, client.pubsub() as subscription:
                await subscription.subscribe(*names)
                async for message in subscription.listen():
                    if message["type"] == "message":
                        nudged(names[message["channel"]])
                    else:
                        hear(True)
        hear(False)
        await asyncio.sleep(AWAY_SECONDS)


def _channel(service: str) -> str:
    return f"events:{service}"
