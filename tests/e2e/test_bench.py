"""The benchmarks run on this API, and every ledger is the expected one. How fast they are is not asked here."""

import pytest

from productsmanager.bench import events, imports, requests
from productsmanager.bench.bed import bed
from productsmanager.bench.suite import BENCHMARKS
from productsmanager.lifecycle import Running

ROWS = 200


# Some twenty-five imports, and the start of the stack where it is the first test.
@pytest.mark.timeout(900)
def test_every_benchmark_tells_its_figures(stack: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "REQUESTS", {1: 10, 16: 32})
    monkeypatch.setattr(requests, "WARM_UP_REQUESTS", 4)
    monkeypatch.setattr(events, "EVENTS", 100)
    heard: list[str] = []
    with bed(stack.installation.data.root, ROWS, heard.append) as measured:
        figures = [imports.first_import(measured)]
        for benchmark in BENCHMARKS.values():
            figures += benchmark(measured, 1)
    assert {figure["name"].removesuffix("@16") for figure in figures} == {"import", *BENCHMARKS}
    assert all(figure["value"] > 0 and figure["rss_mb"] > 0 and figure["rows"] == ROWS for figure in figures)
    assert sum(figure["name"].endswith("@16") for figure in figures) == 7
    by_process = next(figure["cpu_ms_by_process"] for figure in figures if figure["name"] == "import")
    assert {"postgres", "imports-worker"} <= by_process.keys()
