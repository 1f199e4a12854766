"""The benchmarks by name. Each tells its figures: one JSON object a line, with its target beside it."""

import json
import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from productsmanager.bench.bed import Bed, Imported, Notify, bed, expect
from productsmanager.bench.generate import EAN, SEED, TITLE
from productsmanager.bench.http import Load, load

Figure = dict[str, Any]
# Rows a second for imports; p50 in ms at concurrency 1 and requests a second at 16 for the others.
TARGETS = {"import": 4_000, "reimport": 60_000, "read": 4, "read@16": 600, "search": 10, "search@16": 100}
WARM_UP_ROWS = 1_000
# Requests of one repeat by concurrency, and those before the first.
REQUESTS = {1: 2_000, 16: 6_000}
WARM_UP_REQUESTS = 300
SAMPLED_ROWS = 3_000


def import_(data: Path | None, rows: int, repeats: int, notify: Notify) -> Iterator[Figure]:
    """A supplier's first feed, each repeat into a fresh stack."""
    figures = []
    for repeat in range(repeats):
        with bed(data, notify) as stack:
            _warm_up(stack)
            catalogue = stack.free(rows)
            path = stack.written(catalogue)
            imported = stack.import_(catalogue, path)
            created = rows - catalogue.rejected - catalogue.skipped
            expect(imported.job, read=rows, created=created, rejected=catalogue.rejected, skipped=catalogue.skipped)
            figures.append(_import_figure("import", stack, imported, rows))
        notify(f"repeat {repeat + 1}: {figures[-1]['value']} rows/s")
    yield _median(figures) | {"repeats": repeats}


def reimport(data: Path | None, rows: int, repeats: int, notify: Notify) -> Iterator[Figure]:
    """The same supplier's next feed, 2 % of it changed."""
    figures = []
    with bed(data, notify) as stack:
        catalogue = stack.free(rows)
        stack.import_(catalogue, stack.written(catalogue))
        # The first one warms up.
        for revision in range(1, repeats + 2):
            imported = stack.import_(catalogue, stack.written(catalogue, revision))
            expect(imported.job, read=rows, created=0, updated=catalogue.changed(revision), vanished=0)
            figures.append(_import_figure("reimport", stack, imported, rows))
            notify(f"revision {revision}: {figures[-1]['value']} rows/s")
    yield _median(figures[1:]) | {"changed": catalogue.changed(1), "repeats": repeats}


def read(data: Path | None, rows: int, repeats: int, notify: Notify) -> Iterator[Figure]:
    """One product by its id."""
    with bed(data, notify) as stack:
        sample = _filled(stack, rows)
        identifiers: list[str] = []

        def take(_path: str, body: bytes) -> None:
            identifiers.extend(hit["product"]["id"] for hit in json.loads(body)["hits"])

        codes = [f"/api/v1/products:search?query={row[EAN]}&page_size=1" for row in sample]
        load(stack.gateway.url, stack.gateway.access_token(), codes, 4, take)
        paths = [f"/api/v1/products/{identifier}" for identifier in identifiers]
        yield from _requests("read", stack, paths, rows, repeats)


def search(data: Path | None, rows: int, repeats: int, notify: Notify) -> Iterator[Figure]:
    """Twenty products by two words of a title."""
    with bed(data, notify) as stack:
        chosen = random.Random(SEED)  # noqa: S311
        queries = [" ".join(chosen.sample(row[TITLE].split()[:4], 2)) for row in _filled(stack, rows)]
        paths = [f"/api/v1/products:search?query={quote(query)}" for query in queries]
        yield from _requests("search", stack, paths, rows, repeats)


BENCHMARKS: dict[str, Callable[[Path | None, int, int, Notify], Iterator[Figure]]] = {
    "import": import_,
    "reimport": reimport,
    "read": read,
    "search": search,
}


def _requests(name: str, stack: Bed, paths: Sequence[str], rows: int, repeats: int) -> Iterator[Figure]:
    order = random.Random(SEED)  # noqa: S311
    load(stack.gateway.url, stack.gateway.access_token(), order.choices(paths, k=WARM_UP_REQUESTS), 4)
    for concurrency, count in REQUESTS.items():
        figures = []
        for _ in range(repeats):
            before = stack.meter.cpu()
            measured = load(stack.gateway.url, stack.gateway.access_token(), order.choices(paths, k=count), concurrency)
            cpu = stack.meter.cpu().since(before)
            figures.append(
                _load_figure(name, measured, concurrency)
                | {"cpu_ms": _ms(cpu.ours, count), "cpu_ms_postgres": _ms(cpu.postgres, count)}
            )
        yield _median(figures) | _memory(stack) | {"rows": rows, "repeats": repeats}


def _load_figure(name: str, measured: Load, concurrency: int) -> Figure:
    percentiles = {f"p{percent}": round(measured.percentile(percent), 2) for percent in (50, 95, 99)}
    rate = round(len(measured.milliseconds) / measured.seconds, 1)
    named = name if concurrency == 1 else f"{name}@{concurrency}"
    value, unit = (percentiles["p50"], "ms") if concurrency == 1 else (rate, "requests/s")
    figure = {"name": named, "value": value, "unit": unit, "target": TARGETS[named], "concurrency": concurrency}
    return figure | percentiles | {"requests_per_s": rate}


def _import_figure(name: str, stack: Bed, imported: Imported, rows: int) -> Figure:
    return {
        "name": name,
        "value": round(rows / imported.seconds),
        "unit": "rows/s",
        "target": TARGETS[name],
        "rows": rows,
        "seconds": round(imported.seconds, 3),
        "cpu_ms_per_row": _ms(imported.cpu.ours, rows),
        "cpu_ms_per_row_postgres": _ms(imported.cpu.postgres, rows),
    } | _memory(stack)


def _memory(stack: Bed) -> Figure:
    process, megabytes = stack.meter.peak()
    return {"rss_mb": megabytes, "rss_process": process}


def _warm_up(stack: Bed) -> None:
    catalogue = stack.free(WARM_UP_ROWS)
    stack.import_(catalogue, stack.written(catalogue))


def _filled(stack: Bed, rows: int) -> list[list[str]]:
    """Fill the catalogue; and sound rows of it, evenly spread."""
    catalogue = stack.free(rows)
    stack.notify(f"importing {rows:,} products first")
    stack.import_(catalogue, stack.written(catalogue))
    step = max(1, rows // SAMPLED_ROWS)
    spread = [row for index, row in enumerate(catalogue.feed()) if index % step == 0]
    return [row for row in spread[:-1] if len(row[EAN]) == 13 and row[TITLE]]


def _median(figures: list[Figure]) -> Figure:
    """The whole figure whose value is in the middle, the lower of two."""
    return sorted(figures, key=lambda figure: figure["value"])[(len(figures) - 1) // 2]


def _ms(seconds: float, count: int) -> float:
    return round(seconds * 1000 / count, 4)
