"""The kept figures as the READMEs show them, so that these are always true."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from productsmanager.bench import growth, quality
from productsmanager.bench.figure import Figure
from productsmanager.bench.store import Store
from productsmanager.errors import ProductsManagerError


def show(folder: Path) -> None:
    """Rewrite the sections of `folder`/README.md and of the README above it, and the chart of growth.

    Raises ProductsManagerError when a README has no such section.
    """
    for readme, sections in texts(folder).items():
        content = readme.read_text(encoding="utf-8")
        for section, text in sections.items():
            content = _with(readme, content, section, text)
        readme.write_text(content, encoding="utf-8")
    if figures := Store(folder / "growth.json").read()["figures"]:
        (folder / "growth.svg").write_text(growth.chart(figures), encoding="utf-8")


def texts(folder: Path) -> dict[Path, dict[str, str]]:
    """What each section of each README has to hold: those for which figures are kept."""
    figures, grown, found = (Store(folder / f"{name}.json").read() for name in ("figures", "growth", "quality"))
    own, above = {}, {}
    if figures["figures"]:
        largest = max(figure["rows"] for figure in figures["figures"])
        own["figures"] = f"On {figures['machine']}.\n\n{table(figures['figures'])}"
        chosen = [figure for figure in figures["figures"] if figure["rows"] == largest]
        above["figures"] = f"On {figures['machine']}, with {largest:,} products:\n\n{table(chosen)}"
    if grown["figures"]:
        drawn = "![Time and memory against the number of products](growth.svg)"
        own["growth"] = f"{drawn}\n\nOn {grown['machine']}.\n\n{growth.table(grown['figures'])}"
    if found["figures"]:
        own["quality"] = quality.table(found["figures"])
    return {folder / "README.md": own, folder.absolute().parent / "README.md": above}


def table(figures: Sequence[Figure]) -> str:
    """Figures as a Markdown table."""
    lines = [
        "| | products | value | p50 / p95 / p99 ms | CPU ms ours + PostgreSQL | peak MB | target | median of | date |",
        "|---|--:|--:|---|---|---|--:|--:|---|",
    ]
    lines += [f"| {' | '.join(_cells(figure))} |" for figure in figures]
    return "\n".join(lines)


def _cells(figure: Figure) -> tuple[str, ...]:
    ours = figure.get("cpu_ms", figure.get("cpu_ms_per_row"))
    postgres = figure.get("cpu_ms_postgres", figure.get("cpu_ms_per_row_postgres"))
    return (
        figure["name"],
        f"{figure['rows']:,}",
        f"{figure['value']:,} {figure['unit']}",
        " / ".join(f"{figure[name]:,}" for name in ("p50", "p95", "p99") if name in figure),
        "" if ours is None else f"{_spent(ours)} + {_spent(postgres)}",
        f"{figure['rss_mb']} ({figure['rss_process']})" if "rss_mb" in figure else "",
        "" if figure["target"] is None else f"{figure['target']:,}",
        str(figure.get("repeats", 1)),
        figure["date"],
    )


def _spent(milliseconds: Any) -> str:
    return f"{milliseconds:,.0f}" if milliseconds >= 1000 else f"{milliseconds:.3g}"


def _with(readme: Path, content: str, section: str, text: str) -> str:
    begin, end = f"<!-- {section} -->\n", f"\n<!-- /{section} -->"
    shown, count = re.subn(f"(?s){re.escape(begin)}.*?{re.escape(end)}", lambda _: f"{begin}{text}{end}", content)
    if count != 1:
        raise ProductsManagerError(f"{readme} has no one section {begin.strip()} ... {end.strip()}: put it where it belongs")
    return shown
