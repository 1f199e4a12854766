"""Word through Redis that something changed, so that nobody uses what was cached of it (docs/adr/0031).

What a cached answer was made from is named by topics, such as `products` or `product:<id>`; whoever changes such a thing notes
them in its transaction (chassis.db.note_change) and announces them after the commit. Each topic falls into one of SLOTS: Redis
counts the changes of each slot for the values that it keeps, and tells every listener.
"""

import asyncio
import time
import zlib
from collections.abc import Iterable, Set

import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from chassis import metrics

log = structlog.get_logger(__name__)

CHANNEL = "cache:changes"
GENERATIONS = "cache:generations"
SLOTS = 16_384
# More topics than this are announced as the domain's own.
MAX_TOPICS = 100
REDIS_SECONDS = 0.25
RETRY_SECONDS = 1.0

Slots = tuple[int, ...]


def connect(redis_url: str) -> Redis:
    """A client that fails fast: whoever waits for it would rather do without."""
    once = Retry(NoBackoff(), 0)
    return Redis.from_url(redis_url, protocol=2, retry=once, socket_timeout=REDIS_SECONDS, socket_connect_timeout=REDIS_SECONDS)


def slots_of(topics: Iterable[str]) -> Slots:
    """Where these topics are counted."""
    return tuple(sorted({zlib.crc32(topic.encode()) % SLOTS for topic in topics}))


class Announcer:
    """Announces what a process of `domain`, such as `catalog`, changes.

    What can't be announced is owed, and announced as soon as Redis is back; nobody waits for that.
    """

    def __init__(self, redis_url: str, domain: str) -> None:
        self._redis = connect(redis_url)
        self._domain = domain
        self._owed: set[str] = set()
        self._paying: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Announce the whole domain: a process that was killed may have left something unsaid."""
        await self.announce({self._domain})

    async def announce(self, topics: Set[str]) -> None:
        """Tell that answers made from these topics are out of date; every answer of a domain depends on the domain itself."""
        if self._paying is not None and not self._paying.done():
            self._owe(topics)
            return
        try:
            await self._send(topics)
        except BaseException as error:
            # Also when the caller was cancelled: what it committed has changed.
            self._owe(topics)
            if self._paying is None or self._paying.done():
                self._paying = asyncio.create_task(self._pay())
            if not isinstance(error, RedisError | OSError):
                raise
            log.warning("changes are announced later", domain=self._domain, error=type(error).__name__)

    async def _send(self, topics: Set[str]) -> None:
        slots = slots_of(topics if len(topics) <= MAX_TOPICS else {self._domain})
        async with self._redis.pipeline(transaction=True) as pipe:
            for slot in slots:
                pipe.hincrby(GENERATIONS, str(slot), 1)
            pipe.publish(CHANNEL, f"{time.time():.3f} {' '.join(map(str, slots))}")
            await pipe.execute()

    def _owe(self, topics: Set[str]) -> None:
        self._owed |= topics
        metrics.CACHE_OWED.set(len(self._owed))

    async def _pay(self) -> None:
        while self._owed:
            await asyncio.sleep(RETRY_SECONDS)
            # Taken away first: what changes once more while this is sent is owed anew.
            paid, self._owed = self._owed, set()
            try:
                await self._send(paid)
            except (RedisError, OSError):
                self._owed |= paid
            metrics.CACHE_OWED.set(len(self._owed))

    async def close(self) -> None:
        if self._paying is not None:
            self._paying.cancel()
        await self._redis.aclose()
