"""The benchmarks of following: what changed, with and without the products it is about, and the whole catalogue at once."""

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx

from productsmanager.bench import figure
from productsmanager.bench.bed import Bed
from productsmanager.bench.figure import Figure
from productsmanager.errors import ProductsManagerError

PAGE = 5_000
BATCH = 1_000
# Products are asked for over so many connections, as a follower does who keeps up.
READERS = 2


def changes(stack: Bed, repeats: int) -> Iterator[Figure]:
    """Every entry there is, from the oldest on."""
    stack.filled()
    with _client(stack) as client:
        yield _repeated("changes", "entries/s", stack, repeats, lambda: sum(map(len, _pages(client))))


def values(stack: Bed, repeats: int) -> Iterator[Figure]:
    """The same with each entry's product."""
    stack.filled()
    with _client(stack) as client:
        yield _repeated("changes-values", "entries/s", stack, repeats, lambda: _read(client))


def export(stack: Bed, repeats: int) -> Iterator[Figure]:
    """The whole catalogue as lines of JSON."""
    stack.filled()
    with _client(stack) as client:
        yield _repeated("export", "products/s", stack, repeats, lambda: _exported(client))


def _repeated(name: str, unit: str, stack: Bed, repeats: int, work: Callable[[], int]) -> Figure:
    stack.meter.forget_peaks()
    figures = []
    for _ in range(repeats):
        before, began = stack.meter.cpu(), time.perf_counter()
        count = work()
        seconds = time.perf_counter() - began
        if count < stack.rows / 2:
            raise ProductsManagerError(f"{name} found {count:,} where about {stack.rows:,} are right: nothing was measured")
        done = figure.of_events(name, count, seconds, stack.meter.cpu().since(before))
        figures.append(done | {"unit": unit} | figure.size(stack))
        stack.notify(f"{name}: {count:,} in {seconds:.1f} s")
    return figure.median(figures)


def _pages(client: httpx.Client) -> Iterator[list[str]]:
    """The products of each page of changes."""
    cursor, more = "", True
    while more:
        answer = client.get("/changes", params={"cursor": cursor, "limit": PAGE})
        answer.raise_for_status()
        page = json.loads(answer.content)
        yield [change["product_id"] for change in page["changes"]]
        cursor, more = page["cursor"], page["more"]


def _read(client: httpx.Client) -> int:
    """How many entries there are whose products were read."""

    def products(ids: list[str]) -> int:
        client.post("/products:batchGet", json={"ids": ids}).raise_for_status()
        return len(ids)

    with ThreadPoolExecutor(READERS) as readers:
        batches = (ids[first : first + BATCH] for ids in _pages(client) for first in range(0, len(ids), BATCH))
        # As many as are read at once, so that none of them waits in memory.
        total, waiting = 0, []
        for ids in batches:
            waiting.append(readers.submit(products, ids))
            if len(waiting) > READERS:
                total += waiting.pop(0).result()
        return total + sum(one.result() for one in waiting)


def _exported(client: httpx.Client) -> int:
    with client.stream("GET", "/products:export") as answer:
        if answer.status_code != httpx.codes.OK:
            raise ProductsManagerError(f"the gateway answered {answer.status_code}: {answer.read()[:300]!r}")
        last, lines = b"", 0
        for chunk in answer.iter_bytes():
            lines += chunk.count(b"\n")
            last = (last + chunk)[-200:]
    total = int(json.loads(last.splitlines()[-1])["total"])
    # The first and the last are no products.
    if lines - 2 != total:
        raise ProductsManagerError(f"{lines:,} lines for {total:,} products: nothing was measured")
    return total


def _client(stack: Bed) -> httpx.Client:
    token = stack.gateway.access_token()
    return httpx.Client(base_url=f"{stack.gateway.url}/api/v1", headers={"Authorization": f"Bearer {token}"}, timeout=120)
