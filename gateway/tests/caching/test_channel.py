"""Answers that are kept, whatever becomes of Redis and of the way to it."""

import asyncio

from chassis.invalidation import Announcer
from gateway.caching.cache import Cache
from gateway.caching.changes import Changes
from gateway.tests.caching.surroundings import KEPT, KEY, Line, Open, Source, heard, read, unheard, until


async def test_a_cut_channel_is_read_past_until_it_is_back(
    open_cache: Open, announcer: Announcer, source: Source, redis_url: str
) -> None:
    line = Line(redis_url)
    async with line.laid() as url:
        cache = await open_cache(url)
        await read(cache, source)
        line.cut()
        await unheard(cache)
        source.value = "new"
        await announcer.announce({"thing:1"})
        assert [await read(cache, source) for _ in range(2)] == ["new", "new"]
        assert source.reads == 3
        line.restore()
        await heard(cache)
        assert await read(cache, source) == "new"
        reads = source.reads
        assert await read(cache, source) == "new"
        assert source.reads == reads


async def test_a_channel_that_only_stands_still_is_noticed(open_cache: Open, source: Source, redis_url: str) -> None:
    line = Line(redis_url)
    async with line.laid() as url:
        cache = await open_cache(url)
        await read(cache, source)
        line.stop()
        await unheard(cache)
        source.value = "new"
        assert await read(cache, source) == "new"


async def test_what_redis_does_not_answer_is_made(open_cache: Open, source: Source, redis_url: str) -> None:
    line = Line(redis_url)
    async with line.laid() as url:
        cache = await open_cache(url)
        line.stop()
        assert await read(cache, source) == "old"
        assert not cache._changes.heard


async def test_without_redis_from_the_beginning(source: Source, unused_tcp_port: int) -> None:
    url = f"redis://127.0.0.1:{unused_tcp_port}/0"
    changes = Changes(url)
    await changes.start()
    cache = Cache(url, changes, 1_000_000)
    assert [await read(cache, source) for _ in range(2)] == ["old", "old"]
    assert source.reads == 2
    await changes.stop()
    await cache.close()


async def test_a_change_is_announced_although_its_caller_was_cancelled(open_cache: Open, source: Source, redis_url: str) -> None:
    cache = await open_cache()
    await read(cache, source)
    line = Line(redis_url)
    async with line.laid() as url:
        announcer = Announcer(url, "shop")
        await announcer.announce({"thing:2"})
        line.stop()
        source.value = "new"
        caller = asyncio.create_task(announcer.announce({"thing:1"}))
        await asyncio.sleep(0)
        caller.cancel()
        await asyncio.wait([caller])
        # What was under way is lost; whether redis-py passes the cancellation on or not, the change is owed.
        line.cut()
        line.restore()
        await until(lambda: cache.held(KEPT, KEY) is None)
        assert await read(cache, source) == "new"
        await announcer.close()


async def test_a_change_that_could_not_be_announced_is_announced_later(open_cache: Open, source: Source, redis_url: str) -> None:
    cache = await open_cache()
    await read(cache, source)
    line = Line(redis_url)
    async with line.laid() as url:
        announcer = Announcer(url, "shop")
        line.cut()
        source.value = "new"
        await announcer.announce({"thing:1"})
        await announcer.announce({"thing:2"})
        assert cache.held(KEPT, KEY) is not None
        line.restore()
        await until(lambda: cache.held(KEPT, KEY) is None)
        assert await read(cache, source) == "new"
        await until(lambda: not announcer._owed)
        await announcer.close()
