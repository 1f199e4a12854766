import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from redis import Redis

from jobs import waking
from jobs.waking import Background, Waker, Work, celery_app

PATIENCE_SECONDS = 30


class Bench:
    """A workplace that counts."""

    def __init__(self, *, broken: bool = False) -> None:
        self.looked = threading.Semaphore(0)
        self.closed = threading.Event()
        self._broken = broken

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Work]:
        try:
            yield self._work
        finally:
            self.closed.set()

    async def _work(self) -> bool:
        self.looked.release()
        if self._broken:
            raise OSError("the database restarts")
        return False


@pytest.mark.parametrize("broken", [False, True])
def test_it_looks_when_woken_and_at_the_start(monkeypatch: pytest.MonkeyPatch, broken: bool) -> None:
    monkeypatch.setattr(waking, "LOOK_SECONDS", 3600)
    bench = Bench(broken=broken)
    background = Background("naps", bench.open)
    background.start()
    assert bench.looked.acquire(timeout=PATIENCE_SECONDS)
    assert not bench.looked.acquire(timeout=0.2)
    background.wake()
    assert bench.looked.acquire(timeout=PATIENCE_SECONDS)
    background.stop()
    assert bench.closed.is_set()


def test_it_looks_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waking, "LOOK_SECONDS", 0.05)
    bench = Bench()
    background = Background("naps", bench.open)
    background.start()
    for _ in range(3):
        assert bench.looked.acquire(timeout=PATIENCE_SECONDS)
    background.stop()


async def test_waking_leaves_one_message_without_payload_in_the_queue(valkey_server: str) -> None:
    waker = Waker(celery_app("naps", valkey_server))
    first, second = waker.wake(), waker.wake()
    await asyncio.gather(first, second)
    queue = Redis.from_url(valkey_server)
    assert queue.llen("naps") == 1
    assert b'"task": "naps.wake"' in queue.lindex("naps", 0)
    queue.close()
