"""The rows of a plan as people read them: what would change, from what to what."""

import asyncpg

from catalog_svc.bulk.columns import names_of
from catalog_svc.bulk.plan import plan_table, staging_table
from catalog_svc.bulk.repository import layout_of
from chassis.db import Connection
from pm.catalog.v1 import bulk_pb2 as pb


async def list_rows(connection: Connection, run: asyncpg.Record, request: pb.ListPlanRowsRequest, limit: int) -> list[pb.PlanRow]:
    """Plan rows of one kind (0: all) in file order behind `after_row`; vanished offers by reference behind `after_ref`."""
    layout = layout_of(run)
    staged = "".join(f", {layout.value(column)}::text AS new_{column.name}" for column in layout.carried)
    staged += "".join(f", {values.shown_staged} AS new_{values.name}" for values in layout.sets)
    held = "".join(f", o.{column.target}::text AS old_{column.name}" for column in layout.carried)
    held += "".join(f", {values.shown_held} AS old_{values.name}" for values in layout.sets)
    title = "coalesce(s.title, o.title, '')" if "title" in run["columns"] else "coalesce(o.title, '')"
    vanished = request.kind == pb.PlanRow.KIND_VANISHED
    behind, order = ("o.supplier_ref > $1", "o.supplier_ref") if vanished else ("p.row_no > $1", "p.row_no")
    rows = await connection.fetch(
        f"""
        SELECT coalesce(p.row_no, 0) AS row_no, p.kind, p.mask, p.creates, coalesce(s.ref, o.supplier_ref) AS ref,
               {title} AS title {staged} {held}
        FROM {plan_table(run["id"])} p
        LEFT JOIN {staging_table(run["id"])} s ON s.row_no = p.row_no
        LEFT JOIN supplier_products o ON o.id = p.offer_id
        WHERE {behind} AND ($2 = 0 OR p.kind = $2)
        ORDER BY {order} LIMIT $3""",
        request.after_ref if vanished else request.after_row,
        request.kind,
        limit,
    )
    return [_row(row) for row in rows]


def _row(row: asyncpg.Record) -> pb.PlanRow:
    changed = row["mask"] if row["kind"] == pb.PlanRow.KIND_UPDATE else 0
    return pb.PlanRow(
        row_no=row["row_no"],
        kind=row["kind"],
        ref=row["ref"],
        title=row["title"],
        creates_product=row["creates"],
        differs=row["kind"] == pb.PlanRow.KIND_DUPLICATE and row["mask"] > 0,
        changes=[pb.FieldChange(field=name, before=row[f"old_{name}"], after=row[f"new_{name}"]) for name in names_of(changed)],
    )
