"""Survivorship: how offers become the golden record. Set-based, one home for imports and single edits alike.

The order of offers is fixed for now: the supplier's priority first, then who offered the product first (ids ascend with
time). Each field takes the first value in that order that is not empty; a field a person locked stays as it is.

Every function takes `touched`, a query of one column `product_id` that names the products to look at, and its parameters. Lock
them with `lock_products` first.
"""

from typing import NamedTuple
from uuid import UUID

import asyncpg

from catalog_svc.changes.models import Alike
from catalog_svc.fields.registry import REGISTRY, Field
from catalog_svc.history import images
from catalog_svc.history.models import CHANGED
from chassis.db import Connection, Raced

ORDER = "s.priority, o.id"
# Products given as an array.
TOUCHED = "SELECT DISTINCT unnest($1::uuid[]) AS product_id"


def _first(field: Field) -> str:
    held = f"o.{field.offer_column}"
    return f"(array_agg({held} ORDER BY {ORDER}) FILTER (WHERE {held} IS NOT NULL))[1] AS {field.code}"


def _kept(field: Field) -> str:
    """What a lockable field is to hold, under the name of its column."""
    column = field.product_column
    winner = field.reference.id if field.reference else f"coalesce(g.{field.code}, '')" if field.required else f"g.{field.code}"
    return f"CASE WHEN '{field.code}' = ANY (p.locked_fields) THEN p.{column} ELSE {winner} END AS {column}"


def _differs(code: str) -> str:
    column = REGISTRY[code].product_column
    return f"p.{column} IS DISTINCT FROM w.{column}"


# A product without a barcode takes its offers', unless another product has it; of two that want the same, one gets it.
# So does one whose own no offer gives any more, if in this transaction an offer gave it up for another, went elsewhere or was
# excluded: what a person set stays.
# No EXISTS: for many products PostgreSQL would read the whole log, and all offers, into a table of its own.
_GTIN = """
    CASE WHEN (p.gtin IS NULL
               OR g.gtin <> p.gtin AND NOT 'gtin' = ANY (p.locked_fields)
                  AND (SELECT true FROM change_log l JOIN supplier_products w ON w.id = l.offer_id
                       WHERE l.product_id = p.id AND l.at = now()
                         AND (l.before ->> 'gtin' = p.gtin OR w.gtin = p.gtin AND NOT (w.active AND w.product_id = p.id)) LIMIT 1)
                  AND (SELECT true FROM supplier_products v
                       WHERE v.product_id = p.id AND v.active AND v.gtin = p.gtin LIMIT 1) IS NULL)
          AND NOT EXISTS (SELECT FROM products x WHERE x.gtin = g.gtin)
          AND row_number() OVER (PARTITION BY g.gtin ORDER BY p.id) = 1 THEN g.gtin ELSE p.gtin END"""
# Which GTIN a product gets of a run in the end, once its offer says so and no other one gives the one before.
_SETTLED = f"""
    CASE WHEN t.product_id IS NULL THEN {_GTIN}
         WHEN t.gtin <> coalesce(p.gtin, '') AND NOT EXISTS (SELECT FROM products x WHERE x.gtin = t.gtin)
          AND (SELECT true FROM supplier_products v
               WHERE v.product_id = p.id AND v.active AND v.gtin = t.gtin LIMIT 1)
          AND (SELECT true FROM supplier_products v
               WHERE v.product_id = p.id AND v.active AND v.gtin = p.gtin LIMIT 1) IS NULL THEN t.gtin
         ELSE p.gtin END"""
_HELD = [(code, value) for code, value in images.of_product("p") if REGISTRY[code].golden]
_COLUMNS = ["winning_offer_id", *(field.product_column for field in REGISTRY.golden)]


def _of(row: str) -> str:
    return ", ".join(f"{row}.{column}" for column in _COLUMNS)


_REFRESH_GOLDEN = f"""
WITH touched AS MATERIALIZED ({{touched}}),
held AS MATERIALIZED (
  SELECT p.* FROM products p WHERE p.id IN (SELECT product_id FROM touched)
),
golden AS (
  SELECT o.product_id, (array_agg(o.id ORDER BY {ORDER}))[1] AS winning_offer_id,
         {", ".join(map(_first, REGISTRY.golden))}
  FROM supplier_products o JOIN suppliers s ON s.id = o.supplier_id
  WHERE o.active AND o.product_id IN (SELECT product_id FROM touched)
  GROUP BY o.product_id
),
wanted AS (
  SELECT p.id, g.winning_offer_id, {{gtin}} AS gtin, {", ".join(map(_kept, REGISTRY.lockable))}
  FROM golden g JOIN held p ON p.id = g.product_id {{settled}}
  {" ".join(field.reference.join(f"g.{field.code}") for field in REGISTRY.golden if field.reference)}
),
changed AS (
  SELECT w.*, {images.names([code for code, _ in _HELD], _differs)} AS fields, {images.image(_HELD, _differs)} AS before
  FROM wanted w JOIN held p ON p.id = w.id
  WHERE ({_of("p")}) IS DISTINCT FROM ({_of("w")})
),
written AS (
  UPDATE products p SET {", ".join(f"{column} = w.{column}" for column in _COLUMNS)},
         version = p.version + (w.fields <> '{{{{}}}}')::int,
         update_time = CASE WHEN w.fields <> '{{{{}}}}' THEN now() ELSE p.update_time END
  FROM changed w WHERE p.id = w.id
),
logged AS (
  INSERT INTO change_log (product_id, run_id, user_id, kind, fields, before)
  SELECT id, {{run_id}}, {{user_id}}, {CHANGED}, fields, before FROM changed WHERE fields <> '{{{{}}}}'
)
SELECT id, fields FROM changed WHERE fields <> '{{{{}}}}'
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

    The first statement also waits for whoever deletes a category, and holds them off: the products that may come into it now are
    known only when this is committed.
    """
    await connection.execute(
        "WITH tree AS (SELECT FROM categories WHERE false FOR KEY SHARE)"
        f" SELECT FROM product_best WHERE product_id IN ({touched}) ORDER BY product_id FOR UPDATE",
        *parameters,
    )
    await connection.execute(f"SELECT FROM products WHERE id IN ({touched}) ORDER BY id FOR UPDATE", *parameters)


async def refresh_golden(
    connection: Connection,
    touched: str,
    *parameters: object,
    run_id: UUID | None = None,
    user_id: UUID | None = None,
    settled: str = "",
) -> dict[UUID, list[str]]:
    """Recompute the golden fields; returns the fields that changed by product, each of them recorded in `change_log`.

    `settled`: a table of products with the GTIN they get of a run, whatever its batches know of each other; "" for none.

    Raises Raced when another transaction gave another product the same GTIN at the same moment.
    """
    join = f"LEFT JOIN {settled} t ON t.product_id = p.id" if settled else ""
    words = {"gtin": _SETTLED if settled else _GTIN, "settled": join}
    statement = _REFRESH_GOLDEN.format(touched=touched, run_id=_literal(run_id), user_id=_literal(user_id), **words)
    try:
        return {row["id"]: row["fields"] for row in await connection.fetch(statement, *parameters)}
    except asyncpg.UniqueViolationError as error:
        if error.constraint_name == "uq_products_gtin":
            raise Raced from error
        raise


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
