"""Notifications are told once each, also those that are committed after later ones."""

from typing import Any

import pytest

from gateway.endpoints.live import subjects
from gateway.tests.live.streams import USER, Say, Stream
from pm.core.v1.notifications_pb2 import Notification

MOMENT = 0x0189_0000_0000


def made(second: float) -> Notification:
    """One whose id was made so many seconds after the others."""
    moment = f"{MOMENT + int(second * 1000):012x}"
    return Notification(id=f"{moment[:8]}-{moment[8:]}-7000-8000-000000000001")


async def ids(stream: Stream, count: int) -> list[str]:
    told = []
    while len(told) < count:
        name, data = await stream.next("begin", "unread", "heartbeat")
        assert name == "notification"
        told.append(data["id"])
    return told


async def test_one_that_is_committed_after_a_later_one_is_told(follow: Any, told: Any, say: Say) -> None:
    told.notifications = [made(20)]
    async with follow("notifications") as stream:
        assert (await stream.next())[0] == "begin"
        told.notifications.append(made(23))
        await say(f"notifications:{USER}")
        assert await ids(stream, 1) == [made(23).id]
        told.notifications += [made(22), made(24)]
        await say(f"notifications:{USER}")
        assert await ids(stream, 2) == [made(22).id, made(24).id]
        told.notifications.append(made(25))
        await say(f"notifications:{USER}")
        assert await ids(stream, 1) == [made(25).id]


async def test_one_of_long_ago_is_not_new(follow: Any, told: Any, say: Say) -> None:
    told.notifications = [made(20)]
    async with follow("notifications") as stream:
        assert (await stream.next())[0] == "begin"
        told.notifications += [made(5), made(21)]
        await say(f"notifications:{USER}")
        assert await ids(stream, 1) == [made(21).id]


async def test_who_comes_back_is_told_what_was_committed_late_and_nothing_twice(follow: Any, told: Any, say: Say) -> None:
    told.notifications = [made(20), made(21)]
    async with follow("notifications") as stream:
        assert (await stream.next())[0] == "begin"
        told.notifications.append(made(23))
        await say(f"notifications:{USER}")
        assert await ids(stream, 1) == [made(23).id]
        last_id = stream.last_id
    told.notifications += [made(22), made(24)]
    async with follow("notifications", last_id=last_id) as stream:
        assert await ids(stream, 2) == [made(22).id, made(24).id]


async def test_a_place_stays_short(follow: Any, told: Any) -> None:
    told.notifications = [made(20 + number / 100) for number in range(90)]
    async with follow("notifications") as stream:
        assert (await stream.next())[0] == "begin"
        last_id = stream.last_id
    assert len(last_id) < 1500
    told.notifications.append(made(22))
    async with follow("notifications", last_id=last_id) as stream:
        seen = await ids(stream, 90 - subjects.REMEMBERED + 1)
    # Those that the place does not name come once more, so that none is lost.
    assert seen[-1] == made(22).id
    assert seen[:-1] == [one.id for one in told.notifications[: 90 - subjects.REMEMBERED]]


async def test_more_at_once_than_a_page_holds_is_said(follow: Any, told: Any, say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subjects, "NOTIFICATIONS", 3)
    told.notifications = [made(20)]
    async with follow("notifications") as stream:
        assert (await stream.next())[0] == "begin"
        told.notifications += [made(21), made(22), made(23)]
        await say(f"notifications:{USER}")
        assert (await stream.next("unread", "heartbeat"))[1]["subject"] == "notifications"
