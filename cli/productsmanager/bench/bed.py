"""The stack that is measured, and what fills it."""

import contextlib
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from productsmanager import client, jobs, lifecycle
from productsmanager.bench.generate import Catalogue
from productsmanager.bench.meter import Cpu, Meter
from productsmanager.client import Client
from productsmanager.errors import ProductsManagerError
from productsmanager.jobs import Feed, Job

# How long to wait between two looks, as a share of the time so far: what they add to it, and their own load, stay near 1 %.
LOOK_SHARE, SHORTEST_LOOK = 0.01, 0.01
Notify = Callable[[str], None]


@dataclass(frozen=True)
class Imported:
    """One import, from the first byte sent to the first search that finds its last row."""

    seconds: float
    cpu: Cpu
    job: Job


@dataclass(frozen=True)
class Bed:
    """A running stack and a directory for feeds."""

    gateway: Client
    meter: Meter
    directory: Path
    notify: Notify

    def free(self, rows: int) -> Catalogue:
        """A catalogue whose supplier is not known yet."""
        for number in range(1, 1000):
            catalogue = Catalogue(rows, number)
            if not self.gateway.get("/suppliers", name=catalogue.supplier)["suppliers"]:
                return catalogue
        raise ProductsManagerError("this stack holds 999 suppliers of benchmarks: measure a fresh one")

    def written(self, catalogue: Catalogue, revision: int = 0) -> Path:
        """The feed as a file."""
        path = self.directory / f"{catalogue.number}-{catalogue.rows}-{revision}.csv"
        catalogue.write(path, revision)
        return path

    def import_(self, catalogue: Catalogue, path: Path) -> Imported:
        """Import and wait until it is searchable. Raises ProductsManagerError when it did not end well."""
        before, began = self.meter.cpu(), time.perf_counter()
        job = jobs.upload(self.gateway, Feed(path, catalogue.supplier, auto_apply=True))
        while not jobs.rests(job):
            _pause(began)
            job = self.gateway.get(f"/imports/{job['id']}")
        if jobs.state_of(job) != "applied":
            raise ProductsManagerError(
                f"the import ended as {jobs.state_of(job)}: {job['failure_message'] or job['hold_reason']}"
            )
        while not self.gateway.get("/products:search", query=catalogue.marker, page_size=1)["total"]:
            _pause(began)
        return Imported(time.perf_counter() - began, self.meter.cpu().since(before), job)


def expect(job: Job, **counts: int) -> None:
    """Raises ProductsManagerError when the ledger differs: the speed of a wrong result is not told."""
    found = {name: job["ledger"][name] for name in counts}
    if found != counts:
        raise ProductsManagerError(f"the import counted {found} where {counts} is right: nothing was measured")


@contextlib.contextmanager
def bed(data: Path | None, notify: Notify) -> Iterator[Bed]:
    """The stack that runs on `data`, or without it a fresh one of our own, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="pm-bench-") as name:
        directory = Path(name)
        # PostgreSQL under root runs as another user, who must get through.
        directory.chmod(0o711)
        if data is not None:
            yield _bed(lifecycle.connect(data), data, directory, notify)
            return
        with lifecycle.running(directory / "data", notify=notify) as running:
            yield _bed(running, directory / "data", directory, notify)


def _bed(running: lifecycle.Running, data: Path, directory: Path, notify: Notify) -> Bed:
    return Bed(client.connect(data), Meter(running), directory, notify)


def _pause(began: float) -> None:
    time.sleep(max(SHORTEST_LOOK, (time.perf_counter() - began) * LOOK_SHARE))
