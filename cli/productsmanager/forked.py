"""Python processes that begin as copies of the supervisor, which has loaded the libraries that all of them need.

A service spends two seconds of CPU time on loading libraries before it does anything, and each of ten keeps a copy of its own of
them in memory. A copy of a process that has them costs a few milliseconds, and shares the memory that neither writes. ADR 57 says
what this costs.
"""

import atexit
import ctypes
import gc
import os
import runpy
import signal
import sys
import threading
import traceback
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from productsmanager.privileges import IS_LINUX, SETPRIV

# Libraries alone: what is ours is loaded by each process, so that one that starts again has the code of then. None of them starts
# a thread or opens a file while it is loaded; grpc does, which is why it and all that needs it are missing here.
LIBRARIES = (
    "sqlalchemy.ext.asyncio",
    "sqlalchemy.dialects.postgresql.asyncpg",
    "asyncpg",
    "uvloop",
    "pydantic_settings",
    "structlog",
    "google.protobuf.json_format",
    "google.protobuf.descriptor_pool",
    "cryptography.hazmat.primitives.asymmetric.ed25519",
    "jwt",
    "redis.asyncio",
    "prometheus_client",
    "opentelemetry.sdk.trace",
    "minio",
    "celery.app",
    "celery.bin.worker",
    "kombu.transport.redis",
)
# mallopt(3): how many arenas, which MALLOC_ARENA_MAX says to a process that begins anew.
_M_ARENA_MAX = -8
_PR_SET_PDEATHSIG, _PR_SET_NAME = 1, 15


class Module(NamedTuple):
    """What `python -m NAME ARGUMENTS` runs, with the signal it gets when its parent dies."""

    name: str
    arguments: tuple[str, ...]
    death_signal: signal.Signals


def module_of(command: Sequence[str]) -> Module | None:
    """The module that a command of `privileges.bound_to_parent` runs with this Python; None for any other command."""
    if not IS_LINUX or len(command) < 6 or command[0] != SETPRIV or command[2:5] != ["--", sys.executable, "-m"]:
        return None
    option, _, name = command[1].partition("=")
    if option != "--pdeathsig":
        return None
    return Module(command[5], tuple(command[6:]), signal.Signals[f"SIG{name}"])


class Preloading:
    """Loads the libraries one by one, whenever the supervisor has nothing else to do."""

    def __init__(self) -> None:
        self._left = list(LIBRARIES) if IS_LINUX else []

    @property
    def is_done(self) -> bool:
        return not self._left

    def step(self) -> None:
        """Load the next library. One that can't be loaded is left to the processes that need it."""
        if self._left:
            try:
                import_module(self._left.pop(0))
            except Exception:  # whatever a library does while it is loaded, the supervisor goes on
                traceback.print_exc()
            if self.is_done:
                # A collection would touch all of it, and what is touched is no longer shared.
                gc.freeze()


def become(module: Module, environment: Mapping[str, str], parent: int) -> None:
    """Run the module in this process, a fork of `parent`, as if Python had just been started with it. Does not return."""
    status = 1
    try:
        _forget(module, environment)
        libc = ctypes.CDLL(None)
        libc.prctl(_PR_SET_PDEATHSIG, int(module.death_signal))
        if os.getppid() != parent:
            return  # it died before it could tell us
        if arenas := environment.get("MALLOC_ARENA_MAX"):
            libc.mallopt(_M_ARENA_MAX, int(arenas))
        sys.argv = [module.name, *module.arguments]
        _show(["python", "-m", *sys.argv], libc)
        runpy.run_module(module.name, run_name="__main__", alter_sys=True)
        status = 0
    except SystemExit as end:
        status = _status(end.code)
    except BaseException:  # what Python prints at its end
        traceback.print_exc()
    finally:
        threading._shutdown()  # type: ignore[attr-defined]  # waits for threads, as the end of Python does
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _forget(module: Module, environment: Mapping[str, str]) -> None:
    """What was the supervisor's: signals, environment, and output to a file."""
    signal.set_wakeup_fd(-1)
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        if callable(signal.getsignal(number)):
            signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.clear()
    os.environ.update(environment)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True, write_through=True)  # type: ignore[union-attr]  # these are text streams


def _status(code: object) -> int:
    """The exit status of `sys.exit(code)`."""
    if code is None or isinstance(code, int):
        return int(code or 0)
    print(code, file=sys.stderr)
    return 1


def _show(command: Sequence[str], libc: ctypes.CDLL) -> None:
    """Let `ps` and `top` name the process by its own command, as far as there is room for it in the memory of the old one."""
    libc.prctl(_PR_SET_NAME, command[2].encode()[:15])
    # Fields 48 and 49 of proc(5); what stands in parentheses may hold blanks.
    begin, end = map(int, Path("/proc/self/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[45:47])
    text = b"\0".join(part.encode() for part in command)[: end - begin - 1]
    ctypes.memmove(begin, text.ljust(end - begin, b"\0"), end - begin)
