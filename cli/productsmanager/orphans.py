"""Processes of a data directory that outlived their supervisor, found by the mark in their environment."""

import contextlib
import os
import time
from pathlib import Path

import psutil

from productsmanager.privileges import IS_LINUX

# Given to the supervisor, inherited by everything below it.
MARK = "PM_STACK"
GRACE_SECONDS = 20.0


def find(root: Path) -> list[psutil.Process]:
    """Live processes that belong to `root`, without the calling one."""
    return [process for process in psutil.process_iter() if process.pid != os.getpid() and _belongs(process, str(root))]


def _belongs(process: psutil.Process, root: str) -> bool:
    try:
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        try:
            return process.environ().get(MARK) == root
        except psutil.AccessDenied:
            # PostgreSQL as another user, where root lacks the capability to look into it: its arguments are public.
            arguments = process.cmdline()
            at = Path(arguments[arguments.index("-D") + 1])
            return Path(arguments[0]).name == "postgres" and str(at.parent.parent) == root
    except (psutil.Error, OSError, IndexError, ValueError):
        return False


def sweep(root: Path, grace_seconds: float = GRACE_SECONDS) -> list[str]:
    """End what is left of `root`, and return the names of what there was.

    Linux has told them already that their parent is dead, so they get the time to end well and then SIGKILL;
    elsewhere they are told here.
    """
    left = find(root)
    names = sorted({_name(process) for process in left})
    if not IS_LINUX:
        for process in left:
            with contextlib.suppress(psutil.Error):
                process.terminate()
    deadline = time.monotonic() + grace_seconds
    while (left := find(root)) and time.monotonic() < deadline:
        time.sleep(0.1)
    for process in left:
        with contextlib.suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(left, timeout=5)
    return names


def _name(process: psutil.Process) -> str:
    try:
        return process.name()
    except psutil.Error:
        return "a process that has ended"
