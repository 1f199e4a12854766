from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from chassis import invalidation
from chassis.invalidation import Announcer
from gateway.caching import changes
from gateway.caching.cache import Cache
from gateway.caching.changes import Changes
from gateway.tests.caching.surroundings import Open, Source, heard


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (changes, invalidation):
        monkeypatch.setattr(module, "RETRY_SECONDS", 0.05)
    monkeypatch.setattr(changes, "SETTLE_SECONDS", 0.1)
    monkeypatch.setattr(changes, "PING_SECONDS", 0.05)


@pytest.fixture
async def redis_url(valkey_server: str) -> AsyncIterator[str]:
    async with Redis.from_url(valkey_server) as redis:
        await redis.flushdb()
    yield valkey_server


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
async def announcer(redis_url: str) -> AsyncIterator[Announcer]:
    opened = Announcer(redis_url, "shop")
    yield opened
    await opened.close()


@pytest.fixture
async def open_cache(redis_url: str) -> AsyncIterator[Open]:
    """Opens the cache of one more process."""
    opened: list[tuple[Changes, Cache]] = []

    async def one_more(url: str = redis_url, max_bytes: int = 1_000_000) -> Cache:
        heard_of = Changes(url)
        await heard_of.start()
        cache = Cache(url, heard_of, max_bytes)
        opened.append((heard_of, cache))
        await heard(cache)
        return cache

    yield one_more
    for heard_of, cache in opened:
        await heard_of.stop()
        await cache.close()
