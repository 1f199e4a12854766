"""Valkey loses what it holds: what it only carried is late, and nothing is lost, because jobs and sessions are rows."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis
from api import Api, counts
from outages import frozen, healthy, ready
from price_lists import FEEDS, feed

from productsmanager.lifecycle import Running

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]
QUEUE, ROWS, CUT_BYTES = 1, 2_000, 37


@contextmanager
def emptied(stack: Running) -> Iterator[None]:
    with redis.Redis.from_url(stack.installation.redis_url(0)) as client:
        client.flushall()
    yield


@contextmanager
def cut(stack: Running) -> Iterator[None]:
    """The end of its append-only file is lost, as by a power cut in the middle of a write."""
    stack.supervisor.hold("valkey")
    [file] = (stack.installation.valkey.directory / "appendonlydir").glob("*.incr.aof")
    shorten(file)
    stack.supervisor.release("valkey")
    ready(stack, "valkey")
    yield


def shorten(file: Path) -> None:
    size = file.stat().st_size
    assert size > CUT_BYTES, "nothing was appended"
    os.truncate(file, size - CUT_BYTES)


@pytest.mark.parametrize("harm", [emptied, cut])
def test_jobs_that_wait_are_done_and_sessions_hold(stack: Running, api: Api, harm: Callable[[Running], Iterator[None]]) -> None:
    healthy(stack)
    number = next(FEEDS)
    with redis.Redis.from_url(stack.installation.redis_url(QUEUE)) as queue, frozen(stack, "imports-worker"):
        jobs: list[str] = []

        def upload() -> None:
            name = f"Waiting {number} {len(jobs)}"
            jobs.append(api.upload(feed(number, ROWS + len(jobs)), name).json()["id"])

        # Of the first the worker may be told on the connection that it waits at.
        while queue.llen("imports") == 0:
            assert len(jobs) < 5, "nobody was told"
            upload()
        with harm(stack):
            assert api.get("/me")["user"]["username"] == "admin"
            upload()
    for row, job_id in enumerate(jobs):
        job = api.follow(job_id)
        assert (job["state"], counts(job)["read"]) == ("STATE_APPLIED", ROWS + row)
    healthy(stack)
    with Api(stack.url) as another:
        another.login("admin", stack.admin_password_file.read_text(encoding="ascii").strip())
        assert another.http.get("/me").headers["ratelimit"]
