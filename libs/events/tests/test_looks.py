"""How often a follower looks: rarely only where it would be told, and there is nothing."""

import asyncio

import pytest
from effects import Effects, until

from events import looks
from events.looks import POLL_SECONDS, QUIET_SECONDS, Looks


def test_who_hears_nothing_looks_every_second() -> None:
    assert Looks().pause == POLL_SECONDS


def test_who_would_be_told_looks_rarely_until_there_is_something(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Looks()
    one.heard = True
    assert one.pause == QUIET_SECONDS
    one.wake()
    assert one.pause == POLL_SECONDS, "what was told may not be seen yet"
    monkeypatch.setattr(looks, "AWAKE_SECONDS", -1.0)
    one.stay_awake()
    assert one.pause == QUIET_SECONDS


async def test_a_follower_knows_whether_it_would_be_told(follow, valkey_server) -> None:
    follower = (await follow(Effects(), redis_url=valkey_server)).followers["effects"]

    async def heard() -> bool:
        return follower.looks.heard

    await until(heard)


async def test_without_redis_it_goes_on_looking(follow, tell, effects) -> None:
    follower = (await follow(Effects())).followers["effects"]
    await tell("1")
    assert await effects(1) == ["1"]
    await asyncio.sleep(0)
    assert (follower.looks.heard, follower.looks.pause) == (False, POLL_SECONDS)
