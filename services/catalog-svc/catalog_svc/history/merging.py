"""Products that are a part of others now: their last offers became those of other products, by a GTIN or by our SKU.

Nobody else merges products yet. A product that was made for offers and has none is no longer what they are about; services that
hold something of it, such as images, learn where that belongs. Articles of our own, which have an SKU, stay what they are.
"""

from collections.abc import Sequence
from uuid import UUID

from catalog_svc.history.models import MERGED, MOVED
from chassis.db import Connection

# By the offer that left last in this transaction.
_MERGED = f"""
WITH emptied AS (
  SELECT DISTINCT ON (l.product_id) l.product_id, o.product_id AS into_id
  FROM change_log l JOIN products p ON p.id = l.product_id JOIN supplier_products o ON o.id = l.offer_id
  WHERE l.product_id = ANY ($1::uuid[]) AND l.at = now() AND l.kind = {MOVED} AND p.sku IS NULL
    AND NOT EXISTS (SELECT FROM supplier_products v WHERE v.product_id = l.product_id)
  ORDER BY l.product_id, l.seq DESC
),
logged AS (
  INSERT INTO change_log (product_id, run_id, user_id, kind, fields, before, into_id)
  SELECT product_id, $2, $3, {MERGED}, '{{}}', '{{}}', into_id FROM emptied
)
SELECT product_id, into_id FROM emptied
"""


async def note_merged(
    connection: Connection, left: Sequence[UUID], *, run_id: UUID | None = None, user_id: UUID | str | None = None
) -> dict[UUID, UUID]:
    """Record which of the products that offers have left in this transaction are a part of others now, and of which."""
    if not left:
        return {}
    rows = await connection.fetch(_MERGED, left, run_id, user_id)
    return {row["product_id"]: row["into_id"] for row in rows}
