"""The benchmarks by name, and their run on one stack."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from productsmanager.bench import changes, events, figure, imports, requests
from productsmanager.bench.bed import Bed, Notify, bed
from productsmanager.bench.figure import Figure
from productsmanager.bench.profiles import profiled, spy

IMPORT = "import"
# Those that only read stand first: what comes behind them makes the catalogue grow.
BENCHMARKS: dict[str, Callable[[Bed, int], Iterator[Figure]]] = {
    "read": requests.read,
    "read-cached": requests.read_cached,
    "list": requests.list_,
    "search": requests.search,
    "facets": requests.facets,
    "lookup": requests.lookup,
    "changes": changes.changes,
    "changes-values": changes.values,
    "export": changes.export,
    "write": requests.write,
    "small": imports.small,
    "reimport": imports.reimport,
    "prices-only": imports.prices_only,
    "full-price": imports.full_price,
    "delisting": imports.delisting,
    "second-supplier": imports.second_supplier,
    "encodings": imports.encodings,
    "mixed": imports.mixed,
    "events": events.events,
}
NAMES = (IMPORT, *BENCHMARKS)


@dataclass(frozen=True)
class Runner:
    """How to measure: on the stack that runs on `data`, or on fresh ones without it; `profiles` is where to tell why."""

    data: Path | None
    rows: int
    repeats: int
    notify: Notify
    profiles: Path | None = None

    def run(self, names: Sequence[str]) -> Iterator[Figure]:
        """The benchmarks one after the other on one stack, filled once; each repeat of a first import takes a fresh one,
        whose last stays for the others."""
        if self.profiles:
            # Before the stack is filled for nothing.
            spy()
        firsts = []
        if IMPORT in names:
            for _ in range(self.repeats - 1):
                with bed(self.data, self.rows, self.notify) as stack:
                    firsts.append(imports.first_import(stack))
        with bed(self.data, self.rows, self.notify) as stack:
            if IMPORT in names:
                with self._profiled(stack, IMPORT):
                    firsts.append(imports.first_import(stack))
                yield figure.median(firsts)
            stack.filled()
            for name in names:
                if name != IMPORT:
                    with self._profiled(stack, name):
                        yield from BENCHMARKS[name](stack, self.repeats)

    def _profiled(self, stack: Bed, name: str) -> AbstractContextManager[None]:
        return profiled(stack, self.profiles, name) if self.profiles else nullcontext()
