"""One process of the stack, as data."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path


def _nothing() -> None:
    pass


def _never() -> bool:
    return False


@dataclass(frozen=True)
class Process:
    """What to run, what must be ready before, and how to tell that it is ready.

    It starts once all it `needs` is ready, beside what it `uses`, and stops before both.
    `ready` None: as soon as it has stayed alive for `start_seconds`. A task (`is_task`) is ready when it has ended
    well, and is not run at all when `is_done` says so. `prepare` runs before each start by `pm up`, `provision` once it is
    ready. `command` ends up bound to the supervisor's life: `stop_signal` within `stop_seconds`, then SIGKILL.
    """

    name: str
    command: tuple[str, ...]
    directory: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    port: int | None = None
    ready: Callable[[], bool] | None = None
    prepare: Callable[[], None] = _nothing
    provision: Callable[[], None] = _nothing
    is_task: bool = False
    is_done: Callable[[], bool] = _never
    start_seconds: int = 2
    ready_seconds: int = 300
    stop_signal: str = "TERM"
    stop_seconds: int = 20
