"""How time and memory grow with the catalogue: the same benchmarks on fresh stacks of several sizes."""

import math
from collections.abc import Iterator, Sequence

from chassis.counts import counted
from productsmanager.bench.bed import Notify
from productsmanager.bench.chart import Line, Panel, svg
from productsmanager.bench.figure import Figure
from productsmanager.bench.suite import Runner

MEASURED = ("import", "read", "search", "lookup", "small", "reimport")
# What grows by more than this power of the size is worse than linear.
LINEAR = 1.1


def grow(sizes: Sequence[int], repeats: int, notify: Notify) -> Iterator[Figure]:
    """The figures of every size, the smallest first."""
    for size in sorted(sizes):
        notify(counted(size, "product"))
        yield from Runner(None, size, repeats, notify).run(MEASURED)


def chart(figures: Sequence[Figure]) -> str:
    """The figures as an SVG document."""
    largest = max(figure["rows"] for figure in figures)
    process = next(figure["rss_process"] for figure in figures if figure["name"] == "import" and figure["rows"] == largest)
    panels = (
        Panel("seconds", [_line(figures, name, "seconds") for name in ("import", "reimport", "small")]),
        Panel("ms, p50 at concurrency 1", [_line(figures, name, "p50") for name in ("search", "lookup", "read")]),
        Panel("MB, peak of our largest process", [Line(process, _line(figures, "import", "rss_mb").points)]),
    )
    return svg(panels, "products")


def table(figures: Sequence[Figure]) -> str:
    """The figures as a Markdown table, with the power of the size by which each grows over the last step."""
    sizes = sorted({figure["rows"] for figure in figures})
    rows = [("import, s", "import", "seconds"), ("import, peak MB", "import", "rss_mb"), ("reimport, s", "reimport", "seconds")]
    rows += [("1,000 rows, s", "small", "seconds")]
    rows += [(f"{name}, p50 ms", name, "p50") for name in ("read", "lookup", "search")]
    lines = [f"| | {' | '.join(f'{size:,}' for size in sizes)} | grows with |", f"|---|{'--:|' * len(sizes)}---|"]
    for title, name, field in rows:
        points = _line(figures, name, field).points
        known = dict(points)
        # The largest size may have been measured by some of them only.
        values = " | ".join(f"{known[size]:,}" if size in known else "" for size in sizes)
        lines.append(f"| {title} | {values} | {_growth(points)} |")
    return "\n".join(lines)


def _line(figures: Sequence[Figure], name: str, field: str) -> Line:
    points = sorted((figure["rows"], figure[field]) for figure in figures if figure["name"] == name)
    return Line(name, points)


def _growth(points: Sequence[tuple[float, float]]) -> str:
    """In words and as an exponent: 1 is linear."""
    if len(points) < 2:
        return ""
    (x, y), (larger, later) = points[-2:]
    power = math.log(later / y) / math.log(larger / x)
    return f"n^{power:.2f}{', worse than linear' if power > LINEAR else ''}"
