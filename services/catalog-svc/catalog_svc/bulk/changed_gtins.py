"""Known offers whose GTIN a run changes, and what becomes of their products."""

from uuid import UUID

from catalog_svc.bulk.plan import CHANGED_GTINS, EXCHANGED_GTINS, plan_table, staging_table
from catalog_svc.products.changed_gtins import of_rows
from chassis.db import Connection
from pm.catalog.v1 import bulk_pb2 as pb


def _of(statement: str, run_id: UUID) -> str:
    return statement.format(plan=plan_table(run_id), staging=staging_table(run_id))


async def count(connection: Connection, run_id: UUID) -> int:
    """In how many rows of a plan a known offer has another GTIN than before."""
    return int(await connection.fetchval(f"SELECT count(*) FROM ({_of(CHANGED_GTINS, run_id)}) c"))


async def list_changed(connection: Connection, run_id: UUID, after_row: int, limit: int) -> list[pb.ChangedGtin]:
    """These rows, behind `after_row`, before they are applied."""
    rows = await of_rows(connection, _of(CHANGED_GTINS, run_id), _of(EXCHANGED_GTINS, run_id), after_row, limit)
    return [
        pb.ChangedGtin(
            row_no=row.row_no,
            ref=row.ref,
            before=row.before,
            after=row.after,
            product_id=str(row.product_id),
            product_title=row.title,
            product_gtin=row.held or "",
            other_product_id=str(row.other_id or ""),
            other_product_title=row.other_title or "",
            other_supplier=row.supplier or "",
            other_ref=row.supplier_ref or "",
            exchanged_ref=row.exchanged or "",
        )
        for row in rows
    ]
