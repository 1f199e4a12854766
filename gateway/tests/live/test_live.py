"""Jobs, notifications and changed products as they come, in both forms of the stream."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from chassis.times import now, timestamp
from gateway.endpoints.live import endpoint, following, subjects
from gateway.tests.live.streams import (
    PATH,
    RIGHTS,
    SECONDS,
    USER,
    Say,
    Stream,
    by_events,
    by_socket,
    changed,
    numbered,
    socket_to,
)
from pm.common.v1.jobs_pb2 import Job
from pm.core.v1.notifications_pb2 import Notification


async def test_jobs_notifications_and_products_as_they_come(follow: Any, told: Any, no_jobs: Any, say: Say) -> None:
    told.feed = [changed(0)]
    told.notifications = [Notification(id=numbered(1))]
    async with follow() as stream:
        assert await stream.next() == ("begin", {"subjects": ["jobs", "notifications", "products"]})
        assert await stream.next() == ("unread", {"unread_count": 0})
        no_jobs.append(Job(id=numbered(7), state=Job.STATE_RUNNING, update_time=timestamp(now())))
        await say("jobs")
        name, job = await stream.next()
        assert (name, job["id"], job["state"]) == ("job", numbered(7), "STATE_RUNNING")
        told.notifications.append(Notification(id=numbered(2), kind=Notification.KIND_IMPORT_HELD))
        await say(f"notifications:{USER}")
        name, notification = await stream.next()
        assert (name, notification["id"], notification["kind"]) == ("notification", numbered(2), "KIND_IMPORT_HELD")
        assert await stream.next() == ("unread", {"unread_count": 1})
        told.feed.append(changed(1))
        await say("products")
        name, products = await stream.next()
        assert (name, [each["product_id"] for each in products["changes"]]) == ("products", [numbered(1)])


async def test_a_job_is_told_when_it_changes_and_not_again(follow: Any, no_jobs: Any, say: Say) -> None:
    async with follow("jobs") as stream:
        assert await stream.next() == ("begin", {"subjects": ["jobs"]})
        no_jobs.append(Job(id=numbered(7), state=Job.STATE_RUNNING, update_time=timestamp(now())))
        await say("jobs")
        assert (await stream.next())[1]["state"] == "STATE_RUNNING"
        no_jobs.append(Job(id=numbered(8), state=Job.STATE_RUNNING, update_time=timestamp(now())))
        await say("jobs")
        assert (await stream.next())[1]["id"] == numbered(8)
        no_jobs[0].state = Job.STATE_DONE
        no_jobs[0].update_time.CopyFrom(timestamp(now()))
        await say("jobs")
        assert [(await stream.next())[1][name] for name in ("id",)] == [numbered(7)]


async def test_a_stream_looks_when_something_changed_and_rests_in_between(
    follow: Any, told: Any, no_jobs: Any, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[float] = []
    look = following.Following._looks

    async def counted(self: Any) -> Any:
        looks.append(0.0)
        return await look(self)

    monkeypatch.setattr(following.Following, "_looks", counted)
    told.feed = []
    async with follow() as stream:
        await stream.next()
        no_jobs.append(Job(id=numbered(7), update_time=timestamp(now())))
        await say("jobs")
        assert (await stream.next("unread"))[0] == "job"
        looks.clear()
        await asyncio.sleep(2)
    assert len(looks) <= 6


async def test_who_comes_back_goes_on_where_it_was(follow: Any, told: Any, no_jobs: Any) -> None:
    told.feed, told.notifications = [changed(0)], [Notification(id=numbered(1))]
    async with follow() as stream:
        await stream.next()
        last_id = stream.last_id
    told.feed.append(changed(1))
    told.notifications.append(Notification(id=numbered(2)))
    no_jobs.append(Job(id=numbered(7), update_time=timestamp(now())))
    async with follow(last_id=last_id) as stream:
        seen = [await stream.next() for _ in range(5)]
    assert [name for name, _ in seen] == ["begin", "job", "notification", "unread", "products"]
    assert [each["product_id"] for each in seen[-1][1]["changes"]] == [numbered(1)]


async def test_jobs_that_changed_long_ago_are_not_told(follow: Any, no_jobs: Any, say: Say) -> None:
    no_jobs.append(Job(id=numbered(7), update_time=timestamp(now() - timedelta(minutes=1))))
    async with follow("jobs") as stream:
        await stream.next()
        no_jobs.append(Job(id=numbered(8), update_time=timestamp(now())))
        await say("jobs")
        assert (await stream.next())[1]["id"] == numbered(8)


async def test_too_much_is_said_to_be_read_anew(
    follow: Any, told: Any, no_jobs: Any, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subjects, "CHANGES", 3)
    monkeypatch.setattr(subjects, "JOBS_PAGE", 2)
    monkeypatch.setattr(subjects, "NOTIFICATIONS", 2)
    told.feed = []
    async with follow() as stream:
        await stream.next()
        told.feed += [changed(number) for number in range(4)]
        await say("products")
        name, said = await stream.next("unread")
        assert (name, said["subject"], said["cursor"]) == ("reload", "products", "1.0.0.0")
        no_jobs += [Job(id=numbered(number), update_time=timestamp(now())) for number in range(9)]
        await say("jobs")
        assert (await stream.next("unread"))[1]["subject"] == "jobs"
        told.notifications = [Notification(id=numbered(number)) for number in range(2)]
        await say(f"notifications:{USER}")
        # Jobs of the last seconds are looked at again, and are still too many.
        subject = "jobs"
        while subject != "notifications":
            subject = (await stream.next("unread"))[1]["subject"]
        told.feed.append(changed(9))
        await say("products")
        name, products = await stream.next("unread", "reload")
        assert [each["product_id"] for each in products["changes"]] == [numbered(9)]


async def test_a_place_that_is_no_longer_kept_is_said(follow: Any, told: Any) -> None:
    told.feed = [changed(0), changed(1)]
    async with follow("products") as stream:
        await stream.next()
        last_id = stream.last_id
    told.feed = []
    async with follow("products", last_id=last_id) as stream:
        await stream.next()
        assert await stream.next() == ("reload", {"subject": "products", "detail": "Begin anew."})


async def test_nobody_follows_what_they_may_not_see(follow: Any, told: Any) -> None:
    told.feed = []
    async with follow(rights=("catalog.products.read",)) as stream:
        assert await stream.next() == ("begin", {"subjects": ["products"]})
    async with follow("jobs", rights=("catalog.products.read",)) as stream:
        name, problem = await stream.next()
        assert (name, problem["status"], problem["reason"]) == ("problem", 403, "MISSING_PERMISSION")
    async with follow(rights=("core.users.write",)) as stream:
        assert (await stream.next())[1]["status"] == 403


@pytest.mark.parametrize("last_id", ["x", "e30=", "eyJqb2JzIjp7ImltcG9ydHMiOjFlOTl9fQ", "eyJwcm9kdWN0cyI6MX0", "W10", "%%%"])
async def test_ids_that_are_none(follow: Any, told: Any, last_id: str) -> None:
    told.feed = []
    async with follow("products", last_id=last_id) as stream:
        name, said = await stream.next()
    assert (name, said.get("status")) in ((("begin", None)), ("problem", 400))
    assert (name == "begin") == (last_id == "e30=")


async def test_subjects_that_are_none(follow: Any) -> None:
    async with follow("jobs", "weather") as stream:
        _, problem = await stream.next()
    assert (problem["status"], problem["violations"][0]["field"]) == (400, "subjects")


async def test_a_revoked_token_ends_the_stream(follow: Any, told: Any, token: Any, url: str, monkeypatch: Any) -> None:
    monkeypatch.setattr(following, "QUIET_SECONDS", 0.2)
    told.feed = []
    short = token("catalog.products.read", seconds=1)
    for form in (by_events, by_socket):
        async with form(url, short, "products") as stream:
            name, problem = await stream.next("begin", "heartbeat")
            assert (name, problem["status"]) == ("problem", 401)


async def test_a_socket_takes_a_newer_token(told: Any, token: Any, url: str, monkeypatch: Any, say: Say) -> None:
    monkeypatch.setattr(following, "QUIET_SECONDS", 0.2)
    told.feed = []
    async with socket_to(url) as socket:
        stream = Stream(json.loads(message) async for message in socket)
        await socket.send(json.dumps({"token": token("catalog.products.read", seconds=2)}))
        assert (await stream.next())[0] == "begin"
        await socket.send(json.dumps({"token": token("catalog.products.read")}))
        await asyncio.sleep(2.5)
        told.feed.append(changed(1))
        await say("products")
        assert (await stream.next("heartbeat"))[0] == "products"
        await socket.send(json.dumps({"token": token("catalog.products.read", user_id=numbered(99))}))
        assert (await stream.next("heartbeat"))[1]["reason"] == "ANOTHER_USER"
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4403


@pytest.mark.parametrize(
    ("hello", "code"),
    [
        ("", 4400),
        ("[]", 4400),
        ("{", 4400),
        (b"{}", 4400),
        ("{}", 4401),
        ('{"token": 7}', 4401),
        ('{"token": "x"}', 4401),
        ('{"token": "x", "subjects": [1]}', 4400),
        ('{"token": "x", "last_id": 1}', 4400),
        ("x" * 20_000, 1009),
    ],
)
async def test_a_socket_that_says_nothing_of_use_is_closed(url: str, hello: str | bytes, code: int) -> None:
    async with socket_to(url) as socket:
        await socket.send(hello)
        with pytest.raises(ConnectionClosed) as closed:
            async with asyncio.timeout(SECONDS):
                while True:
                    assert json.loads(await socket.recv())["event"] == "problem"
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == code


async def test_a_socket_that_says_nothing_at_all_is_closed(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoint, "HELLO_SECONDS", 0.2)
    async with socket_to(url) as socket:
        assert json.loads(await socket.recv())["data"]["status"] == 408


async def test_one_user_has_so_many_streams(follow: Any, told: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "MAX_OF_ONE_USER", 1)
    told.feed = []
    async with follow("products") as stream:
        await stream.next()
        async with follow("products") as second:
            _, problem = await second.next()
            assert (problem["status"], problem["reason"]) == (429, "TOO_MANY_STREAMS")


async def test_only_the_head_of_a_stream(url: str, token: Any, told: Any) -> None:
    headers = {"authorization": f"Bearer {token(*RIGHTS)}"}
    async with httpx.AsyncClient(base_url=url, timeout=SECONDS, headers=headers) as client:
        reply = await client.head(PATH)
    assert (reply.status_code, reply.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
    assert told.requests == []


async def test_without_a_token_nothing_is_told(anonymous: httpx.AsyncClient) -> None:
    reply = await anonymous.get(PATH)
    assert (reply.status_code, reply.json()["reason"]) == (401, "INVALID_TOKEN")
