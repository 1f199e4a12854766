from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg

from catalog_svc.golden.reading import PRODUCT
from catalog_svc.products.errors import GtinTaken, ProductNotFound, SkuTaken
from chassis.db import Connection

_BY_ID = PRODUCT + "WHERE p.id = $1"
_BY_IDS = PRODUCT + "WHERE p.id = ANY ($1::uuid[])"
_PAGE = PRODUCT + "WHERE p.id > $1 AND p.trash_time IS NULL ORDER BY p.id LIMIT "
# Before every id.
_START = UUID(int=0)
_NAMED = """
SELECT id FROM products WHERE sku = $1 AND $1 <> ''
UNION ALL SELECT id FROM products WHERE gtin = $2 AND $2 <> '' AND ($1 = '' OR sku IS NULL) LIMIT 1
"""
_LOCK = "SELECT * FROM products WHERE id = $1 FOR UPDATE"


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
        """Products in the order of their creation, without those in the trash."""
        # A number in the statement: with a parameter PostgreSQL plans anew for every page.
        return list(await self._connection.fetch(f"{_PAGE}{limit:d}", after or _START))

    async def by_ids(self, ids: Sequence[UUID]) -> dict[UUID, asyncpg.Record]:
        return {row["id"]: row for row in await self._connection.fetch(_BY_IDS, ids)} if ids else {}

    async def expect(self, product_id: str) -> None:
        """Raises ProductNotFound."""
        if not await self._connection.fetchval("SELECT EXISTS (SELECT FROM products WHERE id = $1)", product_id):
            raise ProductNotFound(product_id)


class ProductRepository:
    """Products to be changed, one at a time, over a plain connection inside a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def lock(self, product_id: UUID) -> asyncpg.Record:
        """The row, which nobody else may change until the transaction ends."""
        row = await self._connection.fetchrow(_LOCK, product_id)
        if row is None:
            raise ProductNotFound(product_id)
        return row

    async def add(self, values: Mapping[str, object]) -> None:
        """A new product with these columns. Raises GtinTaken, SkuTaken."""
        columns, numbers = ", ".join(values), ", ".join(f"${number}" for number in range(1, len(values) + 1))
        async with self._unique(values):
            await self._connection.execute(f"INSERT INTO products ({columns}) VALUES ({numbers})", *values.values())

    async def change(self, product_id: UUID, values: Mapping[str, object]) -> None:
        """Give a product new values in these columns, and its next version. Raises GtinTaken, SkuTaken."""
        assignments = "".join(f"{column} = ${number}, " for number, column in enumerate(values, 2))
        async with self._unique(values):
            await self._connection.execute(
                f"UPDATE products SET {assignments} version = version + 1, update_time = now() WHERE id = $1",
                product_id,
                *values.values(),
            )

    async def named(self, sku: str, gtin: str) -> UUID | None:
        """The product of this SKU; where there is none, that of the GTIN, if it has no other SKU than the one given."""
        found: UUID | None = await self._connection.fetchval(_NAMED, sku, gtin)
        return found

    async def lacks_sku(self, product_id: UUID) -> bool:
        """Whether the product has no SKU."""
        return bool(await self._connection.fetchval("SELECT sku IS NULL FROM products WHERE id = $1", product_id))

    async def gtin(self, product_id: UUID) -> str | None:
        """The product's GTIN."""
        found: str | None = await self._connection.fetchval("SELECT gtin FROM products WHERE id = $1", product_id)
        return found

    @asynccontextmanager
    async def _unique(self, values: Mapping[str, object]) -> AsyncIterator[None]:
        """Raises GtinTaken or SkuTaken, naming the product that has the code; what holds no code can't be taken."""
        if not values.get("gtin") and not values.get("sku"):
            yield
            return
        try:
            # A savepoint, because the holder is to be looked up afterwards.
            async with self._connection.transaction():
                yield
        except asyncpg.UniqueViolationError as error:
            match error.constraint_name:
                case "uq_products_gtin":
                    raise GtinTaken(str(values["gtin"]), await self._holder("gtin", values)) from None
                case "uq_products_sku":
                    raise SkuTaken(str(values["sku"]), await self._holder("sku", values)) from None
            raise

    async def _holder(self, code: str, values: Mapping[str, object]) -> UUID:
        holder: UUID = await self._connection.fetchval(f"SELECT id FROM products WHERE {code} = $1", values[code])
        return holder
