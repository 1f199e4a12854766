"""What products say of their offers after one batch of a plan: the best offer, and the golden record where that may change."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple
from uuid import UUID

import asyncpg

from catalog_svc.bulk.columns import GOLDEN, JOINING
from catalog_svc.bulk.plan import CREATE, UPDATE, plan_table
from catalog_svc.bulk.source import Source
from catalog_svc.changes.models import CHANGED, CREATED, Alike
from catalog_svc.changes.repository import INSERT, ChangeWriter, alike, joined
from catalog_svc.fields.masks import Masks
from catalog_svc.fields.registry import OFFERS
from catalog_svc.golden.skus import assign_skus
from catalog_svc.golden.survivorship import TOUCHED, Best, lock_products, refresh_best, refresh_golden
from chassis.db import Connection

# What a product shows of the offer `o` when it has no other.
OFFERED = "o.price AS new_price, CASE WHEN o.price IS NOT NULL THEN o.currency END AS new_currency, o.stock AS new_stock"

# Of an offer, what its product's price is made of.
PRICE = ("price", "currency")
# What created a product, and what updated the only offer of one and concerns nothing but its amounts, or what it does not show.
_TELL = f"""
{INSERT}
SELECT kind, array_remove(ARRAY[CASE WHEN kind = {CHANGED} THEN '{OFFERS}' END, CASE WHEN price THEN 'price' END,
                                CASE WHEN stock THEN 'stock' END], NULL),
       $3, NULL, count(*), array_agg(product_id)
FROM (
  SELECT product_id, CASE WHEN NOT creates THEN {CHANGED} ELSE {CREATED} END AS kind,
         NOT creates AND {{price}} AS price, NOT creates AND {{stock}} AS stock
  FROM {{plan}} p
  WHERE row_no BETWEEN $1 AND $2
    AND CASE WHEN kind = {UPDATE} AND NOT creates THEN product_id NOT IN (SELECT unnest($4::uuid[])) ELSE creates {{made}} END
) told GROUP BY kind, price, stock
"""


def written_rows(run_id: UUID) -> Source:
    """The plan rows `p` of a range ($1, $2) with the offers `o` they name."""
    return Source(f"{plan_table(run_id)} p JOIN supplier_products o ON o.id = p.offer_id", "p.row_no BETWEEN $1 AND $2")


class Refreshed(NamedTuple):
    """Products of a batch whose other offers were looked at, by the fields that changed; and those to be indexed."""

    alike: list[Alike]
    reindex: list[UUID]


class BatchBest:
    """The products of one range (first, last) of a plan, once its offers are written."""

    def __init__(self, connection: Connection, run_id: UUID, masks: Masks, rows: tuple[int, int], *, settled: str = "") -> None:
        self._connection = connection
        self._run_id = run_id
        self._masks = masks
        self._range = rows
        self._written = written_rows(run_id)
        # The table of which GTIN products get by this run, where references exchange theirs.
        self._settled = settled

    async def insert_created(self) -> None:
        """Best offers of the products this batch created: each has one offer."""
        await self._connection.execute(
            f"""
            INSERT INTO product_best (product_id, offer_id, price, currency, stock, offer_count)
            SELECT o.product_id, o.id, {OFFERED}, 1
            FROM {self._written} AND p.kind = {CREATE} AND p.creates AND o.product_id = p.product_id ORDER BY o.product_id""",
            *self._range,
        )

    async def refresh_others(self, left: list[UUID], changed: set[UUID]) -> Refreshed:
        """Survivorship for products with rivals, joined or left ones, and those whose only offer has other golden fields.

        Adds to `changed` what it changes.
        """
        has = self._masks.has
        # Where there is one offer, its amounts became the product's when it was updated.
        rows = await self._connection.fetch(
            f"""
            SELECT has_rivals, joined, price AND NOT has_rivals AS price, stock AND NOT has_rivals AS stock,
                   array_agg(product_id) AS product_ids
            FROM (
              SELECT o.product_id, bool_or(b.product_id IS NULL) AS has_rivals,
                     bool_or(p.kind = {CREATE} OR {has(JOINING)}) AS joined,
                     bool_or({has(PRICE)}) AS price, bool_or({has(["stock"])}) AS stock
              FROM {plan_table(self._run_id)} p JOIN supplier_products o ON o.id = p.offer_id
              LEFT JOIN product_best b
                ON b.product_id = o.product_id AND b.offer_id = o.id AND b.offer_count = 1 AND p.kind = {UPDATE}
              WHERE p.row_no BETWEEN $1 AND $2
                AND (p.kind = {CREATE} AND (NOT p.creates OR o.product_id <> p.product_id)
                     OR p.kind = {UPDATE} AND (b.product_id IS NULL OR {has(GOLDEN)}))
              GROUP BY 1
            ) looked_at GROUP BY 1, 2, 3, 4""",
            *self._range,
        )
        touched = [*_products(rows), *left]
        if not touched:
            return Refreshed([], [])
        await lock_products(self._connection, TOUCHED, touched)
        golden = await refresh_golden(self._connection, TOUCHED, touched, run_id=self._run_id, settled=self._settled)
        rivals = [*_products(row for row in rows if row["has_rivals"]), *left]
        offered = await refresh_best(self._connection, TOUCHED, rivals) if rivals else Best([], [])
        changed.update(golden, offered.otherwise)
        alone = ((frozenset(name for name in ("price", "stock") if row[name]), row["product_ids"]) for row in rows)
        told = joined((frozenset({OFFERS}), touched), *offered.alike, *alone, *alike(golden))
        return Refreshed(told, list({*golden, *left, *_products(row for row in rows if row["joined"])}))

    async def without_sku(self) -> list[UUID]:
        """Products of the own list's offers that have no SKU."""
        rows = await self._connection.fetch(
            f"""
            SELECT o.product_id FROM {self._written} AND p.kind IN ({CREATE}, {UPDATE})
              AND EXISTS (SELECT FROM products x WHERE x.id = o.product_id AND x.sku IS NULL)""",
            *self._range,
        )
        return [row["product_id"] for row in rows]

    async def assign_skus(self, products: list[UUID], changed: set[UUID]) -> dict[UUID, list[str]]:
        """Our SKUs for products without one, which `refresh_others` has locked; adds them to `changed`.

        Returns the fields that this changes, by product.
        """
        named = await assign_skus(self._connection, TOUCHED, products, run_id=self._run_id)
        changed.update(named)
        return {product_id: ["sku"] for product_id in named}

    async def tell(self, others: Sequence[Alike], bases: tuple[UUID, UUID], *, all_created: bool) -> None:
        """Tell the feed what the batch did: to `others` what `refresh_others` found, to the rest what the plan says.

        `bases` are the first and the last id that a product created by this batch can have. Where not all that were to be
        created were, those that are there are looked up.
        """
        made = "" if all_created else "AND EXISTS (SELECT FROM products x WHERE x.id = p.product_id AND x.run_created = $3)"
        looked_at = [product_id for _, products in others for product_id in products]
        tell = _TELL.format(
            plan=plan_table(self._run_id), made=made, price=self._masks.has(PRICE), stock=self._masks.has(["stock"])
        )
        await self._connection.execute(tell, *self._range, self._run_id, looked_at)
        first, last = bases
        older = ((fields, [each for each in products if not first <= each <= last]) for fields, products in others)
        await ChangeWriter(self._connection, run_id=self._run_id).note_alike(older)

    async def count_older(self, products: set[UUID]) -> int:
        """How many of these products this run did not create itself."""
        if not products:
            return 0
        counted = await self._connection.fetchval(
            "SELECT count(*)::int FROM products WHERE id = ANY ($1) AND run_created IS DISTINCT FROM $2", products, self._run_id
        )
        return int(counted)


def _products(rows: Iterable[asyncpg.Record]) -> Iterator[UUID]:
    return chain.from_iterable(row["product_ids"] for row in rows)
