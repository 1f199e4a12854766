"""Follows the feed of changes as an integrator does, for tests."""

import asyncio
from collections.abc import Iterable

from catalog_client import Catalog

from chassis.errors import ServiceError
from pm.catalog.v1 import changes_pb2, products_pb2

PATIENCE_SECONDS = 30
Kind = changes_pb2.ProductChange.Kind


class Follower:
    """A copy of the catalogue by product id that is brought up to date from the feed alone, `limit` entries at a time."""

    def __init__(self, catalog: Catalog, limit: int = 3, kinds: Iterable[str] = ()) -> None:
        self.products: dict[str, products_pb2.Product] = {}
        self.entries: list[changes_pb2.ProductChange] = []
        self.cursor = ""
        self._catalog = catalog
        self._limit = limit
        self._kinds = [Kind.Value(f"KIND_{kind}") for kind in kinds]

    async def turn(self) -> bool:
        """Take one page and read what it names; False when there was no more."""
        wanted = changes_pb2.ListChangesRequest(cursor=self.cursor, limit=self._limit, kinds=self._kinds)
        page = await self._catalog("ListChanges", wanted)
        assert len(page.changes) <= self._limit
        self.entries += page.changes
        if ids := {change.product_id for change in page.changes}:
            read = await self._catalog("BatchGetProducts", products_pb2.BatchGetProductsRequest(ids=sorted(ids)))
            for product in read.products:
                if product.state == products_pb2.Product.STATE_TRASHED:
                    self.products.pop(product.id, None)
                else:
                    self.products[product.id] = product
            assert not read.missing_ids
        self.cursor = page.cursor
        return bool(page.more)

    async def catch_up(self) -> list[changes_pb2.ProductChange]:
        """All that is new behind the cursor, once everything committed before this call is shown."""
        seen = len(self.entries)
        while await self.turn():
            pass
        return self.entries[seen:]

    async def until(self, count: int) -> list[changes_pb2.ProductChange]:
        """The next entries, at least `count`: older transactions of other databases may hold them back."""
        seen = len(self.entries)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(self.entries) - seen < count:
                await self.turn()
        return self.entries[seen:]


async def everything(catalog: Catalog) -> dict[str, products_pb2.Product]:
    """Every product by its id, as the list shows it."""
    found: dict[str, products_pb2.Product] = {}
    token = ""
    while True:
        page = await catalog("ListProducts", products_pb2.ListProductsRequest(page_size=500, page_token=token))
        found |= {product.id: product for product in page.products}
        if not (token := page.next_page_token):
            return found


async def matches(follower: Follower, catalog: Catalog) -> None:
    """Wait until the copy is the catalogue, which nobody changes any more."""
    wanted = await everything(catalog)
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while follower.products != wanted:
                await follower.catch_up()
                await asyncio.sleep(0.05)
    except TimeoutError:
        stale = [id for id, product in wanted.items() if follower.products.get(id) != product]
        first = f"{wanted[stale[0]]}\n{follower.products.get(stale[0])}" if stale else ""
        raise AssertionError(f"{len(stale)} of {len(wanted)} products are not what the catalogue holds:\n{first}") from None


def told(changes: Iterable[changes_pb2.ProductChange]) -> list[tuple[frozenset[str], frozenset[str]]]:
    """Kinds and fields of entries."""
    return [(frozenset(Kind.Name(kind).removeprefix("KIND_") for kind in each.kinds), frozenset(each.fields)) for each in changes]


async def refused(catalog: Catalog, cursor: str) -> ServiceError:
    return await catalog.refused("ListChanges", changes_pb2.ListChangesRequest(cursor=cursor))
