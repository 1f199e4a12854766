"""Benchmarks of imports. Each repeat is a feed of its own, and its ledger has to be the expected one."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from productsmanager.bench import figure
from productsmanager.bench.bed import WARM_UP_ROWS, Bed, Imported, expect
from productsmanager.bench.dialect import DIALECTS
from productsmanager.bench.figure import Figure
from productsmanager.bench.generate import EAN, TITLE, Catalogue
from productsmanager.bench.http import Request, load
from productsmanager.bench.meter import Cpu
from productsmanager.bench.requests import draws, products
from productsmanager.errors import ProductsManagerError

MIXED_ROWS = 200_000
MIXED_CONNECTIONS = 2


def first_import(stack: Bed) -> Figure:
    """A supplier's first feed."""
    stack.warm_up()
    stack.catalogue = stack.free(stack.rows)
    return _measured("import", stack, stack.catalogue, stack.written(stack.catalogue), **_new(stack.catalogue))


def reimport(stack: Bed, repeats: int) -> Iterator[Figure]:
    """The same supplier's next feed, 2 % of it changed."""
    figures = []
    for _ in range(repeats + 1):
        stack.catalogue = after = stack.filled().revised()
        counts = {"read": after.rows, "created": 0, "updated": after.changed, "vanished": 0}
        figures.append(_measured("reimport", stack, after, stack.written(after), **counts))
    yield _median(figures) | {"changed": after.changed}


def prices_only(stack: Bed, repeats: int) -> Iterator[Figure]:
    """References, prices and stocks of every offer, all changed."""
    figures = []
    for _ in range(repeats + 1):
        stack.catalogue = after = stack.filled().repriced()
        counts = {"read": after.offers, "updated": after.offers, "vanished": 0}
        figures.append(_measured("prices-only", stack, after, stack.written_prices(after), **counts))
    yield _median(figures)


def full_price(stack: Bed, repeats: int) -> Iterator[Figure]:
    """The whole feed, every price and stock changed."""
    figures = []
    for _ in range(repeats + 1):
        stack.catalogue = after = stack.filled().repriced()
        counts = {"read": after.rows, "created": 0, "updated": after.offers, "vanished": 0}
        figures.append(_measured("full-price", stack, after, stack.written(after), **counts))
    yield _median(figures)


def delisting(stack: Bed, repeats: int) -> Iterator[Figure]:
    """The whole feed without 5 % of its rows."""
    figures = []
    catalogue = stack.filled()
    for turn in range(repeats + 1):
        gone = catalogue.delisted(turn)
        counts = {"read": catalogue.rows - gone, "created": 0, "rejected": catalogue.rejected, "vanished": gone}
        path = stack.written(catalogue, catalogue.feed_without(turn))
        figures.append(_measured("delisting", stack, catalogue, path, **counts))
    yield _median(figures) | {"vanished": catalogue.delisted(0)}


def second_supplier(stack: Bed, repeats: int) -> Iterator[Figure]:
    """Another supplier's first feed, 70 % of whose products are in the catalogue; each repeat is one more."""
    first = stack.filled()
    figures = []
    for _ in range(repeats):
        catalogue = stack.free(first.rows, partner_of=first.number)
        counts = _new(catalogue) | {"products_created": catalogue.own_products}
        figures.append(_measured("second-supplier", stack, catalogue, stack.written(catalogue), **counts))
    yield figure.median(figures) | {"own_products": catalogue.own_products}


def small(stack: Bed, repeats: int) -> Iterator[Figure]:
    """1,000 rows of a new supplier, from the click to the first search that finds the last one."""
    stack.filled()
    figures = []
    for _ in range(repeats + 1):
        catalogue = stack.free(WARM_UP_ROWS)
        measured = _measured("small", stack, catalogue, stack.written(catalogue), **_new(catalogue))
        figures.append(measured | {"value": measured["seconds"], "unit": "s", "feed_rows": WARM_UP_ROWS})
    yield _median(figures)


def encodings(stack: Bed, repeats: int) -> Iterator[Figure]:
    """Eight suppliers' first feeds, one after the other, each in an encoding and a shape of its own."""
    stack.filled()
    figures = []
    for _ in range(repeats):
        stack.meter.forget_peaks()
        before, seconds = stack.meter.cpu(), 0.0
        for dialect in DIALECTS:
            catalogue = stack.free(max(100, stack.rows // len(DIALECTS)), language=dialect.language)
            imported = stack.import_(catalogue, stack.written(catalogue, dialect=dialect))
            expect(imported.job, **_new(catalogue))
            _expect_title(stack, catalogue)
            seconds += imported.seconds
        rows = catalogue.rows * len(DIALECTS)
        figures.append(_told("encodings", stack, rows, seconds, stack.meter.cpu().since(before)))
    yield figure.median(figures)


def mixed(stack: Bed, repeats: int) -> Iterator[Figure]:
    """Reads of single products, by two readers at a time, while a new supplier's feed is imported."""
    reads = [Request(f"/api/v1/products/{product}") for product in products(stack)]
    figures = []
    for _ in range(repeats):
        catalogue = stack.free(min(stack.rows, MIXED_ROWS))
        path = stack.written(catalogue)
        stack.meter.forget_peaks()
        with ThreadPoolExecutor(1) as pool:
            importing = pool.submit(stack.import_, catalogue, path)
            during = _until_done(importing, draws(reads))
            measured = load(stack.gateway.url, stack.gateway.access_token(), during, MIXED_CONNECTIONS)
            imported = importing.result()
        expect(imported.job, **_new(catalogue))
        told = figure.of_load("mixed", measured, MIXED_CONNECTIONS, imported.cpu)
        # The CPU is that of both, so it is no figure of either.
        told = {name: value for name, value in told.items() if not name.startswith("cpu_ms")}
        told |= {"name": "mixed", "value": told["p95"], "unit": "ms (p95)", "target": figure.TARGETS["mixed"]}
        told |= {"import_rows": catalogue.rows, "import_rows_per_s": round(catalogue.rows / imported.seconds)}
        figures.append(told | figure.size(stack))
        stack.notify(f"mixed: p95 {told['p95']} ms, {told['import_rows_per_s']:,} rows/s")
    yield figure.median(figures)


def _until_done(importing: Future[Imported], requests: Iterator[Request]) -> Iterator[Request]:
    while not importing.done():
        yield next(requests)


def _measured(name: str, stack: Bed, catalogue: Catalogue, path: Path, **counts: int) -> Figure:
    """Import a file and compare its ledger. Raises ProductsManagerError."""
    stack.meter.forget_peaks()
    imported = stack.import_(catalogue, path)
    expect(imported.job, **counts)
    return _told(name, stack, counts["read"], imported.seconds, imported.cpu)


def _told(name: str, stack: Bed, rows: int, seconds: float, cpu: Cpu) -> Figure:
    told = figure.of_import(name, rows, seconds, cpu) | figure.size(stack)
    stack.notify(f"{name}: {told['value']:,} rows/s in {seconds:.1f} s")
    return told


def _median(figures: list[Figure]) -> Figure:
    """Without the first, which warms up."""
    return figure.median(figures[1:])


def _new(catalogue: Catalogue) -> dict[str, int]:
    """The ledger of a first feed."""
    return {
        "read": catalogue.rows,
        "created": catalogue.offers,
        "rejected": catalogue.rejected,
        "skipped": catalogue.skipped,
    }


def _expect_title(stack: Bed, catalogue: Catalogue) -> None:
    """Raises ProductsManagerError when the letters of a title did not arrive as they were written."""
    row = catalogue.row(10)
    [hit] = stack.gateway.get("/products:search", query=row[EAN], page_size=1)["hits"]
    if hit["product"]["title"] != row[TITLE]:
        raise ProductsManagerError(f"{row[TITLE]!r} arrived as {hit['product']['title']!r}: nothing was measured")
