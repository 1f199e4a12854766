"""Brands and categories that a run names for the first time, before its first batch."""

from uuid import UUID

from catalog_svc.bulk.columns import Layout
from catalog_svc.bulk.plan import CREATE, UPDATE, plan_table, staging_table
from catalog_svc.bulk.source import Source
from catalog_svc.taxonomy.tree import grow
from chassis.db import Connection


async def create_taxonomy(connection: Connection, run_id: UUID, layout: Layout) -> None:
    """Create them, in the first row's spelling; a category with all its ancestors."""
    staging = staging_table(run_id)
    rows = Source(f"{plan_table(run_id)} p JOIN {staging} s USING (row_no)", f"p.kind IN ({CREATE}, {UPDATE})")
    if "brand" in layout.columns:
        await connection.execute(f"""
            INSERT INTO brands (id, name)
            SELECT uuidv7(), s.brand
            FROM (SELECT min(p.row_no) AS row_no FROM {rows.that("s.brand IS NOT NULL")} GROUP BY lower(s.brand)) first
            JOIN {staging} s USING (row_no)
            WHERE NOT EXISTS (SELECT FROM brands b WHERE lower(b.name) = lower(s.brand))
            ORDER BY lower(s.brand)
            ON CONFLICT DO NOTHING""")
    if "category" in layout.columns:
        rows = rows.that("s.category IS NOT NULL")
        named = f"SELECT s.category AS path, min(p.row_no) AS position FROM {rows} GROUP BY 1"
        await grow(connection, named)
