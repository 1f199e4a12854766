"""Offers whose GTIN becomes another one, and why their product may keep the one it has: of a run's rows and of a single edit.

Looked up before the offers are written. Survivorship follows (`golden/survivorship.py`): a product takes another GTIN where
an offer gave its own one before this transaction, none gives it any more, and no other product has the new one.
"""

from typing import NamedTuple
from uuid import UUID

from chassis.db import Connection

# {changed}: row_no, ref, offer_id, product_id and the GTIN before and after. Another offer that gives the old one too is named
# unless it changes with this one.
_WHY = """
WITH changed AS MATERIALIZED ({changed}),
exchanged AS MATERIALIZED ({exchanged}),
giving AS MATERIALIZED (
  SELECT DISTINCT ON (w.product_id, w.gtin) w.product_id, w.gtin, l.name AS supplier, w.supplier_ref
  FROM (SELECT DISTINCT product_id, before FROM changed) c
  JOIN supplier_products w ON w.product_id = c.product_id AND w.gtin = c.before AND w.active
  JOIN suppliers l ON l.id = w.supplier_id
  LEFT JOIN changed d ON d.offer_id = w.id
  WHERE d.offer_id IS NULL
  ORDER BY w.product_id, w.gtin, l.priority, w.id
)
SELECT c.row_no, c.ref, c.before, c.after, x.id AS product_id, x.title, x.gtin AS held,
       h.id AS other_id, h.title AS other_title, k.supplier, k.supplier_ref, e.ref AS exchanged
FROM changed c JOIN products x ON x.id = c.product_id
LEFT JOIN exchanged e ON e.row_no = c.row_no
LEFT JOIN products h ON h.gtin = c.after AND h.id <> x.id
LEFT JOIN giving k ON k.product_id = x.id AND k.gtin = x.gtin AND x.gtin = c.before
{behind}
"""
_ONE = "SELECT 0 AS row_no, $1::text AS ref, $2::uuid AS offer_id, $3::uuid AS product_id, $4::text AS before, $5::text AS after"

_NONE = "SELECT 0 AS row_no, NULL::text AS ref WHERE false"


class ChangedGtin(NamedTuple):
    """An offer's GTIN `before` and `after`, and its product with the GTIN it has.

    `other_*`: the product that has the new one. `supplier`, `supplier_ref`: another offer that gives the old one. `exchanged`:
    another reference of the same run that brings one of both.
    """

    row_no: int
    ref: str
    before: str
    after: str
    product_id: UUID
    title: str
    held: str | None
    other_id: UUID | None
    other_title: str | None
    supplier: str | None
    supplier_ref: str | None
    exchanged: str | None


async def of_rows(connection: Connection, changed: str, exchanged: str, after_row: int, limit: int) -> list[ChangedGtin]:
    """Of the offers that a query names (see `_WHY`), those behind a row; `exchanged` names the others of `changed`."""
    statement = _WHY.format(changed=changed, exchanged=exchanged, behind="WHERE c.row_no > $1 ORDER BY c.row_no LIMIT $2")
    return [ChangedGtin(*row) for row in await connection.fetch(statement, after_row, limit)]


async def of_offer(connection: Connection, ref: str, offer_id: UUID, product_id: UUID, *, before: str, after: str) -> ChangedGtin:
    """The same of one offer."""
    row = await connection.fetchrow(
        _WHY.format(changed=_ONE, exchanged=_NONE, behind=""), ref, offer_id, product_id, before, after
    )
    assert row is not None, "an offer has a product"
    return ChangedGtin(*row)
