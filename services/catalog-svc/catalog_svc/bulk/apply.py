"""Applying one batch of a plan: a handful of set-based statements in one transaction."""

from dataclasses import dataclass
from uuid import UUID

import asyncpg

from catalog_svc.bulk.best import OFFERED, BatchBest, Refreshed, written_rows
from catalog_svc.bulk.columns import AMOUNTS, MOVING, Layout
from catalog_svc.bulk.errors import OrphanedOffer
from catalog_svc.bulk.plan import CONFLICT, CREATE, UPDATE, plan_table, settled_table, staging_table
from catalog_svc.bulk.planned import Planned
from catalog_svc.bulk.settling import rejoin
from catalog_svc.bulk.source import Source
from catalog_svc.bulk.vanishing import vanish
from catalog_svc.changes.repository import ChangeWriter, alike, joined
from catalog_svc.fields.masks import DECIDED, REACTIVATED
from catalog_svc.fields.registry import REGISTRY
from catalog_svc.history import images
from catalog_svc.history.merging import note_merged
from catalog_svc.history.models import CHANGED, MOVED
from chassis.db import Connection
from pm.catalog.v1.events_pb2 import Merge

MOST_MERGES = 1_000


@dataclass(frozen=True)
class Applied:
    """What one batch did. `reindex` are the products, beside those it created, whose search row may be out of date."""

    created: int
    updated: int
    conflict: int
    products_created: int
    products_changed: int
    reindex: list[UUID]
    # Fields of products that may hold something else now.
    fields: set[str]
    vanished: int
    # Products that are a part of others now: as many as an event names, the feed has all.
    merges: list[Merge]


class BatchApply:
    """Applies the plan rows of one range (first, last) on a connection inside a transaction.

    Most rows are simple, and are written without a look at other offers: they create their product, or they update the only offer
    of one. Only for the others survivorship is computed.
    """

    def __init__(self, connection: Connection, run: asyncpg.Record, layout: Layout, rows: tuple[int, int]) -> None:
        run_id, supplier_id = run["id"], run["supplier_id"]
        self._connection = connection
        self._run_id = run_id
        self._supplier_id = supplier_id
        self._layout = layout
        self._settled = settled_table(run_id) if run["settled"] else ""
        self._range = rows
        first, last = (UUID(run["product_base"] + format(row, "08x")) for row in rows)
        self._created_ids = (first, last)
        self._plan = plan_table(run_id)
        # The range stands on both sides of the join, so that both index scans stay range scans.
        self._rows = Source(
            f"{self._plan} p JOIN {staging_table(run_id)} s USING (row_no)",
            "p.row_no BETWEEN $1 AND $2 AND s.row_no BETWEEN $1 AND $2",
        )
        self._written = written_rows(run_id)
        # A product that lost the SKU since the plan was made is not the one that is meant: the row is a conflict.
        named = f"EXISTS (SELECT FROM products k WHERE k.id = p.product_id AND k.sku = {layout.our_sku})"
        self._decided = layout.masks.has([DECIDED])
        self._tied = f"(NOT {self._decided} OR {named})" if layout.our_sku and not layout.own_list else ""

    async def run(self) -> Applied:
        """All effects of the batch, in an order that references and survivorship need."""
        planned = await Planned.of(self._connection, self._plan, self._layout.masks, self._range)
        products_created = await self._insert_products() if planned.creating else 0
        if products_created < planned.creating and "gtin" in self._layout.columns:
            await rejoin(self._connection, self._run_id, self._range)
        created = await self._insert_offers() if planned.create else 0
        # Before the best offers of others are written, which is the order in which everybody locks.
        vanished, emptied = await vanish(self._connection, self._run_id, self._range) if planned.vanishing else (0, [])
        left = await self._products_left() if planned.update else []
        updated, changed = await self._update_offers() if planned.update else (0, set())
        conflict = planned.create + planned.update - created - updated
        all_created = products_created == planned.creating
        if conflict:
            await self._mark_conflicts()
            products_created -= await self._drop_products_without_offer()
        await self._write_sets()
        await self._prove_references(all_created)
        best = BatchBest(self._connection, self._run_id, self._layout.masks, self._range, settled=self._settled)
        if planned.creating:
            await best.insert_created()
        unnamed = await best.without_sku() if self._layout.own_list else []
        others, reindex = Refreshed([], [])
        only_amounts = planned.changed <= AMOUNTS and len(changed) == updated
        if unnamed or emptied or not only_amounts or planned.create > planned.creating or not all_created:
            others, reindex = await best.refresh_others([*left, *emptied, *unnamed], changed)
        named = await best.assign_skus(unnamed, changed) if unnamed else {}
        changed.update(emptied)
        await best.tell(joined(*others, *alike(named)), self._created_ids, all_created=all_created and not conflict)
        names = [field.code for field in self._layout.carried] if planned.create else planned.changed
        fields = (
            REGISTRY.shown(names)
            | (REGISTRY.joined if planned.create or vanished or DECIDED in planned.changed else frozenset())
            | ({"sku"} if named else set())
        )
        into = await note_merged(self._connection, left, run_id=self._run_id)
        await ChangeWriter(self._connection, run_id=self._run_id).note_merged(into)
        older = await best.count_older(changed)
        merges = [Merge(product_id=str(one), into_id=str(into[one])) for one in list(into)[:MOST_MERGES]]
        return Applied(created, updated, conflict, products_created, older, reindex, fields, vanished, merges)

    async def _insert_products(self) -> int:
        layout = self._layout
        values = {field.product_column: layout.value(field) for field in REGISTRY.golden}
        for field in REGISTRY.golden:
            if field.reference:
                values[field.product_column] = field.reference.id if field.code in layout.columns else "NULL::uuid"
            elif field.required:
                values[field.product_column] = f"coalesce({layout.value(field)}, '')"
        if layout.our_sku:
            # An article of our own whose GTIN is that of another one goes without.
            values["gtin"] = f"CASE WHEN NOT {self._decided} THEN {values['gtin']} END"
        values |= {"winning_offer_id": "p.offer_id", "run_created": "$3"} | ({"sku": "s.ref"} if layout.own_list else {})
        found = [
            field.reference.join(layout.value(field))
            for field in REGISTRY.golden
            if field.reference and field.code in layout.columns
        ]
        return _count(
            await self._connection.execute(
                f"""
                INSERT INTO products (id, {", ".join(values)}) SELECT p.product_id, {", ".join(values.values())}
                FROM {self._rows.join(*found).that("p.creates")} ORDER BY p.row_no
                ON CONFLICT DO NOTHING""",
                *self._range,
                self._run_id,
            )
        )

    async def _insert_offers(self) -> int:
        """New offers. One that a person added since the plan was made is left alone and becomes a conflict.

        A product that somebody else created for the same GTIN, or SKU, meanwhile is joined instead of ours.
        """
        carried = self._layout.carried
        columns = ", ".join(field.offer_column for field in carried)
        values = ", ".join(self._layout.value(field) for field in carried)
        rows, others = self._rows.that(f"p.kind = {CREATE}", self._tied), []
        if self._layout.own_list:
            rows = rows.join("LEFT JOIN products k ON k.sku = s.ref")
            others.append("k.id")
        if "gtin" in self._layout.columns:
            rows = rows.join("LEFT JOIN products x ON x.gtin = s.gtin")
            others.append(f"CASE WHEN NOT {self._decided} THEN x.id END" if self._layout.our_sku else "x.id")
        product = f"coalesce({', '.join([*others, 'p.product_id'])})"
        return _count(
            await self._connection.execute(
                f"""
                INSERT INTO supplier_products (id, supplier_id, supplier_ref, product_id, run_id, file_row {_comma(columns)})
                SELECT p.offer_id, $4, s.ref, {product}, $3, p.row_no {_comma(values)}
                FROM {rows} ORDER BY p.row_no
                ON CONFLICT DO NOTHING""",
                *self._range,
                self._run_id,
                self._supplier_id,
            )
        )

    async def _update_offers(self) -> tuple[int, set[UUID]]:
        """Changed offers that still have the version they were planned on; what they held before goes to the change log.

        A product's best offer follows in the same statement where it is the only one: that locks its row, and finds it
        only as long as no second offer has joined. Returns how many offers were updated and the products that say something else.

        The old row is joined beside the one that is updated: before PostgreSQL 18 RETURNING knows only the new values.
        """
        carried = self._layout.carried
        masks = self._layout.masks
        assignments = "".join(f"{field.offer_column} = {self._layout.value(field)}, " for field in carried)
        old = "".join(f", old.{field.offer_column}" for field in carried)
        held = images.of_offer("written", (field.code for field in carried))
        held += [(staged.name, images.of_set(staged.values, "written.id")) for staged in self._layout.sets]
        held.append((images.ACTIVE, "false"))
        kind = str(CHANGED)
        if "gtin" in self._layout.columns or self._layout.our_sku:
            held.append((images.PRODUCT_ID, "old_product_id"))
            kind = f"CASE WHEN old_product_id = new_product_id THEN {CHANGED} ELSE {MOVED} END"
        beside = [(name, f"written.{name}") for name in images.STATES]
        fields, before = images.names((name for name, _ in held), self._told), images.image([*held, *beside], self._told)
        words = ", ".join(f"p.{word}" for word in masks.columns)
        rows = self._rows.join("JOIN supplier_products old ON old.id = p.offer_id").that(
            f"p.kind = {UPDATE} AND o.id = p.offer_id AND o.version = p.offer_version", self._tied
        )
        row = await self._connection.fetchrow(
            f"""
            WITH written AS (
              UPDATE supplier_products o
              SET {assignments} product_id = p.product_id, active = o.exclude_time IS NULL, vanish_time = NULL,
                  vanish_run_id = NULL, run_id = $3, file_row = p.row_no, update_time = now(), version = o.version + 1
              FROM {rows}
              RETURNING old.product_id AS old_product_id, old.exclude_time, old.vanish_time, old.vanish_run_id, o.id,
                        {words} {old}, o.product_id AS new_product_id, {OFFERED}
            ),
            logged AS (
              INSERT INTO change_log (product_id, offer_id, run_id, kind, fields, before)
              SELECT old_product_id, id, $3, {kind}, {fields}, {before} FROM written
            ),
            best AS (
              UPDATE product_best b SET price = w.new_price, currency = w.new_currency, stock = w.new_stock
              FROM written w
              WHERE b.product_id = w.new_product_id AND b.offer_id = w.id AND b.offer_count = 1
                AND (b.price, b.currency, b.stock) IS DISTINCT FROM (w.new_price, w.new_currency, w.new_stock)
              RETURNING b.product_id
            )
            SELECT (SELECT count(*) FROM written)::int AS updated, ARRAY(SELECT product_id FROM best) AS changed""",
            *self._range,
            self._run_id,
        )
        return row["updated"], set(row["changed"])

    def _told(self, code: str) -> str:
        """SQL of whether the log tells of this field of a row that was `written`."""
        if code == images.PRODUCT_ID:
            return "old_product_id <> new_product_id"
        return self._layout.masks.has([REACTIVATED if code in (images.ACTIVE, *images.STATES) else code], "written")

    async def _write_sets(self) -> None:
        """Prices and stocks of the offers this run wrote; a feed that carries none pays nothing."""
        for values in self._layout.sets:
            changes = f"p.kind = {UPDATE} AND {self._layout.masks.has([values.name])}"
            await self._connection.execute(values.delete(self._rows.that(changes)), *self._range)
            written = self._rows.that(f"(p.kind = {CREATE} OR {changes})")
            await self._connection.execute(values.insert(written), *self._range)

    async def _mark_conflicts(self) -> None:
        """Rows whose offer is not what this run wrote moved between plan and apply: they are listed, not forced."""
        await self._connection.execute(
            f"""
            UPDATE {self._plan} p SET kind = {CONFLICT}
            WHERE p.row_no BETWEEN $1 AND $2 AND p.kind IN ({CREATE}, {UPDATE})
              AND NOT EXISTS (SELECT FROM supplier_products o WHERE o.id = p.offer_id AND o.run_id = $3
                              AND o.file_row = p.row_no)""",
            *self._range,
            self._run_id,
        )

    async def _products_left(self) -> list[UUID]:
        """Products that lose an offer of this batch because its barcode became another product's, or our SKU is."""
        if "gtin" not in self._layout.columns and not self._layout.our_sku:
            return []
        rows = await self._connection.fetch(
            f"""
            SELECT DISTINCT o.product_id FROM {self._written} AND p.kind = {UPDATE} AND {self._layout.masks.has(MOVING)}
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
                                  WHERE q.product_id = x.id AND q.kind IN ({CREATE}, {UPDATE}) AND q.row_no > $2)""",
                *self._range,
                self._run_id,
            )
        )

    async def _prove_references(self, all_created: bool) -> None:
        """What a foreign key would check row by row, as one set: no offer of this batch is without its product.

        Where every product that the batch was to create was created, the offers that lean on these need no proof.
        """
        created = "AND NOT p.creates" if all_created else ""
        leaning = f"(p.kind = {CREATE} {created} OR p.kind = {UPDATE} AND {self._layout.masks.has(MOVING)})"
        written = self._written.join("LEFT JOIN products x ON x.id = o.product_id").that(leaning, "x.id IS NULL")
        leaning_on_none = f"SELECT o.id FROM {written} LIMIT 1"
        orphan = await self._connection.fetchval(leaning_on_none, *self._range)
        if orphan is not None:
            raise OrphanedOffer(orphan)


def _count(status: str) -> int:
    """The number of rows in a command's tag, such as `INSERT 0 12`."""
    return int(status.rsplit(" ", 1)[-1])


def _comma(columns: str) -> str:
    return f", {columns}" if columns else ""
