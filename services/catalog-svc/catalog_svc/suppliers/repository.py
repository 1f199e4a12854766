from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg

from catalog_svc.suppliers.errors import OwnListTaken, SupplierNameTaken, SupplierNotFound
from chassis.db import Connection, note_change

_PAGE = """
SELECT *, lower(name) AS key FROM suppliers
WHERE ($1 = '' OR lower(name) = lower($1)) AND ($2::text IS NULL OR lower(name) > $2) ORDER BY lower(name) LIMIT $3
"""
_OFFERS = "SELECT supplier_id, count(*) AS number FROM supplier_products WHERE supplier_id = ANY ($1) AND active GROUP BY 1"
_TO_RANK = "SELECT supplier_id, offers_left AS number FROM supplier_rerankings WHERE supplier_id = ANY ($1)"
_TIES = """
SELECT s.id AS supplier_id, count(*) AS number FROM suppliers s JOIN sku_ties t ON t.supplier = lower(s.name)
JOIN suppliers l ON l.id = t.list_id AND l.own_list WHERE s.id = ANY ($1) GROUP BY 1
"""
_RENAME_TIES = """
UPDATE sku_ties t SET supplier = lower($2) WHERE t.supplier = lower($1) AND NOT EXISTS (
  SELECT FROM sku_ties x WHERE x.list_id = t.list_id AND x.supplier = lower($2) AND x.ref = t.ref)
"""


class SupplierRepository:
    """Suppliers, over a plain connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def get(self, supplier_id: UUID, *, lock: bool = False) -> asyncpg.Record:
        """Raises SupplierNotFound."""
        row = await self._connection.fetchrow(
            f"SELECT * FROM suppliers WHERE id = $1{' FOR UPDATE' if lock else ''}", supplier_id
        )
        if row is None:
            raise SupplierNotFound(supplier_id)
        return row

    async def page(self, *, name: str, after: str | None, limit: int) -> list[asyncpg.Record]:
        """Suppliers by name, each with the `key` that a page continues after; `name` chooses one without regard to case."""
        return list(await self._connection.fetch(_PAGE, name, after, limit))

    async def expect_no_own_list(self) -> None:
        """Raises OwnListTaken where a supplier is declared the shop's own list."""
        name: str | None = await self._connection.fetchval("SELECT name FROM suppliers WHERE own_list")
        if name is not None:
            raise OwnListTaken(name)

    async def offer_counts(self, supplier_ids: Sequence[UUID]) -> dict[UUID, int]:
        """How many active offers each of the suppliers has; one without any is missing."""
        return await self._numbers(_OFFERS, supplier_ids)

    async def offers_to_rank(self, supplier_ids: Sequence[UUID]) -> dict[UUID, int]:
        """How many offers of each of the suppliers are still to be ranked again; one without any is missing."""
        return await self._numbers(_TO_RANK, supplier_ids)

    async def tie_counts(self, supplier_ids: Sequence[UUID]) -> dict[UUID, int]:
        """How many references of each of the suppliers the own list ties to our SKUs; one without any is missing."""
        return await self._numbers(_TIES, supplier_ids)

    async def rename_ties(self, old: str, new: str) -> None:
        """Let what the own list ties of a supplier go on under his new name, but for references tied under it already."""
        await self._connection.execute(_RENAME_TIES, old, new)

    async def add(self, values: Mapping[str, object]) -> asyncpg.Record:
        """A new supplier with these columns. Raises SupplierNameTaken, OwnListTaken."""
        columns, numbers = ", ".join(values), ", ".join(f"${number}" for number in range(1, len(values) + 1))
        async with self._unique(values):
            row = await self._connection.fetchrow(
                f"INSERT INTO suppliers ({columns}) VALUES ({numbers}) RETURNING *", *values.values()
            )
        assert row is not None, "an INSERT returns its row"
        return row

    async def change(self, supplier_id: UUID, values: Mapping[str, object]) -> asyncpg.Record:
        """Give a locked supplier new values in these columns, and its next version. Raises SupplierNameTaken, OwnListTaken."""
        assignments = "".join(f"{column} = ${number}, " for number, column in enumerate(values, 2))
        # Plans were made of references that meant something else.
        epoch = "epoch = epoch + 1, " if "own_list" in values else ""
        async with self._unique(values):
            row = await self._connection.fetchrow(
                f"UPDATE suppliers SET {assignments}{epoch}version = version + 1, update_time = now() WHERE id = $1 RETURNING *",
                supplier_id,
                *values.values(),
            )
        assert row is not None, "it is locked"
        return row

    async def _numbers(self, query: str, supplier_ids: Sequence[UUID]) -> dict[UUID, int]:
        return {row["supplier_id"]: row["number"] for row in await self._connection.fetch(query, supplier_ids)}

    @asynccontextmanager
    async def _unique(self, values: Mapping[str, object]) -> AsyncIterator[None]:
        try:
            yield
        except asyncpg.UniqueViolationError as error:
            if error.constraint_name == "uq_suppliers_lower_name":
                raise SupplierNameTaken(str(values["name"])) from None
            if error.constraint_name == "uq_suppliers_own_list":
                raise OwnListTaken("Another supplier") from None
            raise
        note_change("suppliers")


# An offer keeps its reference for good, so each has its turn once, whatever comes meanwhile.
_SLICE = """
SELECT supplier_ref, product_id FROM supplier_products
WHERE supplier_id = $1 AND active AND supplier_ref > $2 ORDER BY supplier_ref LIMIT $3
"""
_CLAIM = "SELECT * FROM supplier_rerankings ORDER BY create_time LIMIT 1 FOR UPDATE SKIP LOCKED"
_BEGIN = """
INSERT INTO supplier_rerankings (supplier_id, offers_left, user_id) VALUES ($1, $2, $3)
ON CONFLICT (supplier_id) DO UPDATE
  SET after_ref = '', offers_left = excluded.offers_left, user_id = excluded.user_id, create_time = now()
"""


class RerankingRepository:
    """Suppliers whose offers are ranked again, and these offers; over a plain connection inside a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def begin(self, supplier_id: UUID, offers: int, user_id: UUID) -> None:
        """Leave all of the supplier's offers to whoever claims it; those that an earlier rank left are among them."""
        await self._connection.execute(_BEGIN, supplier_id, offers, user_id)

    async def claim(self) -> asyncpg.Record | None:
        """The one that has waited longest of those that nobody is at."""
        return await self._connection.fetchrow(_CLAIM)

    async def is_own_list(self, supplier_id: UUID) -> bool:
        """Whether a claimed supplier is the own list. Whoever changes that waits for the claim before the transaction ends, so it
        holds until then; asked in the claiming statement, it may be what stood before the last who did.
        """
        found: bool = await self._connection.fetchval("SELECT own_list FROM suppliers WHERE id = $1", supplier_id)
        return found

    async def advance(self, supplier_id: UUID, after_ref: str, done: int) -> None:
        await self._connection.execute(
            "UPDATE supplier_rerankings SET after_ref = $2, offers_left = greatest(offers_left - $3, 1) WHERE supplier_id = $1",
            supplier_id,
            after_ref,
            done,
        )

    async def end(self, supplier_id: UUID) -> None:
        await self._connection.execute("DELETE FROM supplier_rerankings WHERE supplier_id = $1", supplier_id)

    async def slice(self, supplier_id: UUID, after_ref: str, limit: int) -> list[asyncpg.Record]:
        """Offers of the supplier in the order of their references."""
        return list(await self._connection.fetch(_SLICE, supplier_id, after_ref, limit))

    async def products(self, supplier_id: UUID) -> list[UUID]:
        """All products that the supplier offers."""
        rows = await self._connection.fetch(
            "SELECT DISTINCT product_id FROM supplier_products WHERE supplier_id = $1 AND active ORDER BY 1", supplier_id
        )
        return [row["product_id"] for row in rows]
