"""Benchmarks of requests, at concurrency 1 and at 16."""

import itertools
import json
import random
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from urllib.parse import quote

from productsmanager.bench import figure
from productsmanager.bench.bed import Bed
from productsmanager.bench.figure import Figure
from productsmanager.bench.generate import EAN, REF, TITLE, Row
from productsmanager.bench.http import Request, load

SEED = 20261122
# Requests of one repeat by concurrency, and those before the first.
REQUESTS = {1: 1_000, 16: 3_000}
WARM_UP_REQUESTS = 300
LISTED_PAGES, PAGE_SIZE = 100, 50
FACETS = ("FACET_BRAND", "FACET_CATEGORY", "FACET_SUPPLIER", "FACET_STOCK", "FACET_PRICE")
_VERSION = re.compile(rb'"version":\s*([0-9]+)')
Draw = Callable[[int], Iterable[Request]]


def read(stack: Bed, repeats: int) -> Iterator[Figure]:
    """One product by its id."""
    yield from _repeated("read", stack, repeats, [Request(f"/api/v1/products/{product}") for product in products(stack)])


def read_cached(stack: Bed, repeats: int) -> Iterator[Figure]:
    """One product by its id, of those that the gateway holds ready."""
    requests = [Request(f"/api/v1/products/{product}") for product in products(stack)]
    load(stack.gateway.url, stack.gateway.access_token(), requests, 4, cached=True)
    yield from _repeated("read-cached", stack, repeats, requests, cached=True)


def list_(stack: Bed, repeats: int) -> Iterator[Figure]:
    """Fifty products of the list, somewhere among its first 5,000."""
    stack.filled()
    requests, token = [], ""
    for _ in range(LISTED_PAGES):
        path = f"/products?page_size={PAGE_SIZE}&page_token={quote(token)}"
        requests.append(Request(f"/api/v1{path}"))
        if not (token := stack.gateway.get(path)["next_page_token"]):
            break
    yield from _repeated("list", stack, repeats, requests)


def search(stack: Bed, repeats: int) -> Iterator[Figure]:
    """Twenty products by two words of a title."""
    yield from _repeated("search", stack, repeats, [Request(_search(words)) for words in _two_words(stack.sample())])


def facets(stack: Bed, repeats: int) -> Iterator[Figure]:
    """The same with five facets and their counts."""
    asked = "".join(f"&facets={name}" for name in FACETS)
    yield from _repeated("facets", stack, repeats, [Request(_search(words) + asked) for words in _two_words(stack.sample())])


def lookup(stack: Bed, repeats: int) -> Iterator[Figure]:
    """One product by its EAN, or by its supplier's reference."""
    codes = [row[EAN] if number % 2 else row[REF] for number, row in enumerate(stack.sample())]
    yield from _repeated("lookup", stack, repeats, [Request(_search(code)) for code in codes])


def write(stack: Bed, repeats: int) -> Iterator[Figure]:
    """The title of one product, refused unless its version is the known one."""
    versions = products(stack)
    turns = itertools.cycle(random.Random(SEED).sample(sorted(versions), len(versions)))  # noqa: S311

    def edits(count: int) -> Iterator[Request]:
        # Made when a connection is free for it: by then the product's last edit has been answered.
        for number, product in enumerate(itertools.islice(turns, count)):
            title = f"Edited {number} in turn, version {versions[product]}"
            path = f"/api/v1/products/{product}?version={versions[product]}"
            yield Request(path, "PATCH", json.dumps({"title": title}).encode())

    def take(request: Request, answer: bytes) -> None:
        versions[request.path.partition("?")[0].rpartition("/")[2]] = _version(answer)

    yield from _measured("write", stack, repeats, edits, take)


def products(stack: Bed) -> dict[str, int]:
    """Ids of sampled products, and the version of each."""
    found: dict[str, int] = {}

    def take(_request: Request, answer: bytes) -> None:
        found.update((hit["product"]["id"], hit["product"]["version"]) for hit in json.loads(answer)["hits"])

    codes = [Request(f"{_search(row[EAN])}&page_size=1") for row in stack.sample()]
    load(stack.gateway.url, stack.gateway.access_token(), codes, 4, take)
    return found


def draws(requests: Sequence[Request]) -> Iterator[Request]:
    """Requests drawn at random without end, in an order that is always the same."""
    order = random.Random(SEED)  # noqa: S311
    while True:
        yield order.choice(requests)


def _repeated(name: str, stack: Bed, repeats: int, requests: Sequence[Request], *, cached: bool = False) -> Iterator[Figure]:
    endless = draws(requests)
    yield from _measured(name, stack, repeats, lambda count: itertools.islice(endless, count), cached=cached)


def _measured(
    name: str,
    stack: Bed,
    repeats: int,
    draw: Draw,
    take: Callable[[Request, bytes], None] = lambda request, answer: None,
    *,
    cached: bool = False,
) -> Iterator[Figure]:
    stack.meter.forget_peaks()
    load(stack.gateway.url, stack.gateway.access_token(), draw(WARM_UP_REQUESTS), 4, take, cached=cached)
    for concurrency, count in REQUESTS.items():
        figures = []
        for _ in range(repeats):
            before = stack.meter.cpu()
            measured = load(stack.gateway.url, stack.gateway.access_token(), draw(count), concurrency, take, cached=cached)
            told = figure.of_load(name, measured, concurrency, stack.meter.cpu().since(before))
            figures.append(told | figure.size(stack))
            stack.notify(f"{told['name']}: {told['value']:,} {told['unit']}")
        yield figure.median(figures)


def _two_words(rows: Sequence[Row]) -> list[str]:
    chosen = random.Random(SEED)  # noqa: S311
    return [" ".join(chosen.sample(row[TITLE].split()[:4], 2)) for row in rows]


def _search(query: str) -> str:
    return f"/api/v1/products:search?query={quote(query)}"


def _version(answer: bytes) -> int:
    found = _VERSION.search(answer)
    assert found, f"no version in {answer[:300]!r}"
    return int(found[1])
