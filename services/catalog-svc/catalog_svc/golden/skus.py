"""Our SKUs: the references of the shop's own article list, given to the products that its offers belong to.

One home for imports and single edits alike. `touched` is a query of one column `product_id` that names the products to look at;
lock them with `survivorship.lock_products` first.
"""

from uuid import UUID

from catalog_svc.golden.errors import SkusBeingGiven
from catalog_svc.history.models import CHANGED
from chassis.db import Connection

# A product that has an SKU keeps it: a person may have chosen it. One that another product has is given to none.
_ASSIGN = f"""
WITH named AS (
  SELECT DISTINCT ON (o.product_id) o.product_id, o.supplier_ref AS sku
  FROM supplier_products o JOIN suppliers s ON s.id = o.supplier_id
  WHERE s.own_list AND o.active AND o.product_id IN ({{touched}})
  ORDER BY o.product_id, o.id
),
written AS (
  UPDATE products p SET sku = n.sku, version = p.version + 1, update_time = now()
  FROM named n
  WHERE p.id = n.product_id AND p.sku IS NULL AND NOT EXISTS (SELECT FROM products x WHERE x.sku = n.sku)
  RETURNING p.id
),
logged AS (
  INSERT INTO change_log (product_id, run_id, user_id, kind, fields, before)
  SELECT id, {{run_id}}, {{user_id}}, {CHANGED}, ARRAY['sku'], '{{{{}}}}' FROM written
)
SELECT id FROM written
"""
_GIVING = "SELECT EXISTS (SELECT FROM supplier_rerankings r JOIN suppliers s ON s.id = r.supplier_id WHERE s.own_list)"


async def assign_skus(
    connection: Connection, touched: str, *parameters: object, run_id: UUID | None = None, user_id: UUID | None = None
) -> list[UUID]:
    """Give products of the own list their SKUs; returns those that had none, each of them recorded in `change_log`."""
    ids = {name: f"'{id}'::uuid" if id else "NULL::uuid" for name, id in (("run_id", run_id), ("user_id", user_id))}
    return [row["id"] for row in await connection.fetch(_ASSIGN.format(touched=touched, **ids), *parameters)]


async def expect_skus_given(connection: Connection) -> None:
    """Raise SkusBeingGiven while a very long list that became our own one is still giving products their SKUs."""
    if await connection.fetchval(_GIVING):
        raise SkusBeingGiven
