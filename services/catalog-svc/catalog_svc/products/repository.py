from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg
from sqlalchemy import ColumnElement, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from catalog_svc.products.errors import GtinTaken, ProductNotFound, SkuTaken
from catalog_svc.products.models import Change, Product
from chassis.db import Connection, Database, driver_connection, violated_constraint
from chassis.outbox import Fact, emit_all_on
from pm.catalog.v1.events_pb2 import ProductChanged

# A product as it is shown: every read goes through this one statement.
_PRODUCT = """
SELECT p.id, p.gtin, p.sku, p.mpn, p.title, p.description, b.name AS brand, c.path AS category, p.image_url,
       t.price, t.currency, t.stock, t.offer_count, t.offer_id AS winning_offer_id, p.locked_fields, p.create_time, p.update_time,
       p.version
FROM products p
LEFT JOIN brands b ON b.id = p.brand_id
LEFT JOIN categories c ON c.id = p.category_id
LEFT JOIN product_best t ON t.product_id = p.id
"""
_BY_ID = _PRODUCT + "WHERE p.id = $1"
_BY_IDS = _PRODUCT + "WHERE p.id = ANY ($1::uuid[])"
_FIRST_PAGE = _PRODUCT + "ORDER BY p.id LIMIT $1"
_NEXT_PAGE = _PRODUCT + "WHERE p.id > $2 ORDER BY p.id LIMIT $1"
_CHANGES = """
SELECT seq, at, offer_id, run_id, user_id, fields, before::text FROM change_log
WHERE product_id = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3
"""


class ProductReader:
    """Products as they are shown, over a plain connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def get(self, product_id: UUID | str) -> asyncpg.Record:
        row = await self._connection.fetchrow(_BY_ID, product_id)
        if row is None:
            raise ProductNotFound(product_id)
        return row

    async def page(self, *, after: UUID | None, limit: int) -> list[asyncpg.Record]:
        """Products in the order of their creation."""
        if after is None:
            return list(await self._connection.fetch(_FIRST_PAGE, limit))
        return list(await self._connection.fetch(_NEXT_PAGE, limit, after))

    async def by_ids(self, ids: Sequence[UUID]) -> dict[UUID, asyncpg.Record]:
        return {row["id"]: row for row in await self._connection.fetch(_BY_IDS, ids)}

    async def changes(self, product_id: str, *, before: int, limit: int) -> list[asyncpg.Record]:
        """Changes of a product and its offers, newest first, older than the sequence number `before`."""
        rows = await self._connection.fetch(_CHANGES, product_id, before, limit)
        if not rows and not await self._connection.fetchval("SELECT EXISTS (SELECT FROM products WHERE id = $1)", product_id):
            raise ProductNotFound(product_id)
        return list(rows)


class ProductRepository:
    """Products to be changed, one at a time, in a session's transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def lock(self, product_id: UUID) -> Product:
        product = await self._session.get(Product, product_id, with_for_update=True)
        if product is None:
            raise ProductNotFound(product_id)
        return product

    @asynccontextmanager
    async def saving(self, product: Product) -> AsyncIterator[None]:
        """Write a new product, or the changes made to a known one inside the block.

        Raises GtinTaken or SkuTaken, naming the product that has the code.
        """
        gtin = sku = None
        try:
            async with self._session.begin_nested():
                yield
                gtin, sku = product.gtin, product.sku
                self._session.add(product)
        except IntegrityError as error:
            match violated_constraint(error):
                case "uq_products_gtin" if gtin:
                    raise GtinTaken(gtin, await self._holder(Product.gtin == gtin)) from None
                case "uq_products_sku" if sku:
                    raise SkuTaken(sku, await self._holder(Product.sku == sku)) from None
            raise

    def note(self, product_id: UUID, user_id: UUID, before: dict[str, str], *, offer_id: UUID | None = None) -> None:
        """Record what a person changed: the fields, and what they held before."""
        change = Change(product_id=product_id, offer_id=offer_id, user_id=user_id, fields=sorted(before), before=before)
        self._session.add(change)

    async def _holder(self, condition: ColumnElement[bool]) -> UUID:
        return (await self._session.scalars(select(Product.id).where(condition))).one()


async def tell_changed(connection: Connection, products: Iterable[UUID], fields: Iterable[str], user_id: str) -> None:
    """Tell other services that a person changed these fields of these products."""
    rows = await connection.fetch("SELECT id, version FROM products WHERE id = ANY ($1) ORDER BY id", list(products))
    names = sorted(fields)
    messages = (ProductChanged(product_id=str(row["id"]), version=row["version"], fields=names, user_id=user_id) for row in rows)
    await emit_all_on(connection, (Fact(message.product_id, message) for message in messages))


async def ensure_change_log(database: Database) -> None:
    """Make the change log's partition of next month, before its first change comes."""
    async with database.transaction() as session:
        connection = await driver_connection(session)
        await connection.execute("SELECT ensure_change_log_partition((current_date + interval '1 month')::date)")
