"""People and imports that change a small catalogue at random, for tests of what follows it."""

import random
from collections.abc import Awaitable, Callable
from contextlib import suppress

from bulk_client import BulkClient, offer
from catalog_client import Catalog
from follower import everything

from chassis.errors import Aborted, AlreadyExists, FailedPrecondition, InvalidArgument
from pm.catalog.v1 import offers_pb2, products_pb2, suppliers_pb2, taxonomy_pb2
from pm.common.v1.money_pb2 import Money

GTINS = [f"040063813339{end}" for end in ("31", "48", "55", "62", "79", "86")]
NAMES = ("Saws", "Axes", "Pens", "Ink")
SUPPLIERS = ("Nord", "Sud", "Ost")
COLUMNS = ("ref", "gtin", "title", "brand", "category", "price", "stock")
# Somebody else was at the same thing, or a run is being applied: what is to be compared goes on from what did happen.
MISSED = (Aborted, AlreadyExists, FailedPrecondition)
OPERATIONS = 12


class Shop:
    """People and imports that change one small catalogue at random."""

    def __init__(self, seed: int, catalog: Catalog, bulk: BulkClient) -> None:
        self._chance = random.Random(seed)
        self._catalog = catalog
        self._bulk = bulk
        self._trashed: list[str] = []
        self.suppliers: dict[str, suppliers_pb2.Supplier] = {}

    async def open(self) -> None:
        """Add the suppliers."""
        for name in SUPPLIERS:
            self.suppliers[name] = await self._catalog.supplier(name)

    async def edits(self, count: int = OPERATIONS) -> None:
        acts = (self._put, self._put, self._create, self._update, self._rank, self._rename, self._move, self._brands)
        acts = (*acts, self._trash, self._restore, self._exclude, self._include)
        await self._some(acts, count)

    async def imports(self, count: int = OPERATIONS // 2) -> None:
        await self._some((self._run,), count)

    async def _some(self, acts: tuple[Callable[[], Awaitable[object]], ...], count: int) -> None:
        for _ in range(count):
            with suppress(*MISSED):
                await self._chance.choice(acts)()

    def _values(self) -> dict[str, object]:
        pick = self._chance.choice
        return {
            "gtin": pick((*GTINS, "")),
            "title": f"Title {pick(range(4))}",
            "brand": pick(("Bosch", "BOSCH GmbH", "Pelikan", "")),
            "category": pick((*(f"Tools > {name}" for name in NAMES), *NAMES, "")),
            "stock": pick(range(3)),
        }

    async def _put(self) -> None:
        price = Money(amount=f"{self._chance.randint(1, 4)}.00", currency="EUR")
        supplier = self.suppliers[self._chance.choice(SUPPLIERS)]
        wanted = offers_pb2.Offer(supplier_id=supplier.id, ref=f"R{self._chance.randrange(8)}", price=price, **self._values())
        await self._catalog("PutOffer", offers_pb2.PutOfferRequest(offer=wanted))

    async def _create(self) -> None:
        await self._catalog.product(title=f"Ours {self._chance.random()}", category=self._chance.choice(NAMES))

    async def _update(self) -> None:
        products = list((await everything(self._catalog)).values())
        if not products:
            return
        product = self._chance.choice(products)
        if product.locked_fields:
            request = products_pb2.UpdateProductRequest(product=products_pb2.Product(id=product.id))
            request.update_mask.paths.append("locked_fields")
        else:
            changed = products_pb2.Product(id=product.id, title=f"Ours {self._chance.random()}", brand="Pelikan")
            request = products_pb2.UpdateProductRequest(product=changed)
        await self._catalog("UpdateProduct", request)

    async def _trash(self) -> None:
        products = list(await everything(self._catalog))
        if products:
            self._trashed.append(self._chance.choice(products))
            await self._catalog("DeleteProduct", products_pb2.DeleteProductRequest(id=self._trashed[-1]))

    async def _restore(self) -> None:
        if self._trashed:
            await self._catalog("RestoreProduct", products_pb2.RestoreProductRequest(id=self._chance.choice(self._trashed)))

    async def _offer(self, *, excluded: bool) -> str:
        """The id of some offer that counts, or of one that is excluded; "" where there is none."""
        supplier = self.suppliers[self._chance.choice(SUPPLIERS)]
        request = offers_pb2.ListOffersRequest(supplier_id=supplier.id, excluded=excluded)
        listed = (await self._catalog("ListOffers", request)).offers
        return self._chance.choice(listed).id if listed else ""

    async def _exclude(self) -> None:
        if id := await self._offer(excluded=False):
            await self._catalog("ExcludeOffer", offers_pb2.ExcludeOfferRequest(id=id))

    async def _include(self) -> None:
        if id := await self._offer(excluded=True):
            await self._catalog("IncludeOffer", offers_pb2.IncludeOfferRequest(id=id))

    async def _rank(self) -> None:
        supplier = self.suppliers[self._chance.choice(SUPPLIERS)]
        wanted = suppliers_pb2.Supplier(id=supplier.id, priority=self._chance.randint(1, 5))
        await self._catalog("UpdateSupplier", suppliers_pb2.UpdateSupplierRequest(supplier=wanted))

    async def _category(self) -> taxonomy_pb2.Category | None:
        listed = (await self._catalog("ListCategories", taxonomy_pb2.ListCategoriesRequest())).categories
        return self._chance.choice(listed) if listed else None

    async def _rename(self) -> None:
        if category := await self._category():
            wanted = taxonomy_pb2.Category(id=category.id, name=f"{self._chance.choice(NAMES)} {self._chance.randrange(99)}")
            await self._catalog("UpdateCategory", taxonomy_pb2.UpdateCategoryRequest(category=wanted))

    async def _move(self) -> None:
        category, parent = await self._category(), await self._category()
        if category and parent:
            # Below itself, or too deep.
            with suppress(InvalidArgument):
                await self._catalog("MoveCategory", taxonomy_pb2.MoveCategoryRequest(id=category.id, parent_id=parent.id))

    async def _brands(self) -> None:
        listed = (await self._catalog("ListBrands", taxonomy_pb2.ListBrandsRequest())).brands
        brands = {brand.name: brand for brand in listed}
        if {"Bosch", "BOSCH GmbH"} <= brands.keys():
            one, other = brands["BOSCH GmbH"], brands["Bosch"]
            if one.merged_into_id:
                await self._catalog("SplitBrand", taxonomy_pb2.SplitBrandRequest(id=one.id))
            else:
                await self._catalog("MergeBrand", taxonomy_pb2.MergeBrandRequest(id=one.id, into_id=other.id))

    async def _run(self) -> None:
        refs = self._chance.sample(range(8), self._chance.randint(1, 8))
        rows = [
            offer(f"R{ref}") | {name: value or None for name, value in self._values().items()} | {"stock": ref % 3}
            for ref in refs
        ]
        await self._bulk.load(self._chance.choice(SUPPLIERS), rows, COLUMNS)
