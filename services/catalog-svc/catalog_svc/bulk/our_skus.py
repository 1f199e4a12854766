"""What a run says of our SKU: offers that name it, and our own list, whose references are SKUs.

Only for runs that do: all others pay nothing. An SKU comes before the GTIN, and where both point at different products nothing is
joined: a new offer is left out, a known one stays where it is, and an article of our own list becomes a product without the GTIN.
"""

from uuid import UUID

from catalog_svc.bulk.columns import Layout
from catalog_svc.bulk.sku_ties import ties_table
from chassis.db import Connection

# Each staged row with an SKU: the product that has it, the one that has the GTIN, and the offer that is there already.
_SAID = """
CREATE TEMP TABLE said ON COMMIT DROP AS
SELECT s.row_no, s.ref, {gtin} AS gtin, {sku} AS our_sku, {tied_sku} AS tied_sku, o.id AS offer_id,
       o.product_id AS held, h.sku AS held_sku,
       coalesce(t.id, c.id) AS by_sku, coalesce(t.gtin, c.gtin) AS sku_gtin, x.id AS by_gtin, x.sku AS gtin_sku,
       h.sku <> {sku} AND EXISTS (SELECT FROM supplier_products w
         WHERE w.supplier_id = $1 AND w.supplier_ref = h.sku AND w.product_id = h.id AND w.active) AS other_article
FROM {staging} s{ties}
LEFT JOIN supplier_products o ON o.supplier_id = $1 AND o.supplier_ref = s.ref
LEFT JOIN products h ON h.id = o.product_id
LEFT JOIN products t ON t.sku = {sku}
LEFT JOIN products x ON x.gtin = {gtin}
{claimed}
WHERE {sku} IS NOT NULL AND NOT EXISTS (SELECT FROM {plan} d WHERE d.kind = 3 AND d.row_no = s.row_no)
"""
# Our own list may come behind suppliers who name its SKUs, or whose references it ties: the one product that these made is the
# article's, unless its GTIN says something else.
_CLAIMED = """
LEFT JOIN LATERAL (
  SELECT (array_agg(p.id))[1] AS id, (array_agg(p.gtin))[1] AS gtin FROM products p
  WHERE p.id IN (SELECT w.product_id FROM supplier_products w WHERE w.our_sku = s.ref AND w.active{claimed_by_tie})
    AND t.id IS NULL
  HAVING count(*) = 1 AND bool_and(p.sku IS NULL) AND bool_and(x.id IS NULL OR x.id = p.id)
     AND bool_and({gtin} IS NULL OR p.gtin IS NULL OR p.gtin = {gtin})
     AND bool_and(NOT EXISTS (SELECT FROM supplier_products v WHERE v.product_id = p.id AND v.active AND v.our_sku <> s.ref))
     {tied_to_one}
) c ON o.id IS NULL
"""
_CLAIMED_BY_TIE = """
      UNION ALL SELECT w.product_id FROM {ties} y JOIN suppliers l ON lower(l.name) = y.supplier AND NOT l.own_list
      JOIN supplier_products w ON w.supplier_id = l.id AND w.supplier_ref = y.ref AND w.active
      WHERE y.sku = s.ref AND NOT y.several"""
_TIED_TO_ONE = """AND bool_and(NOT EXISTS (
       SELECT FROM supplier_products v JOIN suppliers l ON l.id = v.supplier_id AND NOT l.own_list
       JOIN {ties} y ON y.supplier = lower(l.name) AND y.ref = v.supplier_ref
       WHERE v.product_id = p.id AND v.active AND y.sku <> s.ref))"""
_NOT_CLAIMED = "CROSS JOIN (SELECT NULL::uuid AS id, NULL::text AS gtin) c"
# Within the file one GTIN may belong to several SKUs: of our own articles the first has it, of suppliers' offers nobody knows,
# nor which of several GTINs is that of one SKU. A product that one article of our own takes is no other's by its GTIN. An own
# article whose product is another article's is told as one without a product.
_JUDGED = """
CREATE TEMP TABLE tied ON COMMIT DROP AS
SELECT r.*, conflict,
       r.by_sku IS NULL AND NOT conflict
         AND (NOT {own} OR r.other_article) AS unknown,
       conflict AND r.offer_id IS NULL AND NOT {own} AS skipped,
       conflict AND r.offer_id IS NULL AND {own} AND r.by_sku IS NULL AS apart,
       CASE WHEN conflict AND NOT ({own} AND r.offer_id IS NULL) THEN r.held ELSE r.by_sku END AS decided,
       r.offer_id IS NOT NULL AND NOT conflict
         AND (r.by_sku <> r.held OR {own} AND r.by_sku IS NULL AND r.held_sku IS NULL) AS moves
FROM said r
LEFT JOIN (
  SELECT gtin, min(row_no) AS row_no FROM said r
  WHERE gtin IS NOT NULL AND {joins} AND (by_gtin IS NULL OR {own} AND gtin_sku IS NULL)
  GROUP BY gtin HAVING count(DISTINCT CASE WHEN {own} THEN our_sku ELSE by_sku::text END) > 1
) g ON g.gtin = r.gtin AND {joins}
LEFT JOIN (
  SELECT by_sku FROM said WHERE NOT {own} AND sku_gtin IS NULL AND by_sku IS DISTINCT FROM held
  GROUP BY by_sku HAVING count(DISTINCT gtin) > 1
) m ON m.by_sku = r.by_sku AND r.gtin IS NOT NULL AND r.by_sku IS DISTINCT FROM r.held
LEFT JOIN (SELECT DISTINCT by_sku FROM said WHERE {own} AND by_sku IS NOT NULL) w
  ON w.by_sku = r.by_gtin AND r.by_sku IS NULL AND r.by_gtin IS DISTINCT FROM r.held
CROSS JOIN LATERAL (SELECT coalesce(
  r.tied_sku <> r.our_sku
  OR r.by_gtin <> r.by_sku
  OR r.by_gtin IS NULL AND r.by_sku IS NOT NULL AND r.by_sku IS DISTINCT FROM r.held AND r.gtin <> r.sku_gtin
  OR {own} AND r.by_sku IS NULL AND r.gtin_sku IS NOT NULL AND r.by_gtin IS DISTINCT FROM r.held
  OR m.by_sku IS NOT NULL OR w.by_sku IS NOT NULL
  OR g.gtin IS NOT NULL AND (NOT {own} OR r.row_no > g.row_no), false) AS conflict) judged
"""
_JOINS, _OUR_ARTICLE_JOINS = (
    "r.by_sku IS NOT NULL AND r.by_sku IS DISTINCT FROM r.held",
    # One that is known brings its GTIN, too, where its product has none.
    "(r.offer_id IS NULL OR r.by_sku = r.held AND r.sku_gtin IS NULL)",
)
_KEPT = """
CREATE TABLE {problems} AS
SELECT row_no, ref, our_sku, tied_sku, conflict, skipped, by_sku, by_gtin FROM tied WHERE conflict OR unknown
"""
_COUNTS = (
    "SELECT count(*) FILTER (WHERE skipped)::int AS skipped, count(*) FILTER (WHERE NOT skipped)::int AS told FROM {problems}"
)


def problems_table(run_id: UUID) -> str:
    return f"staging.our_skus_{run_id.hex}"


async def resolve(connection: Connection, run_id: UUID, supplier_id: UUID, layout: Layout, tables: tuple[str, str]) -> None:
    """Find the product of each row's SKU into the temporary table `tied`, and keep what speaks against it.

    `tables` are staging and the plan, which knows the duplicates.
    """
    staging, plan = tables
    # A feed without GTIN says nothing of the one that is known.
    gtin = "s.gtin" if "gtin" in layout.columns else "o.gtin"
    words = {"staging": staging, "plan": plan, "gtin": gtin, "claimed": _claimed(run_id, layout, gtin)} | _sku(layout)
    await connection.execute(_SAID.format(**words), supplier_id)
    own, joins = ("true", _OUR_ARTICLE_JOINS) if layout.own_list else ("false", _JOINS)
    await connection.execute(_JUDGED.format(own=own, joins=joins))
    await connection.execute("DROP TABLE said")
    await connection.execute("CREATE UNIQUE INDEX ON tied (row_no)")
    await connection.execute("ANALYZE tied")
    problems = problems_table(run_id)
    await connection.execute(f"DROP TABLE IF EXISTS {problems}")
    await connection.execute(_KEPT.format(problems=problems))
    await connection.execute(f"CREATE UNIQUE INDEX ON {problems} (row_no)")
    await connection.execute(f"ANALYZE {problems}")


def _sku(layout: Layout) -> dict[str, str]:
    """The SKU of a staged row in SQL, that of its tie, and the join that finds the tie."""
    if not layout.tied:
        return {"sku": layout.our_sku or "NULL", "tied_sku": "NULL::text", "ties": ""}
    sku = f"coalesce({layout.said_sku}, y.our_sku)" if layout.said_sku else "y.our_sku"
    return {"sku": sku, "tied_sku": "y.our_sku", "ties": f" LEFT JOIN {layout.tied} y ON y.row_no = s.row_no"}


def _claimed(run_id: UUID, layout: Layout, gtin: str) -> str:
    """The product that suppliers made of an article of our own list, before that came."""
    if not layout.own_list:
        return _NOT_CLAIMED
    ties = ties_table(run_id)
    by_tie, one = (part.format(ties=ties) if layout.ties else "" for part in (_CLAIMED_BY_TIE, _TIED_TO_ONE))
    return _CLAIMED.format(gtin=gtin, claimed_by_tie=by_tie, tied_to_one=one)


async def count_problems(connection: Connection, run_id: UUID) -> tuple[int, int]:
    """How many rows are left out, and how many others there is something to say of."""
    row = await connection.fetchrow(_COUNTS.format(problems=problems_table(run_id)))
    assert row is not None, "counts are always one row"
    return row["skipped"], row["told"]
