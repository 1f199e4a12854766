"""Applying one batch of a plan: a handful of set-based statements in one transaction."""

from dataclasses import dataclass
from uuid import UUID

from catalog_svc.bulk.columns import BIT, GOLDEN_MASK, VALUES, Layout
from catalog_svc.bulk.errors import OrphanedOffer
from catalog_svc.bulk.plan import CONFLICT, CREATE, UPDATE, plan_table, staging_table
from catalog_svc.products.golden import lock_products, refresh_best, refresh_golden, refresh_search
from catalog_svc.taxonomy.tree import grow
from chassis.db import Connection


@dataclass(frozen=True)
class Applied:
    """What one batch did."""

    created: int
    updated: int
    conflict: int
    products_created: int
    products_changed: int


async def create_taxonomy(connection: Connection, run_id: UUID, layout: Layout) -> None:
    """Create the brands and categories that the run's rows name for the first time, in the first row's spelling."""
    rows = f"{plan_table(run_id)} p JOIN {staging_table(run_id)} s USING (row_no) WHERE p.kind IN ({CREATE}, {UPDATE})"
    if "brand" in layout.columns:
        await connection.execute(f"""
            INSERT INTO brands (id, name) SELECT uuidv7(), (array_agg(s.brand ORDER BY p.row_no))[1]
            FROM {rows} AND s.brand IS NOT NULL GROUP BY lower(s.brand) ORDER BY lower(s.brand)
            ON CONFLICT DO NOTHING""")
    if "category" in layout.columns:
        named = f"SELECT s.category AS path, min(p.row_no) AS position FROM {rows} AND s.category IS NOT NULL GROUP BY 1"
        await grow(connection, named)


class BatchApply:
    """Applies the plan rows of one range (first, last) on a connection inside a transaction."""

    def __init__(self, connection: Connection, run_id: UUID, supplier_id: UUID, layout: Layout, rows: tuple[int, int]) -> None:
        self._connection = connection
        self._run_id = run_id
        self._supplier_id = supplier_id
        self._layout = layout
        self._range = rows
        self._plan = plan_table(run_id)
        # The range stands on both sides of the join, so that both index scans stay range scans.
        self._rows = (
            f"{self._plan} p JOIN {staging_table(run_id)} s USING (row_no)"
            " WHERE p.row_no BETWEEN $1 AND $2 AND s.row_no BETWEEN $1 AND $2"
        )

    async def run(self) -> Applied:
        """All effects of the batch, in an order that foreign keys and survivorship need."""
        products_created = await self._insert_products()
        created = await self._insert_offers()
        left = await self._products_left()
        updated = await self._update_offers()
        conflict = await self._mark_conflicts()
        await self._write_sets()
        products_created -= await self._drop_products_without_offer() if conflict else 0
        await self._prove_references()
        changed = await self._refresh_products(left)
        return Applied(created, updated, conflict, products_created, changed)

    async def _insert_products(self) -> int:
        layout = self._layout
        brand = "LEFT JOIN brands b ON lower(b.name) = lower(s.brand)" if "brand" in layout.columns else ""
        category = "LEFT JOIN category_paths c ON lower(c.path) = lower(s.category)" if "category" in layout.columns else ""
        texts = {column.name: layout.value(column) for column in VALUES if column.golden}
        rows = self._rows.replace(" WHERE ", f" {brand} {category} WHERE ", 1)
        return _count(
            await self._connection.execute(
                f"""
                INSERT INTO products (id, gtin, title, description, mpn, image_url, brand_id, category_id, winning_offer_id,
                                      run_created)
                SELECT p.product_id, {texts["gtin"]}, coalesce({texts["title"]}, ''), {texts["description"]}, {texts["mpn"]},
                       {texts["image_url"]}, {"b.id" if brand else "NULL"}, {"c.category_id" if category else "NULL"},
                       p.offer_id, $3
                FROM {rows} AND p.creates ORDER BY p.row_no
                ON CONFLICT DO NOTHING""",
                *self._range,
                self._run_id,
            )
        )

    async def _insert_offers(self) -> int:
        """New offers. One that a person added since the plan was made is left alone and becomes a conflict.

        A product that somebody else created for the same GTIN meanwhile is joined instead of ours.
        """
        carried = self._layout.carried
        columns = ", ".join(column.target for column in carried)
        values = ", ".join(self._layout.value(column) for column in carried)
        by_gtin = "gtin" in self._layout.columns
        product = "coalesce(x.id, p.product_id)" if by_gtin else "p.product_id"
        rows = self._rows.replace(" WHERE ", " LEFT JOIN products x ON x.gtin = s.gtin WHERE ", 1) if by_gtin else self._rows
        return _count(
            await self._connection.execute(
                f"""
                INSERT INTO supplier_products (id, supplier_id, supplier_ref, product_id, run_id, file_row {_comma(columns)})
                SELECT p.offer_id, $4, s.ref, {product}, $3, p.row_no {_comma(values)}
                FROM {rows} AND p.kind = {CREATE} ORDER BY p.row_no
                ON CONFLICT DO NOTHING""",
                *self._range,
                self._run_id,
                self._supplier_id,
            )
        )

    async def _update_offers(self) -> int:
        """Changed offers that still have the version they were planned on; what they held before goes to the change log."""
        carried = self._layout.carried
        assignments = "".join(f"{column.target} = {self._layout.value(column)}, " for column in carried)
        held = {column.name: f"{column.target}::text" for column in carried}
        held |= {values.name: values.shown("held.id") for values in self._layout.sets}
        before = " || ".join(
            f"CASE WHEN mask & {BIT[name]} <> 0 THEN jsonb_build_object('{name}', coalesce({value}, '')) ELSE '{{}}' END"
            for name, value in held.items()
        )
        fields = ", ".join(f"CASE WHEN mask & {BIT[name]} <> 0 THEN '{name}' END" for name in held)
        await self._connection.execute(
            f"""
            WITH held AS MATERIALIZED (
              SELECT o.*, p.mask FROM {self._plan} p JOIN supplier_products o ON o.id = p.offer_id
              WHERE p.row_no BETWEEN $1 AND $2 AND p.kind = {UPDATE} AND o.version = p.offer_version
              ORDER BY o.id FOR UPDATE OF o
            )
            INSERT INTO change_log (product_id, offer_id, run_id, fields, before)
            SELECT product_id, id, $3, array_remove(ARRAY[{fields}]::text[], NULL), {before or "'{}'::jsonb"} FROM held""",
            *self._range,
            self._run_id,
        )
        return _count(
            await self._connection.execute(
                f"""
                UPDATE supplier_products o
                SET {assignments} product_id = p.product_id, active = true, run_id = $3, file_row = p.row_no,
                    update_time = now(), version = o.version + 1
                FROM {self._rows} AND p.kind = {UPDATE} AND o.id = p.offer_id AND o.version = p.offer_version""",
                *self._range,
                self._run_id,
            )
        )

    async def _write_sets(self) -> None:
        """Prices and stocks of the offers this run wrote; a feed that carries none pays nothing."""
        for values in self._layout.sets:
            changed = f"{self._rows} AND p.kind = {UPDATE} AND p.mask & {BIT[values.name]} <> 0"
            await self._connection.execute(values.delete(changed), *self._range)
            written = f"{self._rows} AND (p.kind = {CREATE} OR p.kind = {UPDATE} AND p.mask & {BIT[values.name]} <> 0)"
            await self._connection.execute(values.insert(written), *self._range)

    async def _mark_conflicts(self) -> int:
        """Rows whose offer is not what this run wrote moved between plan and apply: they are listed, not forced."""
        return _count(
            await self._connection.execute(
                f"""
                UPDATE {self._plan} p SET kind = {CONFLICT}
                WHERE p.row_no BETWEEN $1 AND $2 AND p.kind IN ({CREATE}, {UPDATE})
                  AND NOT EXISTS (SELECT FROM supplier_products o WHERE o.id = p.offer_id AND o.run_id = $3
                                  AND o.file_row = p.row_no)""",
                *self._range,
                self._run_id,
            )
        )

    async def _products_left(self) -> list[UUID]:
        """Products that lose an offer of this batch because its barcode became another product's."""
        rows = await self._connection.fetch(
            f"""
            SELECT DISTINCT o.product_id FROM {self._plan} p JOIN supplier_products o ON o.id = p.offer_id
            WHERE p.row_no BETWEEN $1 AND $2 AND p.kind = {UPDATE} AND p.mask & {BIT["gtin"]} <> 0
              AND o.version = p.offer_version AND o.product_id <> p.product_id""",
            *self._range,
        )
        return [row["product_id"] for row in rows]

    async def _drop_products_without_offer(self) -> int:
        """Products made for a row that then was a conflict, unless a later row of the plan joins them."""
        return _count(
            await self._connection.execute(
                f"""
                DELETE FROM products x USING {self._plan} p
                WHERE p.row_no BETWEEN $1 AND $2 AND p.kind = {CONFLICT} AND p.creates AND x.id = p.product_id
                  AND x.run_created = $3 AND NOT EXISTS (SELECT FROM supplier_products o WHERE o.product_id = x.id)
                  AND NOT EXISTS (SELECT FROM {self._plan} q
                                  WHERE q.product_id = x.id AND q.kind = {CREATE} AND q.row_no > $2)""",
                *self._range,
                self._run_id,
            )
        )

    async def _prove_references(self) -> None:
        """What a foreign key would check row by row, as one set: no offer of this batch is without its product."""
        orphan = await self._connection.fetchval(
            f"""
            SELECT o.id FROM {self._plan} p JOIN supplier_products o ON o.id = p.offer_id
            LEFT JOIN products x ON x.id = o.product_id
            WHERE p.row_no BETWEEN $1 AND $2 AND p.kind IN ({CREATE}, {UPDATE}) AND x.id IS NULL LIMIT 1""",
            *self._range,
        )
        if orphan is not None:
            raise OrphanedOffer(orphan)

    async def _refresh_products(self, left: list[UUID]) -> int:
        """Recompute what follows from the offers, for the products this batch touched and no others."""
        written = (
            f"FROM {self._plan} p JOIN supplier_products o ON o.id = p.offer_id"
            f" WHERE p.row_no BETWEEN $1 AND $2 AND p.kind IN ({CREATE}, {UPDATE})"
        )
        not_ours = "(NOT p.creates OR o.product_id <> p.product_id)"
        joined = f"SELECT o.product_id {written} AND {not_ours} UNION SELECT unnest($3::uuid[])"
        await lock_products(self._connection, joined, *self._range, left)
        # Who wins can only change where there is more than one offer; what the winner says, only with its golden fields.
        golden = (
            f"SELECT DISTINCT o.product_id {written} AND {not_ours}"
            f" AND (p.kind = {CREATE} OR p.mask & {GOLDEN_MASK} <> 0"
            " OR EXISTS (SELECT FROM product_best b WHERE b.product_id = o.product_id AND b.offer_count > 1))"
            " UNION SELECT unnest($3::uuid[])"
        )
        changed = await refresh_golden(self._connection, golden, *self._range, left, run_id=self._run_id)
        best = f"SELECT DISTINCT o.product_id {written} UNION SELECT unnest($3::uuid[])"
        offered = await refresh_best(self._connection, best, *self._range, left)
        search = f"SELECT o.product_id {written} AND p.kind = {CREATE} UNION SELECT unnest($3::uuid[])"
        await refresh_search(self._connection, search, *self._range, [*changed, *left])
        return await self._count_older({*changed, *offered})

    async def _count_older(self, products: set[UUID]) -> int:
        """How many of these products this run did not create itself."""
        counted = await self._connection.fetchval(
            "SELECT count(*)::int FROM products WHERE id = ANY ($1) AND run_created IS DISTINCT FROM $2", products, self._run_id
        )
        return int(counted)


def _count(status: str) -> int:
    """The number of rows in a command's tag, such as `INSERT 0 12`."""
    return int(status.rsplit(" ", 1)[-1])


def _comma(columns: str) -> str:
    return f", {columns}" if columns else ""
