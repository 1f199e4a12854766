"""Survivorship: how offers become the golden record. Set-based, one home for imports and single edits alike.

The order of offers is fixed for now: the supplier's priority first, then who offered the product first (ids ascend with
time). Each field takes the first value in that order that is not empty; a field a person locked stays as it is.

Every function takes `touched`, a query of one column `product_id` that names the products to look at, and its parameters. Lock
them with `lock_products` first.
"""

from typing import NamedTuple
from uuid import UUID

from catalog_svc.changes.models import Alike
from chassis.db import Connection

ORDER = "s.priority, o.id"
# Products given as an array.
TOUCHED = "SELECT DISTINCT unnest($1::uuid[]) AS product_id"
TEXTS = ("title", "description", "mpn", "image_url")


def _first(column: str) -> str:
    return f"(array_agg(o.{column} ORDER BY {ORDER}) FILTER (WHERE o.{column} IS NOT NULL))[1] AS {column}"


def _kept(field: str, column: str, winner: str) -> str:
    return f"CASE WHEN '{field}' = ANY (p.locked_fields) THEN p.{column} ELSE {winner} END AS {column}"


# A product without a barcode takes its offers', unless another product has it; of two that want the same, one gets it.
# So does one whose own no offer gives any more, if in this transaction an offer gave it up for another: what a person set stays.
# No EXISTS: for many products PostgreSQL would read the whole log, and all offers, into a table of its own.
_GTIN = """
    CASE WHEN (p.gtin IS NULL
               OR g.gtin <> p.gtin AND NOT 'gtin' = ANY (p.locked_fields)
                  AND (SELECT true FROM change_log l WHERE l.product_id = p.id AND l.at = now() AND l.offer_id IS NOT NULL
                       AND l.before ->> 'gtin' = p.gtin LIMIT 1)
                  AND (SELECT true FROM supplier_products v
                       WHERE v.product_id = p.id AND v.active AND v.gtin = p.gtin LIMIT 1) IS NULL)
          AND NOT EXISTS (SELECT FROM products x WHERE x.gtin = g.gtin)
          AND row_number() OVER (PARTITION BY g.gtin ORDER BY p.id) = 1 THEN g.gtin ELSE p.gtin END AS gtin"""

_REFRESH_GOLDEN = f"""
WITH touched AS MATERIALIZED ({{touched}}),
held AS MATERIALIZED (
  SELECT p.* FROM products p WHERE p.id IN (SELECT product_id FROM touched)
),
golden AS (
  SELECT o.product_id, (array_agg(o.id ORDER BY {ORDER}))[1] AS winning_offer_id,
         {", ".join(_first(column) for column in ("gtin", *TEXTS, "brand", "category"))}
  FROM supplier_products o JOIN suppliers s ON s.id = o.supplier_id
  WHERE o.active AND o.product_id IN (SELECT product_id FROM touched)
  GROUP BY o.product_id
),
wanted AS (
  SELECT p.id, g.winning_offer_id, {_GTIN}, {_kept("title", "title", "coalesce(g.title, '')")},
         {", ".join(_kept(field, field, f"g.{field}") for field in TEXTS if field != "title")},
         {_kept("brand", "brand_id", "coalesce(b.merged_into, b.id)")}, {_kept("category", "category_id", "k.category_id")}
  FROM golden g JOIN held p ON p.id = g.product_id
  LEFT JOIN brands b ON lower(b.name) = lower(g.brand)
  LEFT JOIN category_paths k ON lower(k.path) = lower(g.category)
),
changed AS (
  SELECT w.*, jsonb_strip_nulls(jsonb_build_object(
           {
    ", ".join(
        f"'{field}', CASE WHEN p.{column} IS DISTINCT FROM w.{column} THEN coalesce({old}, '') END"
        for field, column, old in (
            ("gtin", "gtin", "p.gtin"),
            *((text, text, f"p.{text}") for text in TEXTS),
            ("brand", "brand_id", "(SELECT name FROM brands WHERE id = p.brand_id)"),
            ("category", "category_id", "(SELECT path FROM categories WHERE id = p.category_id)"),
        )
    )
})) AS before
  FROM wanted w JOIN held p ON p.id = w.id
  WHERE (p.winning_offer_id, p.gtin, p.title, p.description, p.mpn, p.image_url, p.brand_id, p.category_id)
    IS DISTINCT FROM
        (w.winning_offer_id, w.gtin, w.title, w.description, w.mpn, w.image_url, w.brand_id, w.category_id)
),
written AS (
  UPDATE products p SET winning_offer_id = w.winning_offer_id, gtin = w.gtin, title = w.title, description = w.description,
         mpn = w.mpn, image_url = w.image_url, brand_id = w.brand_id, category_id = w.category_id,
         version = p.version + (w.before <> '{{{{}}}}')::int,
         update_time = CASE WHEN w.before <> '{{{{}}}}' THEN now() ELSE p.update_time END
  FROM changed w WHERE p.id = w.id
),
logged AS (
  INSERT INTO change_log (product_id, run_id, user_id, fields, before)
  SELECT id, {{run_id}}, {{user_id}}, ARRAY(SELECT jsonb_object_keys(before)), before FROM changed WHERE before <> '{{{{}}}}'
)
SELECT id, ARRAY(SELECT jsonb_object_keys(before)) AS fields FROM changed WHERE before <> '{{{{}}}}'
"""

_REFRESH_BEST = f"""
WITH touched AS MATERIALIZED ({{touched}}),
held AS MATERIALIZED (
  SELECT product_id, offer_id, price, currency, stock, offer_count
  FROM product_best WHERE product_id IN (SELECT product_id FROM touched)
),
best AS (
  SELECT o.product_id, (array_agg(o.id ORDER BY {ORDER}))[1] AS offer_id,
         (array_agg(o.price ORDER BY {ORDER}) FILTER (WHERE o.price IS NOT NULL))[1] AS price,
         (array_agg(o.currency ORDER BY {ORDER}) FILTER (WHERE o.price IS NOT NULL))[1] AS currency,
         CASE WHEN count(o.stock) > 0 THEN least(sum(o.stock), 2147483647)::int END AS stock, count(*)::int AS offer_count
  FROM supplier_products o JOIN suppliers s ON s.id = o.supplier_id
  WHERE o.active AND o.product_id IN (SELECT product_id FROM touched)
  GROUP BY o.product_id
),
-- As an array: they are few, and all of the table would be read to find them by a join.
gone AS (
  DELETE FROM product_best b
  WHERE b.product_id = ANY (ARRAY(SELECT product_id FROM held WHERE product_id NOT IN (SELECT product_id FROM best)))
  RETURNING b.product_id
),
written AS (
  INSERT INTO product_best AS t (product_id, offer_id, price, currency, stock, offer_count)
  SELECT product_id, offer_id, price, currency, stock, offer_count FROM best ORDER BY product_id
  ON CONFLICT (product_id) DO UPDATE
    SET offer_id = excluded.offer_id, price = excluded.price, currency = excluded.currency, stock = excluded.stock,
        offer_count = excluded.offer_count
    WHERE (t.offer_id, t.price, t.currency, t.stock, t.offer_count)
      IS DISTINCT FROM (excluded.offer_id, excluded.price, excluded.currency, excluded.stock, excluded.offer_count)
  RETURNING product_id, offer_id, price, currency, stock, offer_count
)
-- Tens of thousands of products change in few ways: a row for each way.
SELECT mask, otherwise, array_agg(product_id) AS product_ids
FROM (
  SELECT product_id, n.offer_id IS NOT NULL AND h.offer_id IS NOT NULL AS otherwise,
         ((n.price, n.currency) IS DISTINCT FROM (h.price, h.currency))::int + 2 * (n.stock IS DISTINCT FROM h.stock)::int
         + 4 * (n.offer_count IS DISTINCT FROM h.offer_count)::int + 8 * (n.offer_id IS DISTINCT FROM h.offer_id)::int AS mask
  FROM (SELECT * FROM written UNION ALL SELECT product_id, NULL, NULL, NULL, NULL, NULL FROM gone) n
  LEFT JOIN held h USING (product_id)
) told GROUP BY mask, otherwise
"""
# By the bits of the mask.
_OF_BEST = ("price", "stock", "offer_count", "winning_offer_id")


async def lock_products(connection: Connection, touched: str, *parameters: object) -> None:
    """Wait until nobody else changes these products, before they are refreshed.

    A statement of its own: one that waits for a lock still reads everything else as it was before it waited, so survivorship
    would miss the offer that the other side wrote. The best offers' rows too: an import that updates a product's only offer locks
    nothing else.

    Everybody locks in one order, and so waits for nobody who waits for him: offers, then `product_best`, then `products`. An
    import has the first two from one statement, before it knows of which products it needs more.

    The first statement also waits for whoever gives categories other paths, and holds them off: the paths of products that may
    come into a category now are known only when this is committed.
    """
    await connection.execute(
        "WITH tree AS (SELECT FROM categories WHERE false FOR KEY SHARE)"
        f" SELECT FROM product_best WHERE product_id IN ({touched}) ORDER BY product_id FOR UPDATE",
        *parameters,
    )
    await connection.execute(f"SELECT FROM products WHERE id IN ({touched}) ORDER BY id FOR UPDATE", *parameters)


async def refresh_golden(
    connection: Connection, touched: str, *parameters: object, run_id: UUID | None = None, user_id: UUID | None = None
) -> dict[UUID, list[str]]:
    """Recompute the golden fields; returns the fields that changed by product, each of them recorded in `change_log`."""
    statement = _REFRESH_GOLDEN.format(touched=touched, run_id=_literal(run_id), user_id=_literal(user_id))
    return {row["id"]: row["fields"] for row in await connection.fetch(statement, *parameters)}


class Best(NamedTuple):
    """What changed with the best offers of products: fields with the products of which just these changed, each product once.

    `otherwise` are the products that were offered before and are so otherwise now: not for the first time, nor no longer.
    """

    alike: list[Alike]
    otherwise: list[UUID]

    @property
    def fields(self) -> dict[UUID, frozenset[str]]:
        """The same by product."""
        return {product_id: fields for fields, products in self.alike for product_id in products}


async def refresh_best(connection: Connection, touched: str, *parameters: object) -> Best:
    """Recompute what the winning offer says today (price, stock over all offers, their number)."""
    rows = await connection.fetch(_REFRESH_BEST.format(touched=touched), *parameters)
    alike = [(_of_mask(row["mask"]), row["product_ids"]) for row in rows]
    return Best(alike, [product_id for row in rows if row["otherwise"] for product_id in row["product_ids"]])


def _of_mask(mask: int) -> frozenset[str]:
    return frozenset(name for bit, name in enumerate(_OF_BEST) if mask >> bit & 1)


def _literal(id: UUID | None) -> str:
    return f"'{id}'::uuid" if id else "NULL::uuid"
