"""What a running stack has used: CPU time by process, and memory at its peak."""

import contextlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

from productsmanager import clusters
from productsmanager.lifecycle import Running
from productsmanager.stack import STORAGE


@dataclass(frozen=True)
class Cpu:
    """CPU seconds, user and system, by process of the stack."""

    seconds: Mapping[str, float]

    @property
    def ours(self) -> float:
        return sum(seconds for name, seconds in self.seconds.items() if name not in STORAGE)

    @property
    def postgres(self) -> float:
        return sum(seconds for name, seconds in self.seconds.items() if name.startswith(clusters.SHARED))

    def since(self, before: "Cpu") -> "Cpu":
        return Cpu({name: seconds - before.seconds[name] for name, seconds in self.seconds.items()})


class Meter:
    """Reads the processes of one stack."""

    def __init__(self, running: Running) -> None:
        self.pids = {name: state.pid for name, state in running.supervisor.states().items() if state.pid}
        self.ours = {name: pid for name, pid in self.pids.items() if name not in STORAGE}

    def cpu(self) -> Cpu:
        """Used so far. PostgreSQL's sessions that have ended count with the server that started them."""
        return Cpu({name: seconds(pid) for name, pid in self.pids.items()})

    def peak(self) -> tuple[str, int]:
        """Which of our processes held the most memory since `forget_peaks`, and how many MB."""
        peaks = self.peaks()
        name = max(peaks, key=lambda name: peaks[name])
        return name, peaks[name]

    def peaks(self) -> dict[str, int]:
        """The most memory that each of our processes held since `forget_peaks`, in MB."""
        return {name: max(map(_peak, _tree(pid))) >> 20 for name, pid in self.ours.items()}

    def forget_peaks(self) -> None:
        """Start each peak anew, where the system can (Linux does); otherwise they are those of whole lives."""
        for pid in self.ours.values():
            for process in _tree(pid):
                with contextlib.suppress(OSError):
                    # proc(5): 5 resets the high-water mark of the resident set.
                    Path(f"/proc/{process.pid}/clear_refs").write_text("5", encoding="ascii")


def _tree(pid: int) -> Iterator[psutil.Process]:
    root = psutil.Process(pid)
    yield root
    yield from root.children(recursive=True)


def seconds(pid: int) -> float:
    """CPU seconds, user and system, of a process, its descendants, and what of them has ended."""
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
