"""Answers kept ready: a while in this process, longer in Redis for all processes, and never longer than they are true.

An answer depends on topics (chassis.invalidation). In the process it is used only while changes are heard and none of its topics
has changed since it was begun to be made. In Redis it lies beside the counts of changes as they were before it was made, so that
one made from old data never passes for a newer one. Whatever is wrong with Redis, answers are made anew and nothing fails.
"""

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from prometheus_client import Counter
from redis.exceptions import RedisError

from chassis import metrics
from chassis.errors import ServiceError
from chassis.invalidation import GENERATIONS, Slots, connect
from gateway.caching.changes import Changes

HELD_SECONDS = 60.0
# A larger answer is not worth the room of many.
MAX_ANSWER_BYTES = 256 * 1024
# What an answer takes beside its bytes, about.
OVERHEAD_BYTES = 500
# How long others wait for the process that is making an answer, and how often they look.
LEAD_SECONDS = 1.0
LOOK_SECONDS = 0.01


class Answer(NamedTuple):
    """Bytes as they are sent, and the tag by which a client knows them (RFC 9110, section 8.8.3)."""

    tag: str
    body: bytes


class Kept(NamedTuple):
    """How answers of one kind are kept: their name in the metrics, and for how many seconds in Redis."""

    name: str
    seconds: int


@dataclass(frozen=True, slots=True)
class _Entry:
    answer: Answer
    slots: Slots
    since: int
    until: float


@dataclass(slots=True)
class _Flight:
    """An answer that is being made, from data read after the moment `since`, for so many who wait."""

    task: asyncio.Task[Answer]
    since: int
    waiting: int = 0

    async def landed(self) -> Answer:
        """The answer; when nobody waits any more it is given up."""
        self.waiting += 1
        try:
            return await asyncio.shield(self.task)
        finally:
            self.waiting -= 1
            if not self.waiting:
                self.task.cancel()


class Cache:
    """Answers by key. A key says everything by which answers differ, first of all what their reader may see.

    `max_bytes` is what they may take in this process; with 0 nothing is kept anywhere.
    """

    def __init__(self, redis_url: str, changes: Changes, max_bytes: int) -> None:
        self._changes = changes
        self._redis = connect(redis_url)
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._flights: dict[str, _Flight] = {}
        self._bytes = 0
        self._max_bytes = max_bytes
        metrics.CACHE_BYTES.labels("answers").set_function(lambda: self._bytes)

    def held(self, kept: Kept, key: str) -> Answer | None:
        """The answer this process holds, if it is still true."""
        entry = self._entries.get(key)
        if entry is None or not self._changes.heard:
            return None
        if entry.until < time.monotonic() or not self._changes.unchanged(entry.slots, entry.since):
            self._drop(key)
            return None
        self._entries.move_to_end(key)
        _count(kept.name, "hit").inc()
        return entry.answer

    async def get(self, kept: Kept, key: str, slots: Slots, make: Callable[[], Awaitable[Answer]]) -> Answer:
        """The answer from wherever it is, or by `make`, which runs once for all who want it at the time.

        Raises what `make` raises.
        """
        if (answer := self.held(kept, key)) is not None:
            return answer
        if not self._changes.heard or not self._max_bytes:
            _count(kept.name, "bypass").inc()
            return await make()
        flight = self._flights.get(key)
        if flight is not None and flight.waiting and self._changes.unchanged(slots, flight.since):
            _count(kept.name, "joined").inc()
            try:
                return await flight.landed()
            except ServiceError:
                # It was refused to somebody else, or ran out of somebody else's time.
                return await make()
        flight = _Flight(asyncio.create_task(self._fetch(kept, key, slots, make)), self._changes.moment)
        self._flights[key] = flight
        flight.task.add_done_callback(lambda task: self._landed(key, task))
        return await flight.landed()

    async def close(self) -> None:
        for flight in self._flights.values():
            flight.task.cancel()
        await self._redis.aclose()

    async def _fetch(self, kept: Kept, key: str, slots: Slots, make: Callable[[], Awaitable[Answer]]) -> Answer:
        since = self._changes.moment
        name = f"cache:{hashlib.blake2b(key.encode(), digest_size=16).hexdigest()}"
        try:
            found, generations, leads = await self._shared(name, slots, lead=True)
            outcome = "shared"
            if found is not None and leads:
                await self._redis.delete(f"{name}:lead")
            elif found is None and not leads:
                found, outcome = await self._wait(name, slots), "waited"
        except (RedisError, OSError):
            self._changes.distrust()
            _count(kept.name, "bypass").inc()
            return await make()
        if found is None:
            outcome = "miss"
            try:
                found = await make()
            finally:
                await self._share(name, generations, found, kept.seconds)
        _count(kept.name, outcome).inc()
        self._hold(key, _Entry(found, slots, since, time.monotonic() + min(HELD_SECONDS, kept.seconds)))
        return found

    async def _shared(self, name: str, slots: Slots, *, lead: bool = False) -> tuple[Answer | None, bytes, bool]:
        """What Redis has, if it is still true; the counts of changes as they are now; and whether somebody makes the answer.

        `lead`: whether it is for this process to make it. That is asked before the answer, so that one that was put there
        meanwhile is not missed.
        """
        leading = f"{name}:lead"
        async with self._redis.pipeline(transaction=False) as pipe:
            if lead:
                pipe.set(leading, b"", nx=True, px=int(LEAD_SECONDS * 1000))
            else:
                pipe.exists(leading)
            pipe.get(name)
            pipe.hmget(GENERATIONS, [str(slot) for slot in slots])
            led, value, counts = await pipe.execute()
        generations = b".".join(count or b"0" for count in counts)
        if value is not None:
            made_at, tag, body = value.split(b"\n", 2)
            if made_at == generations:
                return Answer(tag.decode(), body), generations, bool(led)
        return None, generations, bool(led)

    async def _wait(self, name: str, slots: Slots) -> Answer | None:
        """The answer another process makes; None when it takes too long or is of no use."""
        until = time.monotonic() + LEAD_SECONDS
        while time.monotonic() < until:
            await asyncio.sleep(LOOK_SECONDS)
            answer, _, led = await self._shared(name, slots)
            if answer is not None or not led:
                return answer
        return None

    async def _share(self, name: str, generations: bytes, answer: Answer | None, seconds: int) -> None:
        """Put the answer into Redis, if one was made, and let others make theirs."""
        try:
            async with self._redis.pipeline(transaction=False) as pipe:
                if answer is not None and len(answer.body) <= MAX_ANSWER_BYTES:
                    pipe.set(name, b"\n".join((generations, answer.tag.encode(), answer.body)), ex=seconds)
                pipe.delete(f"{name}:lead")
                await pipe.execute()
        except (RedisError, OSError):
            self._changes.distrust()

    def _hold(self, key: str, entry: _Entry) -> None:
        size = _size(key, entry)
        if len(entry.answer.body) > MAX_ANSWER_BYTES or size > self._max_bytes:
            return
        self._drop(key)
        self._entries[key] = entry
        self._bytes += size
        while self._bytes > self._max_bytes:
            self._drop(next(iter(self._entries)))

    def _drop(self, key: str) -> None:
        if (entry := self._entries.pop(key, None)) is not None:
            self._bytes -= _size(key, entry)

    def _landed(self, key: str, task: asyncio.Task[Answer]) -> None:
        if (flight := self._flights.get(key)) is not None and flight.task is task:
            del self._flights[key]
        if not task.cancelled():
            # Whoever waits raises it; when all have left, nobody needs to hear of it.
            task.exception()


def _size(key: str, entry: _Entry) -> int:
    return len(key) + len(entry.answer.body) + OVERHEAD_BYTES


@cache
def _count(name: str, outcome: str) -> Counter:
    return metrics.CACHE.labels(name, outcome)
