"""GTIN that references of one run exchange, pass on or use again: planned as one set, whatever the order of rows and batches.

References of one file with one GTIN are one product's, and whoever gives his up to another one is no longer of that product:

- a GTIN that a product has stays its, and all who bring it join that product;
- one that no product has becomes that of the product of a known reference which brings it, where this gives up its own, nobody
  else gives that or brings it, and its first offer says so;
- else, where several products' references or a new one bring it, or where the old number of its reference is another's now, it
  makes a product of its own;
- else the reference stays with its product, which keeps its GTIN.

Which GTIN each of these products has in the end is kept beside the plan, so that no batch decides for a later one.
"""

from uuid import UUID

import asyncpg

from catalog_svc.bulk.columns import Layout
from catalog_svc.bulk.plan import OTHER_GTIN, SUMMARY, plan_table, settled_table, staging_table
from chassis.db import Connection

# Known offers whose GTIN changes, without those of which our SKU decides.
_MOVING = f"""
CREATE TEMP TABLE moving ON COMMIT DROP AS
SELECT p.row_no, p.offer_id, o.product_id AS held, x.gtin AS held_gtin, o.gtin AS before, s.gtin AS after, l.priority,
       'gtin' = ANY (x.locked_fields) AS locked
FROM {{plan}} p JOIN {{staging}} s USING (row_no) JOIN supplier_products o ON o.id = p.offer_id
JOIN products x ON x.id = o.product_id JOIN suppliers l ON l.id = o.supplier_id
WHERE p.kind = 2 AND {OTHER_GTIN}{{untied}}
"""
# They and the new rows that bring a GTIN which one of them brings or gives up.
_BRINGING = """
CREATE TEMP TABLE bringing ON COMMIT DROP AS
SELECT p.row_no, s.gtin, m.held, m.offer_id
FROM {plan} p JOIN {staging} s USING (row_no) LEFT JOIN moving m USING (row_no)
WHERE (m.row_no IS NOT NULL OR p.kind = 1{untied})
  AND s.gtin IN (SELECT after FROM moving UNION SELECT held_gtin FROM moving)
"""
# Those of these GTIN that no product has.
_FREE = """
CREATE TEMP TABLE free ON COMMIT DROP AS
SELECT DISTINCT b.gtin FROM bringing b LEFT JOIN products x ON x.gtin = b.gtin WHERE x.id IS NULL
"""
# The products these offers were of: whether nobody keeps their GTIN, and whose it becomes.
_HELD = """
CREATE TEMP TABLE held ON COMMIT DROP AS
SELECT h.held, h.held_gtin, h.passed_on,
       h.held_gtin IS NULL OR h.given_up AND NOT h.locked AND NOT h.passed_on
         AND NOT EXISTS (SELECT FROM supplier_products v WHERE v.product_id = h.held AND v.active AND v.gtin = h.held_gtin
                         AND NOT EXISTS (SELECT FROM moving w WHERE w.offer_id = v.id)) AS able
FROM (SELECT m.held, m.held_gtin, bool_or(m.before = m.held_gtin) IS TRUE AS given_up, bool_or(m.locked) AS locked,
             EXISTS (SELECT FROM bringing b WHERE b.gtin = m.held_gtin) AS passed_on
      FROM moving m GROUP BY m.held, m.held_gtin) h
"""
# The first GTIN that its offers say then, as survivorship takes it.
_CLAIMED = """
CREATE TEMP TABLE claimed ON COMMIT DROP AS
SELECT DISTINCT ON (held) held, gtin, offer_id
FROM (SELECT m.held, m.after AS gtin, m.priority, m.offer_id FROM moving m JOIN free f ON f.gtin = m.after
      UNION ALL
      SELECT v.product_id, v.gtin, l.priority, v.id FROM supplier_products v JOIN suppliers l ON l.id = v.supplier_id
      WHERE v.product_id IN (SELECT held FROM held WHERE able) AND v.active AND v.gtin IS NOT NULL
        AND NOT EXISTS (SELECT FROM moving w WHERE w.offer_id = v.id)) said
WHERE held IN (SELECT held FROM held WHERE able)
ORDER BY held, priority, offer_id
"""
_TARGETS = """
CREATE TEMP TABLE targets ON COMMIT DROP AS
SELECT b.gtin, c.held AS product_id,
       c.held IS NULL AND (count(*) FILTER (WHERE b.held IS NULL) > 0 OR count(DISTINCT b.held) > 1 OR bool_or(h.passed_on)
         OR bool_or(EXISTS (SELECT FROM bringing z WHERE z.gtin = k.gtin AND z.held IS DISTINCT FROM b.held))) AS creates,
       min(b.row_no) AS row_no
FROM bringing b JOIN free f ON f.gtin = b.gtin
LEFT JOIN held h ON h.held = b.held
LEFT JOIN claimed k ON k.held = b.held
LEFT JOIN (SELECT DISTINCT ON (gtin) gtin, held FROM claimed ORDER BY gtin, offer_id) c ON c.gtin = b.gtin
GROUP BY b.gtin, c.held
"""
_REPLAN = """
UPDATE {plan} p
SET product_id = coalesce(t.product_id, ($1 || lpad(to_hex(t.row_no), 8, '0'))::uuid), creates = t.creates AND t.row_no = p.row_no
FROM bringing b JOIN targets t USING (gtin)
WHERE p.row_no = b.row_no AND (t.product_id IS NOT NULL OR t.creates)
"""
_SETTLED = """
CREATE TABLE {settled} AS
SELECT h.held AS product_id,
       CASE WHEN t.product_id = h.held
              OR t.gtin IS NULL AND c.gtin IS NOT NULL AND NOT EXISTS (SELECT FROM products x WHERE x.gtin = c.gtin)
            THEN c.gtin ELSE h.held_gtin END AS gtin
FROM held h LEFT JOIN claimed c ON c.held = h.held LEFT JOIN targets t ON t.gtin = c.gtin
"""
_MADE = ("moving", "bringing", "free", "held", "claimed", "targets")

# Of whatever batch: one that comes later leans on them, too. New offers look for the product of their GTIN by themselves.
_REJOIN = """
UPDATE {plan} p SET product_id = x.id, creates = false
FROM {plan} c JOIN {staging} s ON s.row_no = c.row_no JOIN products x ON x.gtin = s.gtin
WHERE c.row_no BETWEEN $1 AND $2 AND c.creates AND NOT EXISTS (SELECT FROM products k WHERE k.id = c.product_id)
  AND p.product_id = c.product_id AND p.kind = 2
"""


async def rejoin(connection: Connection, run_id: UUID, rows: tuple[int, int]) -> None:
    """Let known offers join the product that somebody else has made meanwhile for the GTIN that theirs was to be made for."""
    await connection.execute(_REJOIN.format(plan=plan_table(run_id), staging=staging_table(run_id)), *rows)


async def summed(connection: Connection, run_id: UUID, layout: Layout, base: str) -> asyncpg.Record:
    """What a plan adds up to (`plan.SUMMARY`), once the rows with another GTIN are planned as one set.

    `base`: the 24 digits in front of the ids of created products. Where the run says our SKU, `tied` must be there, and goes.
    """
    summary = SUMMARY.format(plan=plan_table(run_id))
    found = await connection.fetchrow(summary)
    if found is not None and found["other_gtins"]:
        await _settle(connection, run_id, layout, base)
        found = await connection.fetchrow(summary)
    if layout.our_sku:
        await connection.execute("DROP TABLE tied")
    assert found is not None, "counts are always one row"
    return found


async def _settle(connection: Connection, run_id: UUID, layout: Layout, base: str) -> None:
    """Plan the rows of known references with another GTIN anew, and the new ones that have to do with them."""
    settled = settled_table(run_id)
    untied = " AND NOT EXISTS (SELECT FROM tied k WHERE k.row_no = p.row_no)" if layout.our_sku else ""
    words = {"plan": plan_table(run_id), "staging": staging_table(run_id), "settled": settled, "untied": untied}
    for statement in (_MOVING, _BRINGING, _FREE, _HELD, _CLAIMED, _TARGETS):
        await connection.execute(statement.format(**words))
    await connection.execute(_REPLAN.format(**words), base)
    await connection.execute(_SETTLED.format(**words))
    await connection.execute(f"CREATE UNIQUE INDEX ON {settled} (product_id)")
    await connection.execute(f"ANALYZE {settled}")
    await connection.execute(f"DROP TABLE {', '.join(_MADE)}")
