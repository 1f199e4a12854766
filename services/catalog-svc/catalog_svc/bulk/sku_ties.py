"""References of suppliers that the shop's own list ties to our SKUs: (supplier's name, his reference) -> our SKU.

The run of the own list keeps what its rows say in a logged table when it is planned, and writes it down when it is finished. The
run of a supplier finds its ties when it is planned and keeps them likewise; where nothing of the supplier is tied it pays one
question.
"""

from uuid import UUID

from chassis.db import Connection
from pm.catalog.v1 import bulk_pb2 as pb

_OWN_LIST = "(SELECT id FROM suppliers WHERE own_list)"
_HAS = f"""
SELECT EXISTS (SELECT FROM sku_ties t WHERE t.list_id = {_OWN_LIST}
               AND t.supplier = (SELECT lower(name) FROM suppliers WHERE id = $1 AND NOT own_list))
"""
_DESCRIBED = f"""
SELECT n.name, coalesce(s.own_list, false) AS own_list,
       EXISTS (SELECT FROM sku_ties t WHERE t.list_id = {_OWN_LIST} AND t.supplier = lower(n.name)) AS tied
FROM unnest($1::text[]) WITH ORDINALITY n (name, place) LEFT JOIN suppliers s ON lower(s.name) = lower(n.name)
ORDER BY n.place
"""
_FOUND = f"""
CREATE TABLE {{ties}} AS
SELECT s.row_no, t.sku AS our_sku FROM {{staging}} s JOIN sku_ties t ON t.ref = s.ref
WHERE t.list_id = {_OWN_LIST} AND t.supplier = (SELECT lower(name) FROM suppliers WHERE id = $1)
"""
# Every row, because an article without a tie takes back those it had. One reference that is tied to several SKUs is tied to none.
_DECLARED = """
CREATE TABLE {ties} AS
WITH said AS (
  SELECT row_no, ref AS sku, CASE WHEN tie_ref IS NOT NULL THEN lower(tie_supplier) END AS supplier,
         CASE WHEN tie_supplier IS NOT NULL THEN tie_ref END AS ref FROM {staging}
),
several AS (SELECT supplier, ref FROM said WHERE ref IS NOT NULL GROUP BY 1, 2 HAVING count(DISTINCT sku) > 1)
SELECT s.*, v.ref IS NOT NULL AS several FROM said s LEFT JOIN several v ON v.supplier = s.supplier AND v.ref = s.ref
"""
_KNOWN = "SELECT DISTINCT supplier, ref, sku FROM {ties} WHERE ref IS NOT NULL AND NOT several"
_GONE = """
t.list_id = $1 AND t.sku IN (SELECT sku FROM {ties})
  AND NOT EXISTS (SELECT FROM {ties} y WHERE y.supplier = t.supplier AND y.ref = t.ref AND NOT y.several)
"""
# What becomes of the ties there are; and the offers that are of another product than that of the article after this run.
_COUNTS = f"""
WITH said AS MATERIALIZED ({_KNOWN}),
counted AS (
SELECT count(*) FILTER (WHERE t.sku IS NULL)::int AS ties_added,
       count(*) FILTER (WHERE t.sku <> y.sku)::int AS ties_changed,
       (SELECT count(*) FROM sku_ties t WHERE {_GONE})::int AS ties_removed,
       count(*) FILTER (WHERE t.sku = y.sku)::int AS ties_unchanged,
       (SELECT count(*) FROM said w JOIN suppliers l ON lower(l.name) = w.supplier AND NOT l.own_list
        JOIN supplier_products v ON v.supplier_id = l.id AND v.supplier_ref = w.ref AND v.active
        JOIN (SELECT s.ref, coalesce(p.product_id, o.product_id) AS product_id FROM {{staging}} s
              LEFT JOIN {{plan}} p ON p.row_no = s.row_no
              LEFT JOIN supplier_products o ON o.supplier_id = $1 AND o.supplier_ref = s.ref
              WHERE p.kind IS DISTINCT FROM 3) a ON a.ref = w.sku
        WHERE v.product_id IS DISTINCT FROM a.product_id)::int AS ties_waiting,
       (SELECT count(*) FROM {{told}})::int AS ties_told
FROM said y LEFT JOIN sku_ties t ON t.list_id = $1 AND t.supplier = y.supplier AND t.ref = y.ref
)
UPDATE runs r SET (ties_added, ties_changed, ties_removed, ties_unchanged, ties_waiting, ties_told) = (SELECT * FROM counted)
WHERE r.id = $2
"""
_TOLD = f"""
CREATE TABLE {{told}} AS
WITH named AS MATERIALIZED (
  SELECT n.supplier, l.id AS supplier_id, EXISTS (SELECT FROM supplier_products w WHERE w.supplier_id = l.id) AS known
  FROM (SELECT DISTINCT supplier FROM {{ties}} WHERE ref IS NOT NULL) n LEFT JOIN suppliers l ON lower(l.name) = n.supplier
),
found AS (
  SELECT y.row_no, y.sku, y.supplier, y.ref, {pb.TieProblem.REASON_SEVERAL_SKUS} AS reason, 1 AS rows FROM {{ties}} y
  WHERE y.several
  UNION ALL
  SELECT y.row_no, y.sku, y.supplier, y.ref, {pb.TieProblem.REASON_REF_UNKNOWN}, 1
  FROM {{ties}} y JOIN named n ON n.supplier = y.supplier AND n.known
  WHERE NOT y.several
    AND NOT EXISTS (SELECT FROM supplier_products w WHERE w.supplier_id = n.supplier_id AND w.supplier_ref = y.ref)
  UNION ALL
  SELECT min(y.row_no), NULL, n.supplier, NULL, {pb.TieProblem.REASON_SUPPLIER_UNKNOWN}, count(*)::int
  FROM {{ties}} y JOIN named n ON n.supplier = y.supplier AND NOT n.known WHERE NOT y.several GROUP BY n.supplier
)
SELECT f.row_no, s.ref AS sku, s.tie_supplier AS supplier, s.tie_ref AS ref, f.reason, f.rows
FROM found f JOIN {{staging}} s USING (row_no)
"""
_TAKE_BACK = f"DELETE FROM sku_ties t WHERE {_GONE} RETURNING t.supplier"
_WRITE = f"""
INSERT INTO sku_ties AS t (list_id, supplier, ref, sku) SELECT $1, supplier, ref, sku FROM ({_KNOWN}) y
ON CONFLICT (list_id, supplier, ref) DO UPDATE SET sku = excluded.sku WHERE t.sku <> excluded.sku
RETURNING t.supplier
"""
# Plans of these suppliers were made of references that meant something else.
_OUTDATE = """
UPDATE suppliers SET epoch = epoch + 1 WHERE id IN (
  SELECT id FROM suppliers WHERE id = $1 OR lower(name) = ANY ($2) ORDER BY id FOR NO KEY UPDATE)
"""


def ties_table(run_id: UUID) -> str:
    return f"staging.ties_{run_id.hex}"


def told_table(run_id: UUID) -> str:
    return f"staging.ties_told_{run_id.hex}"


async def has_ties(connection: Connection, supplier_id: UUID) -> bool:
    """Whether the shop's own list ties references of this supplier, which is another one."""
    return bool(await connection.fetchval(_HAS, supplier_id))


async def describe(connection: Connection, names: list[str]) -> list[pb.SupplierFacts]:
    """What suppliers of these names are to the shop."""
    return [pb.SupplierFacts(**row) for row in await connection.fetch(_DESCRIBED, names)]


_LOCK = """
SELECT FROM suppliers WHERE id <> $1 AND lower(name) IN (
  SELECT supplier FROM {ties} UNION SELECT supplier FROM sku_ties WHERE list_id = $1
) ORDER BY id FOR NO KEY UPDATE
"""


async def find(connection: Connection, run_id: UUID, supplier_id: UUID, staging: str) -> None:
    """Keep the SKU that the own list ties each staged row to."""
    ties = ties_table(run_id)
    await connection.execute(f"DROP TABLE IF EXISTS {ties}")
    await connection.execute(_FOUND.format(ties=ties, staging=staging), supplier_id)
    await connection.execute(f"CREATE UNIQUE INDEX ON {ties} (row_no)")
    await connection.execute(f"ANALYZE {ties}")


async def declare(connection: Connection, run_id: UUID, staging: str) -> None:
    """Keep what the staged rows of the own list tie."""
    ties = ties_table(run_id)
    await connection.execute(f"DROP TABLE IF EXISTS {ties}")
    await connection.execute(_DECLARED.format(ties=ties, staging=staging))
    for columns in ("row_no", "sku", "supplier, ref"):
        await connection.execute(f"CREATE INDEX ON {ties} ({columns})")
    await connection.execute(f"ANALYZE {ties}")


async def count(connection: Connection, run_id: UUID, list_id: UUID, staging: str, plan: str) -> None:
    """Keep what there is to say of the declared ties, and write into the run how many there are of each kind."""
    tables = {"ties": ties_table(run_id), "told": told_table(run_id), "staging": staging, "plan": plan}
    await connection.execute(f"DROP TABLE IF EXISTS {tables['told']}")
    await connection.execute(_TOLD.format(**tables))
    await connection.execute(_COUNTS.format(**tables), list_id, run_id)


async def write(connection: Connection, run_id: UUID, list_id: UUID) -> None:
    """Make the declared ties those of the articles that the run names; the list's other articles keep theirs.

    Other plans of the list, and of suppliers whose ties change, become stale.
    """
    ties = ties_table(run_id)
    # Suppliers before what is theirs, as everywhere.
    await connection.execute(_LOCK.format(ties=ties), list_id)
    taken = await connection.fetch(_TAKE_BACK.format(ties=ties), list_id)
    written = await connection.fetch(_WRITE.format(ties=ties), list_id)
    changed = {row["supplier"] for row in (*taken, *written)}
    if changed:
        await connection.execute(_OUTDATE, list_id, list(changed))


async def list_problems(connection: Connection, run_id: UUID, after_row: int, limit: int) -> list[pb.TieProblem]:
    """What `count` has kept, behind `after_row`."""
    rows = await connection.fetch(
        f"SELECT * FROM {told_table(run_id)} WHERE row_no > $1 ORDER BY row_no LIMIT $2", after_row, limit
    )
    return [
        pb.TieProblem(
            row_no=row["row_no"],
            sku=row["sku"],
            reason=row["reason"],
            supplier=row["supplier"],
            supplier_ref=row["ref"],
            rows=row["rows"],
        )
        for row in rows
    ]
