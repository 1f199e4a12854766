from collections.abc import Sequence
from uuid import UUID

import asyncpg
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from catalog_svc.offers.models import Offer
from catalog_svc.suppliers.errors import OwnListTaken, SupplierNameTaken, SupplierNotFound
from catalog_svc.suppliers.models import Reranking, Supplier
from chassis.db import Connection, note_change, violated_constraint


class SupplierRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, supplier_id: UUID, *, lock: bool = False) -> Supplier:
        supplier = await self._session.get(Supplier, supplier_id, with_for_update=lock or None)
        if supplier is None:
            raise SupplierNotFound(supplier_id)
        return supplier

    async def page(self, *, name: str, after: str | None, limit: int) -> Sequence[tuple[Supplier, str]]:
        """Suppliers by name, each with the key that a page continues after; `name` chooses one without regard to case."""
        key = func.lower(Supplier.name)
        statement = select(Supplier, key).order_by(key).limit(limit)
        if name:
            statement = statement.where(key == func.lower(name))
        if after is not None:
            statement = statement.where(key > after)
        return [(supplier, lowered) for supplier, lowered in await self._session.execute(statement)]

    async def expect_no_own_list(self) -> None:
        """Raises OwnListTaken where a supplier is declared the shop's own list."""
        name: str | None = await self._session.scalar(select(Supplier.name).where(Supplier.own_list))
        if name is not None:
            raise OwnListTaken(name)

    async def offer_counts(self, supplier_ids: Sequence[UUID]) -> dict[UUID, int]:
        """How many active offers each of the suppliers has; one without any is missing."""
        statement = (
            select(Offer.supplier_id, func.count())
            .where(Offer.supplier_id.in_(supplier_ids), Offer.active)
            .group_by(Offer.supplier_id)
        )
        rows = await self._session.execute(statement)
        return {row.supplier_id: row[1] for row in rows}

    async def offers_to_rank(self, supplier_ids: Sequence[UUID]) -> dict[UUID, int]:
        """How many offers of each of the suppliers are still to be ranked again; one without any is missing."""
        statement = select(Reranking.supplier_id, Reranking.offers_left).where(Reranking.supplier_id.in_(supplier_ids))
        return {row.supplier_id: row.offers_left for row in await self._session.execute(statement)}

    async def tie_counts(self, supplier_ids: Sequence[UUID]) -> dict[UUID, int]:
        """How many references of each of the suppliers the own list ties to our SKUs; one without any is missing."""
        statement = text(
            "SELECT s.id, count(*) FROM suppliers s JOIN sku_ties t ON t.supplier = lower(s.name)"
            " JOIN suppliers l ON l.id = t.list_id AND l.own_list WHERE s.id = ANY (:ids) GROUP BY 1"
        )
        return {row.id: row[1] for row in await self._session.execute(statement, {"ids": list(supplier_ids)})}

    async def rename_ties(self, old: str, new: str) -> None:
        """Let what the own list ties of a supplier go on under his new name, but for references tied under it already."""
        statement = text(
            "UPDATE sku_ties t SET supplier = lower(:new) WHERE t.supplier = lower(:old) AND NOT EXISTS ("
            " SELECT FROM sku_ties x WHERE x.list_id = t.list_id AND x.supplier = lower(:new) AND x.ref = t.ref)"
        )
        await self._session.execute(statement, {"old": old, "new": new})

    async def save(self, supplier: Supplier) -> None:
        """Write a new or changed supplier; raises SupplierNameTaken, OwnListTaken."""
        name = supplier.name
        try:
            self._session.add(supplier)
            await self._session.flush()
            note_change("suppliers")
        except IntegrityError as error:
            if violated_constraint(error) == "uq_suppliers_lower_name":
                raise SupplierNameTaken(name) from None
            if violated_constraint(error) == "uq_suppliers_own_list":
                raise OwnListTaken("Another supplier") from None
            raise


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
