from collections.abc import Set
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession

from catalog_svc.products.gtin import check_gtin
from catalog_svc.products.models import GOLDEN_FIELDS, Product
from catalog_svc.products.repository import ProductReader, ProductRepository
from catalog_svc.search.refresh import refresh_search
from catalog_svc.taxonomy.repository import TaxonomyRepository
from chassis import auth
from chassis.db import Connection
from chassis.errors import VersionConflict
from chassis.ids import parse
from pm.catalog.v1 import products_pb2 as pb

COLUMN_OF = {"brand": "brand_id", "category": "category_id"}
SEARCHED = frozenset({"title", "brand", "category"})
ONE_PRODUCT = "SELECT $1::uuid AS product_id"


class ProductEditor:
    """Edits by hand, inside one transaction: `connection` is the one under `session`."""

    def __init__(self, session: AsyncSession, connection: Connection) -> None:
        self._products = ProductRepository(session)
        self._reader = ProductReader(connection)
        self._taxonomy = TaxonomyRepository(connection)
        self._connection = connection

    async def create(self, wanted: pb.Product, fields: Set[str]) -> UUID:
        """Add a product with these fields of `wanted`; its golden fields are locked, as a person set them."""
        values = await self._values(wanted, fields)
        locked = sorted(fields & set(GOLDEN_FIELDS))
        product = Product(**values, locked_fields=locked)
        async with self._products.saving(product):
            pass
        await refresh_search(self._connection, ONE_PRODUCT, product.id)
        return product.id

    async def update(self, wanted: pb.Product, fields: Set[str], version: int | None) -> UUID:
        """Write these fields of `wanted`, lock the golden ones among them and record what they held before.

        Nothing is written when nothing would change. Raises ProductNotFound, VersionConflict, InvalidGtin, GtinTaken, SkuTaken.
        """
        product = await self._products.lock(parse(wanted.id, "product.id"))
        if version is not None and version != product.version:
            raise VersionConflict(expected=version, actual=product.version)
        values = await self._values(wanted, fields)
        shown = await self._reader.get(product.id)
        changed = {field for field in fields if getattr(product, _column(field)) != values[_column(field)]}
        before = {field: shown[field] or "" for field in changed}
        locked = sorted({*product.locked_fields, *(fields & set(GOLDEN_FIELDS))})
        if locked != sorted(product.locked_fields):
            before["locked_fields"] = ", ".join(sorted(product.locked_fields))
        if not before:
            return product.id
        async with self._products.saving(product):
            for field in changed:
                setattr(product, _column(field), values[_column(field)])
            product.locked_fields = locked
            product.version += 1
            product.update_time = func.now()
        self._products.note(product.id, UUID(auth.current().user_id), before)
        if changed & SEARCHED:
            await refresh_search(self._connection, ONE_PRODUCT, product.id)
        return product.id

    async def _values(self, wanted: pb.Product, fields: Set[str]) -> dict[str, object]:
        """The columns that hold these fields of `wanted`; an empty text is no value, except as a title."""
        if "gtin" in fields:
            check_gtin(wanted.gtin, "product.gtin")
        values: dict[str, object] = {field: getattr(wanted, field) or None for field in fields - COLUMN_OF.keys()}
        if "title" in fields:
            values["title"] = wanted.title
        if "brand" in fields:
            values["brand_id"] = await self._taxonomy.brand(wanted.brand)
        if "category" in fields:
            values["category_id"] = await self._taxonomy.category(wanted.category)
        return values


def _column(field: str) -> str:
    return COLUMN_OF.get(field, field)
