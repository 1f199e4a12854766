"""Offers that a whole list of their supplier no longer has: they stay, and count no longer until a list has them again."""

from uuid import UUID

from catalog_svc.bulk.plan import VANISHED, plan_table
from catalog_svc.history import images
from catalog_svc.history.models import CHANGED
from chassis.db import Connection

_VANISH = f"""
WITH gone AS (
  UPDATE supplier_products o
  SET active = false, vanish_time = now(), vanish_run_id = $3, update_time = now(), version = o.version + 1
  FROM {{plan}} p
  WHERE p.row_no BETWEEN $1 AND $2 AND p.kind = {VANISHED} AND o.id = p.offer_id AND o.version = p.offer_version
    AND (o.active OR o.exclude_time IS NOT NULL AND o.vanish_time IS NULL)
  RETURNING o.id, o.product_id, o.exclude_time
),
logged AS (
  INSERT INTO change_log (product_id, offer_id, run_id, kind, fields, before)
  SELECT product_id, id, $3, {CHANGED}, ARRAY['{images.ACTIVE}'],
         jsonb_strip_nulls(jsonb_build_object('{images.ACTIVE}', exclude_time IS NULL, '{images.EXCLUDE_TIME}', exclude_time))
  FROM gone
)
SELECT count(*)::int AS vanished, array_agg(DISTINCT product_id) AS products FROM gone
"""


async def vanish(connection: Connection, run_id: UUID, rows: tuple[int, int]) -> tuple[int, list[UUID]]:
    """Let those of a range of the plan vanish, but for those that somebody changed since it was made.

    Returns how many they are, and their products, which are to be refreshed.
    """
    row = await connection.fetchrow(_VANISH.format(plan=plan_table(run_id)), *rows, run_id)
    assert row is not None, "counts are always one row"
    return row["vanished"], row["products"] or []
