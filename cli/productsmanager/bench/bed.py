"""The stack that is measured, and what fills it."""

import contextlib
import itertools
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chassis.counts import counted
from productsmanager import client, jobs, lifecycle
from productsmanager.bench.dialect import PLAIN, Dialect
from productsmanager.bench.generate import EAN, TITLE, Catalogue, Row
from productsmanager.bench.meter import Cpu, Meter
from productsmanager.client import Client
from productsmanager.errors import ProductsManagerError
from productsmanager.jobs import Feed, Job

# How long to wait between two looks, as a share of the time so far, and at least, in seconds: a look costs about 3 ms of CPU, so
# looking oftener would make an import slower; half a pause is added to its time.
LOOK_SHARE, SHORTEST_LOOK = 0.02, 0.02
WARM_UP_ROWS = 1_000
SAMPLED_ROWS = 3_000
Notify = Callable[[str], None]


@dataclass(frozen=True)
class Imported:
    """One import, from the first byte sent to the first search that finds its last row."""

    seconds: float
    cpu: Cpu
    job: Job


@dataclass
class Bed:
    """A running stack, a directory for feeds, and the supplier whose `rows` fill the catalogue.

    `catalogue` is what that supplier has delivered last; None until there is something.
    """

    running: lifecycle.Running
    gateway: Client
    meter: Meter
    directory: Path
    rows: int
    notify: Notify
    catalogue: Catalogue | None = None
    _files: Iterator[int] = field(default_factory=itertools.count)

    def free(self, rows: int, **habits: Any) -> Catalogue:
        """A catalogue whose supplier is not known yet; `habits` are its other fields."""
        for number in range(1, 1000):
            catalogue = Catalogue(rows, number, **habits)
            if not self.gateway.get("/suppliers", name=catalogue.supplier)["suppliers"]:
                return catalogue
        raise ProductsManagerError("this stack holds 999 suppliers of benchmarks: measure a fresh one")

    def filled(self) -> Catalogue:
        """What fills the catalogue, imported first where that is not done yet."""
        if self.catalogue is None:
            self.notify(f"importing {counted(self.rows, 'product')} first")
            self.catalogue = self.free(self.rows)
            self.import_(self.catalogue, self.written(self.catalogue))
        return self.catalogue

    def sample(self) -> list[Row]:
        """Sound rows of the supplier that fills the catalogue, evenly spread."""
        catalogue = self.filled()
        rows = map(catalogue.row, range(0, catalogue.rows - 1, max(1, catalogue.rows // SAMPLED_ROWS)))
        return [row for row in rows if len(row[EAN]) == 13 and row[TITLE]]

    def warm_up(self) -> None:
        catalogue = self.free(WARM_UP_ROWS)
        self.import_(catalogue, self.written(catalogue))

    def written(self, catalogue: Catalogue, rows: Iterable[Row] | None = None, dialect: Dialect = PLAIN) -> Path:
        """A feed as a file: the whole catalogue, or `rows` of it."""
        path = self._path(dialect.suffix)
        dialect.write(path, catalogue.feed() if rows is None else rows)
        return path

    def written_prices(self, catalogue: Catalogue) -> Path:
        """A feed of the catalogue's prices and stocks."""
        path = self._path(PLAIN.suffix)
        PLAIN.write_prices(path, catalogue.prices())
        return path

    def import_(self, catalogue: Catalogue, path: Path) -> Imported:
        """Import a file, wait until it is searchable, and delete it.

        Raises ProductsManagerError when it did not end well.
        """
        before, began = self.meter.cpu(), time.perf_counter()
        job = jobs.upload(self.gateway, Feed(path, catalogue.supplier, auto_apply=True))
        while not jobs.rests(job):
            _pause(began)
            job = self.gateway.get(f"/imports/{job['id']}")
        if jobs.state_of(job) != "applied":
            raise ProductsManagerError(
                f"the import ended as {jobs.state_of(job)}: {job['failure_message'] or job['hold_reason']}"
            )
        while not self._finds(catalogue.marker):
            _pause(began)
        imported = Imported(time.perf_counter() - began, self.meter.cpu().since(before), job)
        path.unlink()
        return imported

    def _finds(self, marker: str) -> bool:
        """Whether the last row is found, and not another supplier's by a likeness of the words."""
        hits = self.gateway.get("/products:search", query=marker, page_size=1)["hits"]
        return any(marker in hit["product"]["title"].split() for hit in hits)

    def _path(self, suffix: str) -> Path:
        return self.directory / f"feed-{next(self._files)}{suffix}"


def expect(job: Job, **counts: int) -> None:
    """Raises ProductsManagerError when the ledger differs: the speed of a wrong result is not told."""
    found = {name: job["ledger"][name] for name in counts}
    if found != counts:
        raise ProductsManagerError(f"the import counted {found} where {counts} is right: nothing was measured")


@contextlib.contextmanager
def bed(data: Path | None, rows: int, notify: Notify) -> Iterator[Bed]:
    """The stack that runs on `data`, or without it a fresh one of our own, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="pm-bench-") as name, contextlib.ExitStack() as stack:
        directory = Path(name)
        # PostgreSQL under root runs as another user, who must get through.
        directory.chmod(0o711)
        if data is None:
            data = directory / "data"
            running = stack.enter_context(lifecycle.running(data, notify=notify))
        else:
            running = lifecycle.connect(data)
        yield Bed(running, client.connect(data), Meter(running), directory, rows, notify)


def _pause(began: float) -> None:
    time.sleep(max(SHORTEST_LOOK, (time.perf_counter() - began) * LOOK_SHARE))
