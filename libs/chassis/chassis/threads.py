"""Blocking work beside the event loop that ends soon after whoever waits for it gives up."""

import asyncio
import threading
from collections.abc import Callable
from contextvars import ContextVar, copy_context
from typing import TypeVar

T = TypeVar("T")

_stop: ContextVar[threading.Event | None] = ContextVar("stop", default=None)


class Stopped(Exception):
    """Nobody waits any more for what this thread does."""


def check_stop() -> None:
    """To be called by long work between its steps. Raises Stopped inside a thread of `in_thread` that was given up."""
    stop = _stop.get()
    if stop is not None and stop.is_set():
        raise Stopped


async def in_thread(work: Callable[[], T]) -> T:
    """Run `work` in a thread. When this call is cancelled, `work` ends at its next `check_stop` and is waited for."""
    stop = threading.Event()
    context = copy_context()
    context.run(_stop.set, stop)
    running = asyncio.get_running_loop().run_in_executor(None, context.run, work)
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        stop.set()
        await asyncio.gather(running, return_exceptions=True)
        raise
