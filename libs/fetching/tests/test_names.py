"""Looking names up holds up nothing but whoever waits for that name."""

import asyncio
import socket
import threading
from collections import Counter

import pytest

from fetching.errors import HostUnknown
from fetching.guard import Guard
from fetching.names import DEAD_NAMES, THREADS, Names


@pytest.fixture
def dead(monkeypatch: pytest.MonkeyPatch):
    """The name server of names in `.dead.test` does not answer before this event is set. What was asked is counted."""
    answers, asked, real = threading.Event(), Counter(), socket.getaddrinfo

    def getaddrinfo(host, *arguments, **named):
        if not str(host).endswith(".test"):
            return real(host, *arguments, **named)
        asked[host] += 1
        if host.endswith(".dead.test"):
            answers.wait(60)
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    answers.asked = asked  # type: ignore[attr-defined]
    yield answers
    answers.set()


async def test_a_dead_name_server_holds_up_neither_other_names_nor_other_work(dead) -> None:
    guard = Guard(["localhost"])
    waiting = [asyncio.create_task(guard.addresses(f"n{n}.dead.test", 443)) for n in range(THREADS - 4)]
    async with asyncio.timeout(30):
        assert await guard.addresses("localhost", 8080)
        assert await asyncio.to_thread(lambda: "done") == "done"
    assert not any(task.done() for task in waiting)
    dead.set()
    assert {type(error) for error in await asyncio.gather(*waiting, return_exceptions=True)} == {HostUnknown}


async def test_look_ups_at_once_have_a_bound(dead) -> None:
    guard = Guard()
    waiting = [asyncio.create_task(guard.addresses(f"n{n}.dead.test", 443)) for n in range(THREADS + 40)]
    async with asyncio.timeout(30):
        while len(dead.asked) < THREADS:
            assert not any(task.done() for task in waiting)
            await asyncio.sleep(0.01)
    for task in waiting:
        task.cancel()
    await asyncio.wait(waiting)
    dead.set()
    # Those that nobody waits for any more are not begun.
    with pytest.raises(HostUnknown):
        await guard.addresses("unknown.test", 443)
    assert len(dead.asked) == THREADS + 1


async def test_a_name_that_nobody_knows_is_not_looked_up_again_at_once(dead, monkeypatch: pytest.MonkeyPatch) -> None:
    guard = Guard()
    for _ in range(3):
        with pytest.raises(HostUnknown):
            await guard.addresses("unknown.test", 443)
    assert dead.asked["unknown.test"] == 1
    monkeypatch.setattr("fetching.names.DEAD_SECONDS", 0)
    with pytest.raises(HostUnknown):
        await guard.addresses("unknown.test", 443)
    assert dead.asked["unknown.test"] == 2


async def test_names_are_remembered_up_to_a_number(dead) -> None:
    names = Names()
    for number in range(DEAD_NAMES + 10):
        with pytest.raises(OSError, match="unknown"):
            await names.look_up(f"n{number}.test", 443)
    assert len(names._dead) == DEAD_NAMES
