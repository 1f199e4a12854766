"""One GTIN at several references of one run: pack sizes of one article, or a code that was copied down the column.

They are joined by the GTIN, as offers of several suppliers are, and each such row is told.
"""

from uuid import UUID

from catalog_svc.bulk.columns import Layout
from chassis.db import Connection

# As many others as a person reads beside a row.
OTHERS = 5
# Repeated references have their GTIN several times, too: they are sorted out of these few.
_REPEATED = """
CREATE TEMP TABLE repeated_gtins ON COMMIT DROP AS
SELECT gtin FROM {staging} WHERE gtin IS NOT NULL GROUP BY gtin HAVING count(*) > 1
"""
_KEPT = f"""
CREATE TABLE {{shared}} AS
WITH sharing AS MATERIALIZED (
  SELECT s.row_no, s.ref, s.gtin{{decided}} FROM {{staging}} s{{tied}}
  WHERE s.gtin IN (SELECT gtin FROM repeated_gtins)
    AND NOT EXISTS (SELECT FROM {{plan}} d WHERE d.kind = 3 AND d.row_no = s.row_no){{joined}}
)
SELECT r.row_no, r.ref, r.gtin, g.number, g.refs FROM sharing r
JOIN (SELECT gtin, count(*)::int AS number, (array_agg(ref ORDER BY row_no))[:{OTHERS + 1}] AS refs
      FROM sharing GROUP BY gtin HAVING count(*) > 1{{guessed}}) g USING (gtin)
"""


def shared_table(run_id: UUID) -> str:
    return f"staging.gtins_{run_id.hex}"


async def find(connection: Connection, run_id: UUID, layout: Layout, tables: tuple[str, str]) -> None:
    """Keep the rows whose GTIN other references of the run have, too; `repeated_gtins` holds every GTIN of several rows.

    `tables` are staging and the plan, which knows the duplicates. Where the run says our SKU, `tied` must be there: what it
    decides about all rows of a GTIN is no doubt.
    """
    staging, plan = tables
    shared = shared_table(run_id)
    await connection.execute(f"DROP TABLE IF EXISTS {shared}")
    await connection.execute(_REPEATED.format(staging=staging))
    # Else large tables are sorted to look for these few.
    await connection.execute("ANALYZE repeated_gtins")
    decided = tied = joined = guessed = ""
    if layout.our_sku:
        decided, tied = ", k.decided", " LEFT JOIN tied k ON k.row_no = s.row_no"
        joined, guessed = " AND k.skipped IS NOT TRUE AND k.apart IS NOT TRUE", " AND bool_or(decided IS NULL)"
    words = {"decided": decided, "tied": tied, "joined": joined, "guessed": guessed}
    await connection.execute(_KEPT.format(shared=shared, staging=staging, plan=plan, **words))


async def count_shared(connection: Connection, run_id: UUID) -> int:
    """How many rows `find` has kept."""
    return int(await connection.fetchval(f"SELECT count(*) FROM {shared_table(run_id)}"))
