from collections.abc import Iterable, Mapping
from typing import NamedTuple
from uuid import UUID

import asyncpg

from catalog_svc.fields.registry import REGISTRY
from catalog_svc.offers.errors import OfferMoved, OfferNotFound
from chassis.db import Connection
from pm.catalog.v1 import offers_pb2 as pb

_VALUES = ", ".join(f"o.{field.offer_column}" for field in REGISTRY.values)
_OFFER = f"""
SELECT o.id, o.supplier_id, o.supplier_ref, {_VALUES}, o.product_id, o.run_id, o.file_row, o.create_time, o.update_time,
       o.version, o.active, o.exclude_time, o.vanish_time, o.vanish_run_id, s.priority,
       ARRAY(SELECT ROW(x.type, x.min_quantity, x.amount, x.currency, x.tax_included, x.valid_from, x.valid_to)
             FROM product_prices x WHERE x.offer_id = o.id ORDER BY x.type, x.min_quantity, x.currency) AS prices,
       ARRAY(SELECT ROW(x.location, x.quantity, x.restock_time)
             FROM product_stocks x WHERE x.offer_id = o.id ORDER BY x.location) AS stocks
FROM supplier_products o JOIN suppliers s ON s.id = o.supplier_id
"""
_BY_ID = _OFFER + "WHERE o.id = $1"
# The order of survivorship: the winning offer first.
_OF_PRODUCT = (
    _OFFER
    + """
WHERE {which} AND o.product_id = $1 AND ($2::uuid IS NULL OR o.supplier_id = $2)
  AND ($3::int IS NULL OR s.priority > $3
       OR s.priority = $3 AND o.id > $4)
ORDER BY s.priority, o.id LIMIT $5
"""
)
_OF_SUPPLIER = (
    _OFFER
    + """
WHERE {which} AND o.supplier_id = $1 AND o.supplier_ref > $2 ORDER BY o.supplier_ref LIMIT $3
"""
)

# Of one that is excluded nobody asks whether it vanished, too.
_IN_STATE: dict[int, str] = {
    pb.Offer.STATE_ACTIVE: "o.active",
    pb.Offer.STATE_EXCLUDED: "o.exclude_time IS NOT NULL",
    pb.Offer.STATE_VANISHED: "o.vanish_time IS NOT NULL AND o.exclude_time IS NULL AND NOT o.active",
}
# Where a page of a product's offers ends: priority and id of its last offer.
Rank = tuple[int, UUID]


class Known(NamedTuple):
    """A product by its codes."""

    id: UUID | None = None
    sku: str | None = None
    gtin: str | None = None


class OurWord(NamedTuple):
    """Whether a supplier is the shop's own list; else the SKU that this list ties his reference to."""

    own_list: bool
    tied_sku: str | None


NOBODY = Known()
_OTHER_ARTICLE = """
SELECT EXISTS (
  SELECT FROM products p
  JOIN supplier_products w ON w.supplier_id = $1 AND w.supplier_ref = p.sku AND w.product_id = p.id AND w.active
  WHERE p.id = $2 AND p.sku <> $3)
"""
_OUR_WORD = """
SELECT s.own_list, (SELECT t.sku FROM sku_ties t JOIN suppliers l ON l.id = t.list_id AND l.own_list
                    WHERE t.supplier = lower(s.name) AND t.ref = $2 AND NOT s.own_list) AS tied_sku
FROM suppliers s WHERE s.id = $1 FOR KEY SHARE OF s
"""
_CLAIMED = """
SELECT (array_agg(p.id))[1] AS id, (array_agg(p.gtin))[1] AS gtin FROM products p
WHERE p.id IN (SELECT w.product_id FROM supplier_products w WHERE w.our_sku = $1 AND w.active)
HAVING count(*) = 1 AND bool_and(p.sku IS NULL)
   AND bool_and(NOT EXISTS (SELECT FROM supplier_products v WHERE v.product_id = p.id AND v.active AND v.our_sku <> $1))
"""
_LOCK = "SELECT * FROM supplier_products WHERE supplier_id = $1 AND supplier_ref = $2 FOR UPDATE"
_KNOWN = "SELECT id, sku, gtin FROM products WHERE {code} = $1"


def _which(states: Iterable[int]) -> str:
    """SQL of whether an offer is in one of these states, each named once."""
    return f"({' OR '.join(_IN_STATE[state] for state in sorted({*states}))})"


class OfferReader:
    """Offers as they are shown, over a plain connection: those in one of the `states` that are asked for."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def get(self, offer_id: UUID) -> asyncpg.Record:
        row = await self._connection.fetchrow(_BY_ID, offer_id)
        assert row is not None, "offers are never deleted"
        return row

    async def of_product(
        self, product_id: str, supplier_id: str | None, *, states: Iterable[int], after: Rank | None, limit: int
    ) -> list[asyncpg.Record]:
        """The offers of a product, or those of them one supplier makes; the winning one first."""
        rank = after or (None, None)
        statement = _OF_PRODUCT.format(which=_which(states))
        return list(await self._connection.fetch(statement, product_id, supplier_id, *rank, limit))

    async def of_supplier(self, supplier_id: str, *, states: Iterable[int], after: str, limit: int) -> list[asyncpg.Record]:
        """The offers of a supplier in the order of its references."""
        return list(await self._connection.fetch(_OF_SUPPLIER.format(which=_which(states)), supplier_id, after, limit))


class OfferRepository:
    """Offers to be changed, one at a time, over a plain connection inside a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def our_word(self, supplier_id: UUID, ref: str) -> OurWord | None:
        """What the shop says of a supplier and his reference, None where there is no such supplier.

        The supplier stays as he is until the transaction ends.
        """
        row = await self._connection.fetchrow(_OUR_WORD, supplier_id, ref)
        return OurWord(*row) if row else None

    async def lock(self, supplier_id: UUID, ref: str) -> asyncpg.Record | None:
        """The offer, which nobody else may change until the transaction ends."""
        return await self._connection.fetchrow(_LOCK, supplier_id, ref)

    async def find(self, offer_id: UUID) -> asyncpg.Record:
        """An offer by its id. Raises OfferNotFound."""
        row = await self._connection.fetchrow("SELECT * FROM supplier_products WHERE id = $1", offer_id)
        if row is None:
            raise OfferNotFound(offer_id)
        return row

    async def product_of(self, gtin: str | None) -> UUID | None:
        """The product that has this GTIN."""
        return (await self.known("gtin", gtin)).id

    async def known(self, code: str, value: str | None) -> Known:
        """The product that has this `sku` or `gtin`, with both."""
        row = await self._connection.fetchrow(_KNOWN.format(code=code), value) if value else None
        return Known(*row) if row else NOBODY

    async def claimed(self, sku: str) -> Known:
        """The one product without SKU that suppliers made of their offers of our SKU, if they name no other for it."""
        row = await self._connection.fetchrow(_CLAIMED, sku)
        return Known(row["id"], None, row["gtin"]) if row else NOBODY

    async def is_other_article(self, offer: asyncpg.Record) -> bool:
        """Whether the product of an offer of our own list is known by the SKU of another article of that list."""
        values = (offer["supplier_id"], offer["product_id"], offer["supplier_ref"])
        return bool(await self._connection.fetchval(_OTHER_ARTICLE, *values))

    async def add(self, ref: str, values: Mapping[str, object]) -> None:
        """A new offer with these columns. Raises OfferMoved where somebody else has just added it."""
        columns, numbers = ", ".join(values), ", ".join(f"${number}" for number in range(1, len(values) + 1))
        try:
            await self._connection.execute(f"INSERT INTO supplier_products ({columns}) VALUES ({numbers})", *values.values())
        except asyncpg.UniqueViolationError as error:
            if error.constraint_name == "uq_supplier_products_supplier_id_supplier_ref":
                raise OfferMoved(ref) from None
            raise

    async def change(self, offer_id: UUID, values: Mapping[str, object]) -> None:
        """Give a locked offer new values in these columns, and its next version; no run says so. It counts unless excluded."""
        assignments = "".join(f"{column} = ${number}, " for number, column in enumerate(values, 2))
        await self._connection.execute(
            f"UPDATE supplier_products SET {assignments} active = exclude_time IS NULL, vanish_time = NULL, vanish_run_id = NULL,"
            " run_id = NULL, file_row = NULL, version = version + 1, update_time = now() WHERE id = $1",
            offer_id,
            *values.values(),
        )

    async def exclude(self, offer_id: UUID, *, excluded: bool) -> None:
        """Let a locked offer count no longer, or again unless it vanished, and give it its next version."""
        await self._connection.execute(
            "UPDATE supplier_products SET active = NOT $2 AND vanish_time IS NULL, exclude_time = CASE WHEN $2 THEN now() END,"
            " version = version + 1, update_time = now() WHERE id = $1",
            offer_id,
            excluded,
        )
