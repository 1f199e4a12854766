"""Outages of one process of the stack, and how long they last."""

import contextlib
import os
import time
from collections.abc import Callable, Iterator

import psutil

from productsmanager.lifecycle import Running

# Of a process that is away: 30 s is what is promised, less shows most of it.
SECONDS = float(os.environ.get("PM_FAULT_SECONDS", "30"))


@contextlib.contextmanager
def ended(stack: Running, name: str) -> Iterator[None]:
    """The process was told to end, and is kept from coming back."""
    stack.supervisor.hold(name)
    try:
        yield
    finally:
        stack.supervisor.release(name)


@contextlib.contextmanager
def killed(stack: Running, name: str) -> Iterator[None]:
    """The process was killed with all it had started, and is kept from coming back."""
    for process in _tree(stack, name):
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    with ended(stack, name):
        yield


@contextlib.contextmanager
def frozen(stack: Running, name: str) -> Iterator[None]:
    """The process and all it has started keep their connections, and say nothing."""
    stopped = _tree(stack, name)
    for process in stopped:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.suspend()
    try:
        yield
    finally:
        for process in stopped:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.resume()


OUTAGES: dict[str, Callable[[Running, str], contextlib.AbstractContextManager[None]]] = {
    "ended": ended,
    "killed": killed,
    "frozen": frozen,
}


def ready(stack: Running, name: str, patience_seconds: float = 240) -> None:
    """Wait until one process is ready."""
    check, deadline = stack.processes[name].ready, time.monotonic() + patience_seconds
    while check is not None and not check():
        assert time.monotonic() < deadline, f"{name} is not ready again"
        time.sleep(0.1)


def healthy(stack: Running, patience_seconds: float = 240) -> None:
    """Wait until every process is."""
    deadline = time.monotonic() + patience_seconds
    while sick := [process.name for process in stack.status() if not process.healthy]:
        assert time.monotonic() < deadline, f"not healthy again: {', '.join(sick)}"
        time.sleep(0.5)


def _tree(stack: Running, name: str) -> list[psutil.Process]:
    """A process and what it has started, itself first, so that it starts nothing meanwhile."""
    pid = stack.pid(name)
    assert pid, f"{name} does not run"
    root = psutil.Process(pid)
    return [root, *root.children(recursive=True)]
