"""The rows of a plan as people read them: what would change, from what to what."""

from uuid import UUID

import asyncpg

from catalog_svc.bulk.our_skus import problems_table
from catalog_svc.bulk.plan import DIFFERS, DUPLICATE, TIED, VANISHED, plan_table, staging_table
from catalog_svc.bulk.repository import layout_of
from catalog_svc.bulk.shared_gtins import OTHERS, shared_table
from catalog_svc.fields.masks import DECIDED, Masks
from catalog_svc.fields.registry import REGISTRY
from chassis.db import Connection
from pm.catalog.v1 import bulk_pb2 as pb

# Offers that vanished stand in no row.
_OF_ROWS = f"p.row_no > $1 AND p.kind <> {VANISHED}"


async def list_rows(connection: Connection, run: asyncpg.Record, request: pb.ListPlanRowsRequest, limit: int) -> list[pb.PlanRow]:
    """Plan rows of one kind (0: all) in file order behind `after_row`; vanished offers by reference behind `after_ref`."""
    layout = layout_of(run)
    staged = "".join(f", {layout.value(field)}::text AS new_{field.code}" for field in layout.carried)
    staged += "".join(f", {values.shown_staged} AS new_{values.name}" for values in layout.sets)
    held = "".join(f", o.{field.offer_column}::text AS old_{field.code}" for field in layout.carried)
    held += "".join(f", {values.shown_held} AS old_{values.name}" for values in layout.sets)
    sku = layout.our_sku
    # Our SKU says of which product the offer is: another one than before.
    moved = f", {sku} AS new_product, (SELECT x.sku FROM products x WHERE x.id = o.product_id) AS old_product" if sku else ""
    title = "coalesce(s.title, o.title, '')" if "title" in run["columns"] else "coalesce(o.title, '')"
    vanished = request.kind == pb.PlanRow.KIND_VANISHED
    behind, order = ("o.supplier_ref > $1", "o.supplier_ref") if vanished else (_OF_ROWS, "p.row_no")
    words = ", ".join(f"p.{word}" for word in layout.masks.columns)
    rows = await connection.fetch(
        f"""
        SELECT CASE WHEN p.kind = {VANISHED} THEN 0 ELSE p.row_no END AS row_no, p.kind, {words}, p.creates,
               coalesce(s.ref, o.supplier_ref) AS ref,
               {title} AS title {staged} {held} {moved}
        FROM {plan_table(run["id"])} p
        LEFT JOIN {staging_table(run["id"])} s ON s.row_no = p.row_no
        LEFT JOIN supplier_products o ON o.id = p.offer_id
        WHERE {behind} AND ($2 = 0 OR p.kind = $2)
        ORDER BY {order} LIMIT $3""",
        request.after_ref if vanished else request.after_row,
        request.kind,
        limit,
    )
    return [_row(row, layout.masks) for row in rows]


def _row(row: asyncpg.Record, masks: Masks) -> pb.PlanRow:
    changed = masks.names(row) if row["kind"] == pb.PlanRow.KIND_UPDATE else []
    names = [*(name for name in changed if name in REGISTRY.by_code), *(["product"] if DECIDED in changed else [])]
    return pb.PlanRow(
        row_no=row["row_no"],
        kind=row["kind"],
        ref=row["ref"],
        title=row["title"],
        creates_product=row["creates"],
        differs=row["kind"] == DUPLICATE and row["mask"] & DIFFERS > 0,
        tied=row["kind"] == DUPLICATE and row["mask"] & TIED > 0,
        changes=[pb.FieldChange(field=name, before=row[f"old_{name}"], after=row[f"new_{name}"]) for name in names],
    )


async def list_our_sku_problems(connection: Connection, run_id: UUID, after_row: int, limit: int) -> list[pb.OurSkuProblem]:
    """Rows whose word about our SKU could not be followed, behind `after_row`, with the products it is about."""
    rows = await connection.fetch(
        f"""
        SELECT k.*, t.title AS sku_title, x.title AS gtin_title
        FROM {problems_table(run_id)} k
        LEFT JOIN products t ON t.id = k.by_sku LEFT JOIN products x ON x.id = k.by_gtin
        WHERE k.row_no > $1 ORDER BY k.row_no LIMIT $2""",
        after_row,
        limit,
    )
    return [_problem(row) for row in rows]


def _problem(row: asyncpg.Record) -> pb.OurSkuProblem:
    conflict = row["conflict"]
    return pb.OurSkuProblem(
        row_no=row["row_no"],
        ref=row["ref"],
        reason=pb.OurSkuProblem.REASON_CONFLICT if conflict else pb.OurSkuProblem.REASON_UNKNOWN,
        skipped=row["skipped"],
        our_sku=row["our_sku"],
        tied_sku=row["tied_sku"] or "",
        sku_product_id=str(row["by_sku"] or ""),
        sku_product_title=row["sku_title"] or "",
        gtin_product_id=str(row["by_gtin"] or "") if conflict else "",
        gtin_product_title=(row["gtin_title"] or "") if conflict else "",
    )


async def list_shared_gtins(connection: Connection, run_id: UUID, after_row: int, limit: int) -> list[pb.SharedGtin]:
    """Rows whose GTIN other references of the run have, too, behind `after_row`."""
    rows = await connection.fetch(
        f"SELECT * FROM {shared_table(run_id)} WHERE row_no > $1 ORDER BY row_no LIMIT $2", after_row, limit
    )
    return [_shared(row) for row in rows]


def _shared(row: asyncpg.Record) -> pb.SharedGtin:
    others = [ref for ref in row["refs"] if ref != row["ref"]][:OTHERS]
    return pb.SharedGtin(row_no=row["row_no"], ref=row["ref"], gtin=row["gtin"], references=row["number"], others=others)
