"""A figure: what one benchmark tells, as one JSON object."""

from collections.abc import Sequence
from typing import Any

from productsmanager.bench.bed import Bed
from productsmanager.bench.http import Load
from productsmanager.bench.meter import Cpu

Figure = dict[str, Any]
# To be reached on two cores at 1,000,000 products: rows/s of imports, seconds of a small one; of requests p50 in ms at
# concurrency 1 and requests/s at 16; p95 in ms of reads during an import; events/s; entries/s: a million in 20 s,
# in 90 with their products; seconds of a start, and MB at rest after it.
TARGETS = {
    "import": 12_000,
    "reimport": 60_000,
    "prices-only": 30_000,
    "full-price": 30_000,
    "small": 1.0,
    "read": 4,
    "read@16": 600,
    "read-cached": 1,
    "read-cached@16": 2_000,
    "search": 10,
    "search@16": 100,
    "facets": 60,
    "lookup": 4,
    "write": 8,
    "write@16": 300,
    "mixed": 50,
    "events": 5_000,
    "changes": 50_000,
    "changes-values": 11_111,
    "first-start": 25,
    "cold-start": 12,
    "idle-memory": 1_500,
}


def of_import(name: str, rows: int, seconds: float, cpu: Cpu) -> Figure:
    """Of `rows` rows that were uploaded, applied and found."""
    return {
        "name": name,
        "value": round(rows / seconds),
        "unit": "rows/s",
        "target": TARGETS.get(name),
        "seconds": round(seconds, 3),
        "cpu_ms_per_row": _ms(cpu.ours, rows),
        "cpu_ms_per_row_postgres": _ms(cpu.postgres, rows),
        "cpu_ms_by_process": _by_process(cpu, rows),
    }


def of_events(name: str, count: int, seconds: float, cpu: Cpu) -> Figure:
    """Of events that were told and followed."""
    return {
        "name": name,
        "value": round(count / seconds),
        "unit": "events/s",
        "target": TARGETS.get(name),
        "seconds": round(seconds, 3),
        "cpu_ms": _ms(cpu.ours, count),
        "cpu_ms_postgres": _ms(cpu.postgres, count),
        "cpu_ms_by_process": _by_process(cpu, count),
    }


def of_start(name: str, seconds: float, cpu: Cpu) -> Figure:
    """Of a start, of an installation without products."""
    spent = {"cpu_ms": round(cpu.ours * 1000), "cpu_ms_postgres": round(cpu.postgres * 1000)}
    return {"name": name, "value": round(seconds, 1), "unit": "s", "target": TARGETS[name], "rows": 0} | spent


def of_memory(name: str, megabytes: float) -> Figure:
    """Of what a whole stack without products holds."""
    return {"name": name, "value": round(megabytes), "unit": "MB", "target": TARGETS[name], "rows": 0}


def of_load(name: str, load: Load, concurrency: int, cpu: Cpu) -> Figure:
    """Of requests: p50 at concurrency 1, requests a second at more."""
    percentiles = {f"p{percent}": round(load.percentile(percent), 2) for percent in (50, 95, 99)}
    count = len(load.milliseconds)
    rate = round(count / load.seconds, 1)
    named = name if concurrency == 1 else f"{name}@{concurrency}"
    value, unit = (percentiles["p50"], "ms") if concurrency == 1 else (rate, "requests/s")
    figure = {"name": named, "value": value, "unit": unit, "target": TARGETS.get(named), "concurrency": concurrency}
    return (
        figure
        | percentiles
        | {
            "requests_per_s": rate,
            "cpu_ms": _ms(cpu.ours, count),
            "cpu_ms_postgres": _ms(cpu.postgres, count),
            "cpu_ms_by_process": _by_process(cpu, count),
        }
    )


def median(figures: Sequence[Figure]) -> Figure:
    """The whole figure whose value is in the middle, the lower of two."""
    return sorted(figures, key=lambda figure: figure["value"])[(len(figures) - 1) // 2] | {"repeats": len(figures)}


def size(stack: Bed) -> Figure:
    """Products in the catalogue's main range, and memory of the largest of our processes."""
    process, megabytes = stack.meter.peak()
    return {"rows": stack.rows, "rss_mb": megabytes, "rss_process": process}


def cpu_ms(figure: Figure) -> float | None:
    """CPU of our processes and PostgreSQL an operation, which does not depend on what else the machine does."""
    ours = figure.get("cpu_ms", figure.get("cpu_ms_per_row"))
    postgres = figure.get("cpu_ms_postgres", figure.get("cpu_ms_per_row_postgres"))
    return None if ours is None or postgres is None else ours + postgres


def _by_process(cpu: Cpu, count: int) -> dict[str, float]:
    """The largest first, without those that did next to nothing."""
    spent = {name: _ms(seconds, count) for name, seconds in sorted(cpu.seconds.items(), key=lambda item: -item[1])}
    return {name: milliseconds for name, milliseconds in spent.items() if milliseconds >= 0.01 * sum(spent.values())}


def _ms(seconds: float, count: int) -> float:
    return round(seconds * 1000 / count, 4)
