"""The plan: one set-based comparison of what is staged with what the catalogue holds. Nothing of the catalogue changes."""

from uuid import UUID

from catalog_svc.bulk import shared_gtins, sku_ties
from catalog_svc.bulk.columns import TIES, Layout
from catalog_svc.bulk.our_skus import problems_table, resolve
from catalog_svc.fields.masks import DECIDED, REACTIVATED, Masks
from catalog_svc.golden.skus import expect_skus_given
from chassis.currencies import check_currency
from chassis.db import Connection

CREATE, UPDATE, DUPLICATE, VANISHED, CONFLICT = 1, 2, 3, 4, 5
# The mask of a duplicate: the row that counts says something else; this one ties another reference to the article.
DIFFERS, TIED = 1, 2
# Large enough to be set-based, small enough for short transactions (measured: 20-25k is best).
BATCH_ROWS = 20_000


def staging_table(run_id: UUID) -> str:
    return f"staging.rows_{run_id.hex}"


def settled_table(run_id: UUID) -> str:
    """Which GTIN products have once the run is applied, where references exchange theirs (`settling`); it may not be there."""
    return f"staging.settled_{run_id.hex}"


def plan_table(run_id: UUID) -> str:
    return f"staging.plan_{run_id.hex}"


async def create_staging(connection: Connection, run_id: UUID, layout: Layout) -> None:
    """The run's staging table: typed, unlogged, without an index while it is loaded."""
    columns = ", ".join(f"{name} {kind}" for name, kind in _staged_columns(layout))
    await connection.execute(f"CREATE UNLOGGED TABLE {staging_table(run_id)} (row_no integer NOT NULL, {columns})")


def _staged_columns(layout: Layout) -> list[tuple[str, str]]:
    return [(layout.staged[name], layout.kinds[name]) for name in layout.columns]


async def drop_tables(connection: Connection, run_id: UUID) -> None:
    kept = (problems_table, shared_gtins.shared_table, sku_ties.ties_table, sku_ties.told_table)
    tables = (staging_table(run_id), plan_table(run_id), settled_table(run_id), *(table(run_id) for table in kept))
    await connection.execute(f"DROP TABLE IF EXISTS {', '.join(tables)}")


async def build(connection: Connection, run_id: UUID, supplier_id: UUID, layout: Layout, bases: tuple[str, str]) -> None:
    """Write the plan of a staged run into its logged plan table, replacing an earlier one.

    `bases` are the 24 digits in front of the ids of created products and offers. Raises UnknownCurrency, SkusBeingGiven.
    """
    staging, plan = staging_table(run_id), plan_table(run_id)
    await connection.execute(f"DROP TABLE IF EXISTS {plan}, {settled_table(run_id)}")
    await connection.execute(
        f"CREATE TABLE {plan} (row_no integer, kind smallint NOT NULL, {layout.masks.declared},"
        " offer_id uuid, offer_version integer, product_id uuid, creates boolean NOT NULL DEFAULT false)"
    )
    await connection.execute(f"CREATE UNIQUE INDEX IF NOT EXISTS rows_{run_id.hex}_row_no ON {staging} (row_no)")
    await connection.execute(f"ANALYZE {staging}")
    if "currency" in layout.columns:
        for (code,) in await connection.fetch(f"SELECT DISTINCT currency FROM {staging} WHERE currency IS NOT NULL"):
            check_currency(code, "currency")
    await connection.execute(_duplicates(staging, plan, layout))
    if layout.ties:
        await sku_ties.declare(connection, run_id, staging)
    if layout.tied:
        await sku_ties.find(connection, run_id, supplier_id, staging)
    if layout.our_sku:
        await expect_skus_given(connection)
        await resolve(connection, run_id, supplier_id, layout, (staging, plan))
    if "gtin" in layout.columns:
        await shared_gtins.find(connection, run_id, layout, (staging, plan))
    await connection.execute(_diff(staging, plan, layout), supplier_id)
    identity = _IDENTITY_BY_SKU if layout.our_sku else _IDENTITY if "gtin" in layout.columns else _IDENTITY_BY_REF
    await connection.execute(identity.format(plan=plan, **_masks(layout.masks)), *bases)
    number = "NULL::integer" if layout.partial else _NUMBER.format(staging=staging)
    await connection.execute(_VANISHED.format(staging=staging, plan=plan, number=number), supplier_id)
    told = ["repeated_gtins"] if "gtin" in layout.columns else []
    await connection.execute(f"DROP TABLE {', '.join(['changed_rows', *told])}")
    await connection.execute(f"CREATE INDEX ON {plan} (row_no)")
    await connection.execute(f"ANALYZE {plan}")


def _masks(masks: Masks) -> dict[str, str]:
    """The masks of a planned row `c` in SQL: only of an offer that is known something differs, of a new one our SKU decides."""
    decided = masks.made({DECIDED: "c.decided IS NOT NULL OR c.apart"})
    words = list(zip(masks.columns, decided, strict=True))
    return {
        "masks": ", ".join(masks.columns),
        "of_update": ", ".join(f"CASE WHEN c.offer_id IS NULL THEN 0 ELSE c.{word} END" for word in masks.columns),
        "of_sku_update": ", ".join(f"CASE WHEN c.offer_id IS NOT NULL THEN c.{word} ELSE {bit} END" for word, bit in words),
    }


def _duplicates(staging: str, plan: str, layout: Layout) -> str:
    """Of rows with one reference the last wins; the mask says whether it says something else.

    The own list has a row for each supplier of an article: each row's tie counts.
    """
    beside = {layout.staged["ref"], *TIES}
    values = [name for name, _ in _staged_columns(layout) if name not in beside]
    ours, lasts = (", ".join(f"{row}.{name}" for name in values) for row in ("s", "l"))
    # A question of its own for each such row: they are few, and a join reads the whole staging table for them.
    masks = [f"CASE WHEN ROW({ours}) IS DISTINCT FROM ROW({lasts}) THEN {DIFFERS} ELSE 0 END"] if values else []
    if layout.ties:
        other = "(lower(s.tie_supplier), s.tie_ref) IS DISTINCT FROM (lower(l.tie_supplier), l.tie_ref)"
        given = "s.tie_supplier IS NOT NULL AND s.tie_ref IS NOT NULL"
        masks.append(f"CASE WHEN {given} AND {other} THEN {TIED} ELSE 0 END")
    differs = f"(SELECT {' | '.join(masks)} FROM {staging} l WHERE l.row_no = last.row_no)" if masks else "0"
    return f"""
INSERT INTO {plan} (row_no, kind, mask)
SELECT s.row_no, {DUPLICATE}, {differs} FROM {staging} s
JOIN (SELECT ref, max(row_no) AS row_no FROM {staging} GROUP BY ref HAVING count(*) > 1) last USING (ref)
WHERE s.row_no < last.row_no
"""


# The offer counts again because its supplier names it; one that a person excluded stays so, but did not vanish.
_BACK = "(NOT o.active AND o.exclude_time IS NULL OR o.vanish_time IS NOT NULL)"


def _diff(staging: str, plan: str, layout: Layout) -> str:
    """New and changed rows, values compared directly; the mask names the fields that differ."""
    carried = layout.carried
    compared = {field.code: f"o.{field.offer_column} IS DISTINCT FROM {layout.value(field)}" for field in carried}
    compared |= {values.name: values.differs for values in layout.sets} | {REACTIVATED: _BACK}
    held = ", ".join(f"o.{field.offer_column}" for field in carried)
    staged = ", ".join(layout.value(field) for field in carried)
    different = [f"({held}) IS DISTINCT FROM ({staged})"] if carried else ["false"]
    differs = " OR ".join([*different, *(values.differs for values in layout.sets)])
    gtin = "s.gtin" if "gtin" in layout.columns else "NULL::text"
    held_sets = "".join(values.held for values in layout.sets)
    tied = said = moves = ""
    if layout.our_sku:
        held_sets += "\nLEFT JOIN tied k ON k.row_no = s.row_no"
        compared[DECIDED] = "k.moves"
        tied = ", k.decided, coalesce(k.apart, false) AS apart"
        moves, said = " OR k.moves", "\n  AND k.skipped IS NOT TRUE"
    masks = ", ".join(f"{made} AS {word}" for word, made in zip(layout.masks.columns, layout.masks.made(compared), strict=True))
    return f"""
CREATE TEMP TABLE changed_rows ON COMMIT DROP AS
SELECT s.row_no, o.id AS offer_id, o.version AS offer_version, o.product_id, {gtin} AS gtin,
       (o.gtin IS DISTINCT FROM {gtin}) AS gtin_differs, {masks}{tied}
FROM {staging} s
LEFT JOIN supplier_products o ON o.supplier_id = $1 AND o.supplier_ref = s.ref{held_sets}
WHERE (o.id IS NULL OR {_BACK} OR {differs}{moves}){said}
  AND NOT EXISTS (SELECT FROM {plan} d WHERE d.kind = {DUPLICATE} AND d.row_no = s.row_no)"""


# A new row joins the product of its GTIN, else the first row of that GTIN in the feed creates it. A known offer stays with its
# product, unless its barcode became that of another one.
_IDENTITY = """
INSERT INTO {plan} (row_no, kind, {masks}, offer_id, offer_version, product_id, creates)
SELECT c.row_no, CASE WHEN c.offer_id IS NULL THEN 1 ELSE 2 END, {of_update},
       coalesce(c.offer_id, ($2 || lpad(to_hex(c.row_no), 8, '0'))::uuid), c.offer_version,
       coalesce(CASE WHEN c.gtin_differs THEN x.id END, c.product_id,
                ($1 || lpad(to_hex(coalesce(f.row_no, c.row_no)), 8, '0'))::uuid),
       c.offer_id IS NULL AND x.id IS NULL AND coalesce(f.row_no, c.row_no) = c.row_no
FROM changed_rows c
LEFT JOIN products x ON x.gtin = c.gtin
LEFT JOIN (SELECT gtin, min(row_no) AS row_no FROM changed_rows
           WHERE offer_id IS NULL AND gtin IN (SELECT gtin FROM repeated_gtins)
           GROUP BY gtin HAVING count(*) > 1) f ON f.gtin = c.gtin
ORDER BY c.row_no
"""

_IDENTITY_BY_REF = """
INSERT INTO {plan} (row_no, kind, {masks}, offer_id, offer_version, product_id, creates)
SELECT c.row_no, CASE WHEN offer_id IS NULL THEN 1 ELSE 2 END, {of_update},
       coalesce(offer_id, ($2 || lpad(to_hex(row_no), 8, '0'))::uuid), offer_version,
       coalesce(product_id, ($1 || lpad(to_hex(row_no), 8, '0'))::uuid), offer_id IS NULL
FROM changed_rows c ORDER BY row_no
"""

# Our SKU comes before the GTIN. Other rows with the GTIN that a row brings to our SKU's product go there with it.
_IDENTITY_BY_SKU = """
INSERT INTO {plan} (row_no, kind, {masks}, offer_id, offer_version, product_id, creates)
SELECT c.row_no, CASE WHEN c.offer_id IS NULL THEN 1 ELSE 2 END, {of_sku_update},
       coalesce(c.offer_id, ($2 || lpad(to_hex(c.row_no), 8, '0'))::uuid), c.offer_version,
       coalesce(c.decided, CASE WHEN c.gtin_differs AND NOT c.apart THEN coalesce(x.id, t.id) END, c.product_id,
                ($1 || lpad(to_hex(CASE WHEN c.apart THEN c.row_no ELSE coalesce(f.row_no, c.row_no) END), 8, '0'))::uuid),
       c.offer_id IS NULL AND c.decided IS NULL
         AND (c.apart OR x.id IS NULL AND t.id IS NULL AND coalesce(f.row_no, c.row_no) = c.row_no)
FROM changed_rows c
LEFT JOIN products x ON x.gtin = c.gtin
LEFT JOIN (SELECT gtin, (array_agg(by_sku))[1] AS id FROM tied
           WHERE gtin IS NOT NULL AND by_gtin IS NULL AND sku_gtin IS NULL AND by_sku IS NOT NULL AND NOT conflict
           GROUP BY gtin HAVING count(DISTINCT by_sku) = 1) t ON t.gtin = c.gtin
LEFT JOIN (SELECT gtin, min(row_no) AS row_no FROM changed_rows
           WHERE offer_id IS NULL AND gtin IS NOT NULL AND decided IS NULL AND NOT apart
           GROUP BY gtin HAVING count(*) > 1) f ON f.gtin = c.gtin
ORDER BY c.row_no
"""

# Offers the file no longer names, numbered behind its last row, so that batches take them, too; those that a person excluded
# as well, or they would count once included, although no list has them. What a partial list does not name is told and stays as it
# is: without a number no batch has it.
_VANISHED = f"""
INSERT INTO {{plan}} (row_no, kind, offer_id, offer_version, product_id)
SELECT {{number}}, {VANISHED}, o.id, o.version, o.product_id FROM supplier_products o
WHERE o.supplier_id = $1 AND (o.active OR o.exclude_time IS NOT NULL AND o.vanish_time IS NULL)
  AND NOT EXISTS (SELECT FROM {{staging}} s WHERE s.ref = o.supplier_ref)
"""
_NUMBER = "(SELECT coalesce(max(row_no), 0) FROM {staging}) + row_number() OVER (ORDER BY o.supplier_ref)"

# Its bit is in the first word of whatever plan.
OTHER_GTIN = Masks().has(["gtin"])

SUMMARY = f"""
SELECT count(*) FILTER (WHERE kind = 1)::int AS created, count(*) FILTER (WHERE kind = 2)::int AS updated,
       count(*) FILTER (WHERE kind = 3)::int AS duplicate_in_file, count(*) FILTER (WHERE kind = 4)::int AS vanished,
       count(*) FILTER (WHERE creates)::int AS products_created,
       count(*) FILTER (WHERE kind = 2 AND {OTHER_GTIN})::int AS other_gtins,
       (SELECT count(DISTINCT product_id) FROM {{plan}}
        WHERE kind IN (1, 2) AND NOT creates OR kind = 4 AND row_no IS NOT NULL)::int AS products_changed,
       to_hex(coalesce(bit_xor(hash_record_extended(p, 0)), 0)) AS digest
FROM {{plan}} p
"""

# Known offers whose GTIN becomes another one, for `changed_gtins`; one that had none, where its product has another one.
CHANGED_GTINS = f"""
SELECT p.row_no, s.ref, o.id AS offer_id, o.product_id, coalesce(o.gtin, '') AS before, s.gtin AS after
FROM {{plan}} p JOIN {{staging}} s USING (row_no) JOIN supplier_products o ON o.id = p.offer_id
LEFT JOIN products x ON x.id = o.product_id
WHERE p.kind = {UPDATE} AND {OTHER_GTIN} AND coalesce(o.gtin, x.gtin) <> s.gtin
"""
# Of the rows `changed`: another reference that brings their GTIN before, or their new one, from elsewhere.
EXCHANGED_GTINS = f"""
SELECT DISTINCT ON (c.row_no) c.row_no, r.ref
FROM (SELECT row_no, product_id, before AS gtin FROM changed UNION ALL SELECT row_no, product_id, after FROM changed) c
JOIN (SELECT p.row_no, s.ref, s.gtin, o.product_id
      FROM {{plan}} p JOIN {{staging}} s USING (row_no) LEFT JOIN supplier_products o ON o.id = p.offer_id
      WHERE p.kind = {CREATE} OR p.kind = {UPDATE} AND {OTHER_GTIN}) r
  ON r.gtin = c.gtin AND r.row_no <> c.row_no AND r.product_id IS DISTINCT FROM c.product_id
ORDER BY c.row_no, r.row_no
"""

# Batches are ranges of row numbers that hold $2 planned rows each.
BATCHES = f"""
INSERT INTO run_batches (run_id, batch, first_row, last_row)
SELECT $1, (number - 1) / $2, min(row_no), max(row_no)
FROM (SELECT row_no, row_number() OVER (ORDER BY row_no) AS number FROM {{plan}}
      WHERE kind IN ({CREATE}, {UPDATE}) OR kind = {VANISHED} AND row_no IS NOT NULL) numbered
GROUP BY 2
"""
