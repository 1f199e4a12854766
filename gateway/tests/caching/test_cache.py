"""Answers that are kept: made once, never older than the last change."""

import asyncio

import pytest

from chassis import invalidation
from chassis.errors import NotFound
from chassis.invalidation import Announcer, slots_of
from gateway.caching.cache import OVERHEAD_BYTES, Answer
from gateway.tests.caching.surroundings import KEPT, KEY, SLOTS, Open, Source, read, until


async def test_an_answer_is_made_once(open_cache: Open, source: Source) -> None:
    cache = await open_cache()
    assert [await read(cache, source) for _ in range(3)] == ["old"] * 3
    assert source.reads == 1


async def test_another_process_finds_it_in_redis(open_cache: Open, source: Source) -> None:
    one, other = await open_cache(), await open_cache()
    assert [await read(one, source), await read(other, source)] == ["old", "old"]
    assert source.reads == 1


async def test_what_is_hidden_from_one_reader_is_another_answer(open_cache: Open, source: Source) -> None:
    cache = await open_cache()
    await read(cache, source, "0 /things/1?")
    await read(cache, source, "1 /things/1?")
    assert source.reads == 2


@pytest.mark.parametrize("topic", ["things", "thing:1"])
async def test_a_change_ends_it_in_every_process(open_cache: Open, announcer: Announcer, source: Source, topic: str) -> None:
    caches = [await open_cache(), await open_cache()]
    for cache in caches:
        await read(cache, source)
    source.value = "new"
    await announcer.announce({topic})
    for cache in caches:
        await until(lambda cache=cache: cache.held(KEPT, KEY) is None)
        assert await read(cache, source) == "new"
    assert source.reads == 2


async def test_a_change_of_something_else_does_not(open_cache: Open, announcer: Announcer, source: Source) -> None:
    cache = await open_cache()
    await read(cache, source)
    before = cache._changes.moment
    await announcer.announce({"thing:2"})
    await until(lambda: cache._changes.moment > before)
    assert cache.held(KEPT, KEY) is not None


async def test_an_answer_made_from_old_data_is_never_kept(open_cache: Open, announcer: Announcer, source: Source) -> None:
    cache, other = await open_cache(), await open_cache()
    source.go_on.clear()
    late = asyncio.create_task(read(cache, source))
    await source.reading.wait()
    source.value = "new"
    before = cache._changes.moment
    await announcer.announce({"thing:1"})
    await until(lambda: cache._changes.moment > before)
    # Who asks after the change does not wait for what was read before it.
    current = asyncio.create_task(read(cache, source))
    await until(lambda: source.reads == 2)
    source.go_on.set()
    assert await current == "new"
    assert await late == "old"
    assert await read(cache, source) == "new"
    assert await read(other, source) == "new"


async def test_two_hundred_at_once_make_one_query(open_cache: Open, source: Source) -> None:
    caches = [await open_cache(), await open_cache()]
    source.go_on.clear()
    readers = [asyncio.create_task(read(caches[number % 2], source)) for number in range(200)]
    await source.reading.wait()
    await asyncio.sleep(0.05)
    source.go_on.set()
    assert set(await asyncio.gather(*readers)) == {"old"}
    assert source.reads == 1


async def test_it_goes_on_while_one_of_many_waits_and_ends_with_the_last(open_cache: Open, source: Source) -> None:
    cache = await open_cache()
    source.go_on.clear()
    first, second = (asyncio.create_task(read(cache, source)) for _ in range(2))
    await source.reading.wait()
    first.cancel()
    await asyncio.wait([first])
    flight = cache._flights[KEY]
    assert not flight.task.done()
    second.cancel()
    await asyncio.wait([second, flight.task])
    assert flight.task.cancelled()
    source.go_on.set()
    assert await read(cache, source) == "old"


async def test_a_refusal_is_nobody_elses(open_cache: Open, source: Source) -> None:
    cache = await open_cache()
    source.go_on.clear()

    async def refused() -> Answer:
        await source.make()
        raise NotFound("There is no such thing.")

    first = asyncio.create_task(cache.get(KEPT, KEY, SLOTS, refused))
    await source.reading.wait()
    second = asyncio.create_task(read(cache, source))
    await asyncio.sleep(0.01)
    source.go_on.set()
    with pytest.raises(NotFound):
        await first
    assert await second == "old"


async def test_a_process_that_starts_announces_its_whole_domain(open_cache: Open, announcer: Announcer, source: Source) -> None:
    cache = await open_cache()
    slots = slots_of({"shop", "thing:1"})
    await cache.get(KEPT, KEY, slots, source.make)
    source.value = "new"
    await announcer.start()
    await until(lambda: cache.held(KEPT, KEY) is None)
    assert (await cache.get(KEPT, KEY, slots, source.make)).body == b"new"


async def test_too_many_topics_are_the_domain(open_cache: Open, announcer: Announcer, source: Source) -> None:
    cache = await open_cache()
    await cache.get(KEPT, KEY, slots_of({"shop"}), source.make)
    await announcer.announce({f"thing:{number}" for number in range(invalidation.MAX_TOPICS + 1)})
    await until(lambda: cache.held(KEPT, KEY) is None)


async def test_it_holds_what_was_used_last(open_cache: Open, source: Source) -> None:
    cache = await open_cache(max_bytes=2 * (OVERHEAD_BYTES + len("/a") + len("old")))
    for key in ("/a", "/b", "/a", "/c"):
        await read(cache, source, key)
    assert [cache.held(KEPT, key) is not None for key in ("/a", "/b", "/c")] == [True, False, True]


async def test_without_room_nothing_is_kept(open_cache: Open, source: Source) -> None:
    cache = await open_cache(max_bytes=0)
    assert [await read(cache, source) for _ in range(2)] == ["old", "old"]
    assert source.reads == 2
