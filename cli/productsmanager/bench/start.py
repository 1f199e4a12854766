"""The benchmarks of a start: of an empty directory, of one that exists, and what the stack then holds in memory at rest."""

import contextlib
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from productsmanager import lifecycle
from productsmanager.bench import figure, meter
from productsmanager.bench.bed import Notify
from productsmanager.bench.figure import Figure
from productsmanager.bench.meter import Cpu, Meter
from productsmanager.lifecycle import Running

# What comes at once after a start, such as the first look of every loop, is over by then.
REST_SECONDS = 20.0


def start(repeats: int, notify: Notify) -> Iterator[Figure]:
    """`pm up` until everything is ready: with seven databases to make, then with nothing to do; and then its memory."""
    firsts, colds, memories = [], [], []
    for _ in range(repeats):
        with tempfile.TemporaryDirectory(prefix="pm-bench-") as name:
            directory = Path(name)
            # PostgreSQL under root runs as another user, who must get through.
            directory.chmod(0o711)
            with _timed("first-start", directory / "data", notify) as (first, _running):
                firsts.append(first)
            with _timed("cold-start", directory / "data", notify) as (cold, running):
                colds.append(cold)
                time.sleep(REST_SECONDS)
                memories.append(_memory(running))
    for figures in (firsts, colds, memories):
        yield figure.median(figures)


@contextlib.contextmanager
def _timed(name: str, data: Path, notify: Notify) -> Iterator[tuple[Figure, Running]]:
    own, began = time.process_time(), time.perf_counter()
    with lifecycle.running(data, notify=notify) as running:
        seconds = time.perf_counter() - began
        # What has ended, such as the migrations, counts with the supervisor, and so does what was done here.
        whole, shared = meter.seconds(running.supervisor_pid), Meter(running).cpu()
        ours = whole - sum(shared.seconds.values()) + shared.ours + time.process_time() - own
        yield figure.of_start(name, seconds, Cpu({"ours": ours, "postgres": shared.postgres})), running


def _memory(running: Running) -> Figure:
    """Each page shared among processes counts once (PSS), the supervisor with them."""
    supervisor = psutil.Process(running.supervisor_pid)
    total = sum(process.memory_full_info().pss for process in (supervisor, *supervisor.children(recursive=True)))
    return figure.of_memory("idle-memory", total / 1e6)
