from collections.abc import Iterable, Mapping, Set
from uuid import UUID

import asyncpg

from catalog_svc.products.errors import ProductEmpty
from catalog_svc.products.golden import refresh_golden
from catalog_svc.products.gtin import check_gtin
from catalog_svc.products.models import GOLDEN_FIELDS
from catalog_svc.products.repository import ProductRepository, product_changed
from catalog_svc.products.skus import expect_skus_given
from catalog_svc.search.refresh import refresh_search
from catalog_svc.taxonomy.paths import canonical
from catalog_svc.taxonomy.repository import TaxonomyRepository
from chassis import auth
from chassis.db import Connection
from chassis.errors import VersionConflict
from chassis.ids import parse, uuid7
from events.outbox import emit_on
from pm.catalog.v1 import products_pb2 as pb

COLUMN_OF = {"brand": "brand_id", "category": "category_id"}
FIELD_OF = {column: field for field, column in COLUMN_OF.items()}
LOCKABLE = frozenset(GOLDEN_FIELDS)
# What a product can be known by; one of them is needed.
KNOWN_BY = ("title", "gtin", "sku", "mpn")
TEXTS = frozenset({*KNOWN_BY, "description", "image_url"})
SEARCHED = frozenset({"title", "brand", "category"})
ONE_PRODUCT = "SELECT $1::uuid AS product_id"


class ProductEditor:
    """Edits by hand, over a plain connection inside a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._products = ProductRepository(connection)
        self._taxonomy = TaxonomyRepository(connection)
        self._connection = connection

    async def create(self, wanted: pb.Product, fields: Set[str]) -> UUID:
        """Add a product with these fields of `wanted`; its golden fields are locked, as a person set them.

        Raises ProductEmpty, InvalidGtin, GtinTaken, SkuTaken, SkusBeingGiven.
        """
        if not any(getattr(wanted, field).strip() for field in KNOWN_BY):
            raise ProductEmpty
        product_id = uuid7()
        values = await self._values(wanted, fields)
        await self._expect_free(values)
        values["locked_fields"] = _locks(wanted, fields, [])
        await self._products.add({"id": product_id, **values})
        await refresh_search(self._connection, ONE_PRODUCT, product_id)
        await emit_on(self._connection, product_changed(product_id, 1, fields, auth.current().user_id))
        return product_id

    async def update(self, wanted: pb.Product, fields: Set[str], version: int | None) -> UUID:
        """Write these fields of `wanted`, lock the golden ones among them and record what they held before.

        A field that is released takes what the offers say.
        Nothing is written when nothing would change. Raises ProductNotFound, VersionConflict, InvalidGtin, GtinTaken, SkuTaken,
        SkusBeingGiven, CategoryTooDeep.
        """
        product_id = parse(wanted.id, "product.id")
        # What may wait for the tree of categories comes before the product: who moves a category then waits for its products.
        values = await self._values(wanted, fields)
        product = await self._products.lock(product_id)
        if version is not None and version != product["version"]:
            raise VersionConflict(expected=version, actual=product["version"])
        locked = values["locked_fields"] = _locks(wanted, fields, product["locked_fields"])
        changed = {column: value for column, value in values.items() if product[column] != value}
        if not changed:
            return product_id
        await self._expect_free(changed)
        before = await self._before(product, changed)
        user_id = auth.current().user_id
        await self._products.change(product_id, changed)
        await self._products.note(product_id, user_id, before)
        version = product["version"] + 1
        if released := set(product["locked_fields"]) - set(locked):
            version += len(await refresh_golden(self._connection, ONE_PRODUCT, product_id, user_id=UUID(user_id)))
        if not SEARCHED.isdisjoint(before.keys() | released):
            await refresh_search(self._connection, ONE_PRODUCT, product_id)
        await emit_on(self._connection, product_changed(product_id, version, before.keys() | released, user_id))
        return product_id

    async def _expect_free(self, values: Mapping[str, object]) -> None:
        """An SKU given by hand may be one that the own list is still giving to another product. Raises SkusBeingGiven."""
        if values.get("sku"):
            await expect_skus_given(self._connection)

    async def _before(self, product: asyncpg.Record, changed: Iterable[str]) -> dict[str, str]:
        """What the fields in these columns held, as text."""
        before = {column: product[column] or "" for column in changed if column not in FIELD_OF}
        if "locked_fields" in before:
            before["locked_fields"] = ", ".join(before["locked_fields"])
        if named := [FIELD_OF[column] for column in changed if column in FIELD_OF]:
            names = await self._products.names(product)
            before |= {field: names[field] or "" for field in named}
        return before

    async def _values(self, wanted: pb.Product, fields: Set[str]) -> dict[str, object]:
        """The columns that hold these fields of `wanted`; an empty text is no value, except as a title."""
        if "gtin" in fields:
            check_gtin(wanted.gtin, "product.gtin")
        values: dict[str, object] = {field: getattr(wanted, field) or None for field in fields & TEXTS}
        if "title" in fields:
            values["title"] = wanted.title
        if "brand" in fields:
            values[COLUMN_OF["brand"]] = await self._taxonomy.brand(wanted.brand)
        if "category" in fields:
            values[COLUMN_OF["category"]] = await self._taxonomy.category(canonical(wanted.category))
        return values


def _locks(wanted: pb.Product, fields: Set[str], held: Iterable[str]) -> list[str]:
    """Which fields are locked: as the caller says, or those that were and those written now."""
    return sorted({*wanted.locked_fields} if "locked_fields" in fields else {*held, *(fields & LOCKABLE)})
