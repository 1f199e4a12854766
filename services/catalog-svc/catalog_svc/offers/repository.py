from typing import NamedTuple
from uuid import UUID

import asyncpg
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from catalog_svc.offers.errors import OfferMoved
from catalog_svc.offers.models import Offer
from catalog_svc.products.models import Product
from chassis.db import Connection, violated_constraint

_OFFER = """
SELECT o.id, o.supplier_id, o.supplier_ref, o.gtin, o.title, o.description, o.brand, o.category, o.mpn, o.image_url, o.price,
       o.list_price, o.currency, o.stock, o.pack_size, o.our_sku, o.product_id, o.run_id, o.file_row, o.create_time,
       o.update_time, o.version, s.priority,
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
WHERE o.active AND o.product_id = $1 AND ($2::uuid IS NULL OR o.supplier_id = $2)
  AND ($3::int IS NULL OR s.priority > $3
       OR s.priority = $3 AND o.id > $4)
ORDER BY s.priority, o.id LIMIT $5
"""
)
_OF_SUPPLIER = (
    _OFFER
    + """
WHERE o.active AND o.supplier_id = $1 AND o.supplier_ref > $2 ORDER BY o.supplier_ref LIMIT $3
"""
)

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
_OTHER_ARTICLE = text("""
SELECT EXISTS (
  SELECT FROM products p
  JOIN supplier_products w ON w.supplier_id = :supplier_id AND w.supplier_ref = p.sku AND w.product_id = p.id AND w.active
  WHERE p.id = :product_id AND p.sku <> :ref)
""")
_OUR_WORD = text("""
SELECT s.own_list, (SELECT t.sku FROM sku_ties t JOIN suppliers l ON l.id = t.list_id AND l.own_list
                    WHERE t.supplier = lower(s.name) AND t.ref = :ref AND NOT s.own_list) AS tied_sku
FROM suppliers s WHERE s.id = :supplier_id FOR KEY SHARE OF s
""")
_CLAIMED = text("""
SELECT (array_agg(p.id))[1] AS id, (array_agg(p.gtin))[1] AS gtin FROM products p
WHERE p.id IN (SELECT w.product_id FROM supplier_products w WHERE w.our_sku = :sku AND w.active)
HAVING count(*) = 1 AND bool_and(p.sku IS NULL)
   AND bool_and(NOT EXISTS (SELECT FROM supplier_products v WHERE v.product_id = p.id AND v.active AND v.our_sku <> :sku))
""")


class OfferReader:
    """Active offers as they are shown, over a plain connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def get(self, offer_id: UUID) -> asyncpg.Record:
        row = await self._connection.fetchrow(_BY_ID, offer_id)
        assert row is not None, "offers are never deleted"
        return row

    async def of_product(
        self, product_id: str, supplier_id: str | None, *, after: Rank | None, limit: int
    ) -> list[asyncpg.Record]:
        """The offers of a product, or those of them one supplier makes; the winning one first."""
        rank = after or (None, None)
        return list(await self._connection.fetch(_OF_PRODUCT, product_id, supplier_id, *rank, limit))

    async def of_supplier(self, supplier_id: str, *, after: str, limit: int) -> list[asyncpg.Record]:
        """The offers of a supplier in the order of its references."""
        return list(await self._connection.fetch(_OF_SUPPLIER, supplier_id, after, limit))


class OfferRepository:
    """Offers to be changed, one at a time, in a session's transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def our_word(self, supplier_id: UUID, ref: str) -> OurWord | None:
        """What the shop says of a supplier and his reference, None where there is no such supplier.

        The supplier stays as he is until the transaction ends.
        """
        row = (await self._session.execute(_OUR_WORD, {"supplier_id": supplier_id, "ref": ref})).one_or_none()
        return OurWord(*row) if row else None

    async def lock(self, supplier_id: UUID, ref: str) -> Offer | None:
        statement = select(Offer).where(Offer.supplier_id == supplier_id, Offer.supplier_ref == ref).with_for_update()
        return (await self._session.scalars(statement)).one_or_none()

    async def product_of(self, gtin: str | None) -> UUID | None:
        """The product that has this GTIN."""
        if gtin is None:
            return None
        return (await self._session.scalars(select(Product.id).where(Product.gtin == gtin))).one_or_none()

    async def known(self, code: str, value: str | None) -> Known:
        """The product that has this `sku` or `gtin`, with both."""
        if not value:
            return NOBODY
        found = select(Product.id, Product.sku, Product.gtin).where(getattr(Product, code) == value)
        row = (await self._session.execute(found)).one_or_none()
        return Known(row.id, row.sku, row.gtin) if row else NOBODY

    async def claimed(self, sku: str) -> Known:
        """The one product without SKU that suppliers made of their offers of our SKU, if they name no other for it."""
        row = (await self._session.execute(_CLAIMED, {"sku": sku})).one_or_none()
        return Known(row.id, None, row.gtin) if row else NOBODY

    async def is_other_article(self, offer: Offer) -> bool:
        """Whether the product of an offer of our own list is known by the SKU of another article of that list."""
        values = {"supplier_id": offer.supplier_id, "product_id": offer.product_id, "ref": offer.supplier_ref}
        return bool(await self._session.scalar(_OTHER_ARTICLE, values))

    async def save(self, offer: Offer) -> None:
        """Write a new or changed offer; raises OfferMoved."""
        ref = offer.supplier_ref
        try:
            self._session.add(offer)
            await self._session.flush()
        except IntegrityError as error:
            if violated_constraint(error) == "uq_supplier_products_supplier_id_supplier_ref":
                raise OfferMoved(ref) from None
            raise
