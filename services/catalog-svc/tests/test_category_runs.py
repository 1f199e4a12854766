"""Categories by the bulk path: the tree a feed makes, and a tree that was changed since."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from bulk_client import BulkClient
from catalog_client import PERMISSIONS, Catalog

from catalog_svc.main import registrations
from chassis.client import DecodeErrors
from chassis.db import Database
from chassis.testing import serving
from pm.catalog.v1 import taxonomy_pb2 as pb

TREE = """
SELECT c.path, c.depth, c.facets = coalesce(p.facets, '{}') || c.facet AS numbered
FROM categories c LEFT JOIN categories p ON p.id = c.parent_id ORDER BY lower(c.path)
"""


@pytest.fixture
async def catalog(committed_database: Database, keys_dir: Path, as_user: Callable) -> Any:
    async with serving("catalog-svc", keys_dir, registrations(committed_database, "EUR"), DecodeErrors()) as channel:
        yield Catalog(channel, as_user(*PERMISSIONS))


def rows(*categories: str | None) -> list[dict[str, object]]:
    return [{"ref": f"R{number}", "title": "x", "category": category} for number, category in enumerate(categories)]


async def tree(sql: asyncpg.Connection) -> list[tuple[str, int]]:
    found = await sql.fetch(TREE)
    assert all(row["numbered"] for row in found)
    return [(row["path"], row["depth"]) for row in found]


async def test_a_feed_makes_the_tree(bulk: BulkClient, sql: asyncpg.Connection) -> None:
    await bulk.load("Nord", rows("Tools > Saws > Hand", "TOOLS > saws", None, "Pens", "tools > Drills", "Pens"))
    assert await tree(sql) == [("Pens", 1), ("Tools", 1), ("Tools > Drills", 2), ("Tools > Saws", 2), ("Tools > Saws > Hand", 3)]
    filed = await sql.fetch(
        "SELECT o.supplier_ref, c.path, f.vals @> ARRAY(SELECT facet << 3 | 3 FROM unnest(c.facets) AS facet) AS found"
        " FROM products p JOIN categories c ON c.id = p.category_id"
        " JOIN supplier_products o ON o.product_id = p.id JOIN product_search f ON f.product_id = p.id ORDER BY 1"
    )
    assert [tuple(row) for row in filed] == [
        ("R0", "Tools > Saws > Hand", True),
        ("R1", "Tools > Saws", True),
        ("R3", "Pens", True),
        ("R4", "Tools > Drills", True),
        ("R5", "Pens", True),
    ]


async def test_a_feed_in_old_words_finds_the_changed_tree(bulk: BulkClient, sql: asyncpg.Connection, catalog: Catalog) -> None:
    await bulk.load("Nord", rows("Tools > Saws", "Garden"))
    ids = {row["path"]: str(row["id"]) for row in await sql.fetch("SELECT path, id FROM categories")}
    renamed = pb.Category(id=ids["Tools"], name="Werkzeug")
    await catalog("UpdateCategory", pb.UpdateCategoryRequest(category=renamed))
    await catalog("MoveCategory", pb.MoveCategoryRequest(id=ids["Tools"], parent_id=ids["Garden"]))
    await bulk.load("Sud", rows("Tools > Saws", "Tools > Drills > Hand", "Werkzeug > Drills", "Garden > Werkzeug > Saws"))
    assert await tree(sql) == [
        ("Garden", 1),
        ("Garden > Werkzeug", 2),
        ("Garden > Werkzeug > Drills", 3),
        ("Garden > Werkzeug > Drills > Hand", 4),
        ("Garden > Werkzeug > Saws", 3),
    ]
    missing = await sql.fetchval("SELECT count(*) FROM products WHERE category_id IS NULL")
    assert missing == 0


async def test_below_the_deepest_level_is_the_parent(bulk: BulkClient, sql: asyncpg.Connection, catalog: Catalog) -> None:
    levels = [f"L{number}" for number in range(1, 13)]
    await bulk.load("Nord", rows(" > ".join(levels[:11]), "Root"))
    ids = {row["name"]: str(row["id"]) for row in await sql.fetch("SELECT name, id FROM categories")}
    await catalog("MoveCategory", pb.MoveCategoryRequest(id=ids["L1"], parent_id=ids["Root"]))
    await bulk.load("Sud", rows(" > ".join(levels)))
    deepest = await sql.fetch("SELECT c.name, c.depth FROM products p JOIN categories c ON c.id = p.category_id WHERE depth > 1")
    assert [tuple(row) for row in deepest] == [("L11", 12), ("L11", 12)]


async def test_runs_at_once_make_one_tree(bulk: BulkClient, sql: asyncpg.Connection) -> None:
    categories = [f"Tools > Kind {number % 7} > Sort {number}" for number in range(50)]
    runs = [await bulk.plan(supplier, rows(*categories)) for supplier in ("Nord", "Sud")]
    await asyncio.gather(*(bulk.apply(run) for run in runs))
    assert len(await tree(sql)) == 1 + 7 + 50
    assert await sql.fetchval("SELECT count(*) FROM products WHERE category_id IS NULL") == 0


async def test_a_category_stays_while_a_run_is_applied(bulk: BulkClient, sql: asyncpg.Connection, catalog: Catalog) -> None:
    run = await bulk.plan("Nord", rows("Tools > Saws"))
    await bulk.apply_batch(run, 0)
    saws = str(await sql.fetchval("SELECT id FROM categories WHERE name = 'Saws'"))
    assert (await catalog.refused("DeleteCategory", pb.DeleteCategoryRequest(id=saws))).reason == "IMPORT_RUNNING"
