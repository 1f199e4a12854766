"""What was announced by those who change something (chassis.invalidation), as far as this process heard it."""

import asyncio
import time
from itertools import chain

import structlog
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from chassis import metrics
from chassis.invalidation import CHANNEL, RETRY_SECONDS, SLOTS, Slots, connect

log = structlog.get_logger(__name__)

PING_SECONDS = 0.5
# So long after a ping that was answered, what arrived since is believed to be all there was.
LEASE_SECONDS = 1.5
# A moment before all others.
NEVER = -1
# How long who waits for a change is kept waiting while none can be heard.
UNHEARD_SECONDS = 2.0
# Whoever could not announce while Redis was away has done so by then.
SETTLE_SECONDS = 2 * RETRY_SECONDS


class Changes:
    """Knows what changed since when. `moment` grows with each word that arrives."""

    def __init__(self, redis_url: str) -> None:
        self._redis_url = redis_url
        self._changed = [0] * SLOTS
        self._heard_until = 0.0
        self._waiting: dict[int, set[asyncio.Event]] = {}
        self._task: asyncio.Task[None] | None = None
        self.moment = 0
        metrics.CACHE_HEARING.labels("answers").set_function(lambda: self.heard)

    @property
    def heard(self) -> bool:
        """Whether nothing can have been announced that did not arrive here; without that no cached answer is current."""
        return time.monotonic() < self._heard_until

    def unchanged(self, slots: Slots, since: int) -> bool:
        """Whether nothing in these slots changed after that moment, as far as is known."""
        changed = self._changed
        return all(changed[slot] <= since for slot in slots)

    async def wait(self, slots: Slots, since: int, seconds: float) -> None:
        """Until something in these slots has changed after that moment, at most so long; less while nothing is heard."""
        if not self.unchanged(slots, since):
            return
        changed = asyncio.Event()
        for slot in slots:
            self._waiting.setdefault(slot, set()).add(changed)
        try:
            async with asyncio.timeout(seconds if self.heard else min(seconds, UNHEARD_SECONDS)):
                await changed.wait()
        except TimeoutError:
            pass
        finally:
            for slot in slots:
                self._waiting[slot].discard(changed)
                if not self._waiting[slot]:
                    del self._waiting[slot]

    def distrust(self) -> None:
        """Redis did not answer: believe nothing until it does."""
        self._heard_until = 0.0

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        while self._task is not None and not self._task.done():
            # A cancellation that meets the end of a wait for a message is lost in redis-py.
            self._task.cancel()
            await asyncio.wait([self._task], timeout=1)

    async def _run(self) -> None:
        away = False
        while True:
            try:
                async with connect(self._redis_url) as client, client.pubsub() as subscription:
                    await subscription.subscribe(CHANNEL)
                    await self._listen(subscription)
            except (RedisError, OSError) as error:
                if not away or self.heard:
                    log.warning("changes are not heard: caches are read past", error=type(error).__name__)
                away = True
            self.distrust()
            await asyncio.sleep(RETRY_SECONDS)

    async def _listen(self, subscription: PubSub) -> None:
        """Take what arrives until the connection is lost. Raises RedisError and OSError, TimeoutError for unanswered pings."""
        connected = asked = answered = time.monotonic()
        await subscription.ping()
        while time.monotonic() < answered + LEASE_SECONDS:
            message = await subscription.get_message(timeout=PING_SECONDS)
            if message is not None and message["type"] == "message":
                self._note(message["data"])
            elif message is not None and message["type"] == "pong":
                answered = asked
                if asked >= connected + SETTLE_SECONDS:
                    self._believe(until=asked + LEASE_SECONDS)
            if answered == asked and time.monotonic() >= asked + PING_SECONDS:
                asked = time.monotonic()
                await subscription.ping()
        raise TimeoutError

    def _note(self, data: bytes) -> None:
        sent, *slots = data.split()
        self.moment += 1
        for slot in slots:
            self._changed[int(slot)] = self.moment
            for waiting in self._waiting.get(int(slot), ()):
                waiting.set()
        metrics.CACHE_DELAY.observe(max(0.0, time.time() - float(sent)))

    def _believe(self, until: float) -> None:
        if not self.heard:
            # What was cached before may have changed unheard.
            self.moment += 1
            self._changed = [self.moment] * SLOTS
            for waiting in chain.from_iterable(self._waiting.values()):
                waiting.set()
        self._heard_until = until
