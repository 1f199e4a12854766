"""What a running stack has used: CPU time of our processes and of PostgreSQL, and memory at its peak."""

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from productsmanager.lifecycle import Running
from productsmanager.stack import STORAGE


@dataclass(frozen=True)
class Cpu:
    """CPU seconds, user and system."""

    ours: float
    postgres: float

    def since(self, before: "Cpu") -> "Cpu":
        return Cpu(self.ours - before.ours, self.postgres - before.postgres)


class Meter:
    """Reads the processes of one stack."""

    def __init__(self, running: Running) -> None:
        pids = {name: state.pid for name, state in running.supervisor.states().items() if state.pid}
        self._ours = {name: pid for name, pid in pids.items() if name not in STORAGE}
        self._postgres = pids["postgres"]

    def cpu(self) -> Cpu:
        """Used so far. PostgreSQL's sessions that have ended count with the server that started them."""
        return Cpu(sum(map(_seconds, self._ours.values())), _seconds(self._postgres))

    def peak(self) -> tuple[str, int]:
        """Which of our processes ever held the most memory, and how many MB."""
        peaks = {name: max(map(_peak, _tree(pid))) for name, pid in self._ours.items()}
        name = max(peaks, key=lambda name: peaks[name])
        return name, peaks[name] >> 20


def _tree(pid: int) -> Iterator[psutil.Process]:
    root = psutil.Process(pid)
    yield root
    yield from root.children(recursive=True)


def _seconds(pid: int) -> float:
    total = 0.0
    for process in _tree(pid):
        with contextlib.suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    return total


def _peak(process: psutil.Process) -> int:
    """Bytes; where the system keeps no high-water mark, what the process holds now."""
    with contextlib.suppress(OSError):
        status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii", errors="replace")
        if found := re.search(r"^VmHWM:\s+([0-9]+) kB$", status, re.MULTILINE):
            return int(found[1]) * 1024
    with contextlib.suppress(psutil.NoSuchProcess):
        return process.memory_info().rss
    return 0
