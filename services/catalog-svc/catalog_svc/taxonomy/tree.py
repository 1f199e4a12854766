"""The category tree as it is written: grown from paths, set by set, by imports and edits alike; and changed by hand."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import asyncpg

from catalog_svc.fields.paths import MAX_DEPTH, MAX_PATH
from catalog_svc.taxonomy.errors import CategoryPathTooLong, CategoryTaken
from chassis.db import Connection
from chassis.ids import uuid7

# Writers of the tree one after another: a child must see the parent that another transaction is adding. Readers never wait.
LOCK_TREE = "LOCK TABLE categories IN SHARE ROW EXCLUSIVE MODE"
# Also those who put products into it (golden.lock_products): what is below it stays below it.
_LOCK_WITH_PRODUCTS = "LOCK TABLE categories IN EXCLUSIVE MODE"

# Every unknown path and every unknown path above it, in the spelling that stands first.
_WANTED = f"""
CREATE TEMP TABLE wanted_categories ON COMMIT DROP AS
WITH named AS MATERIALIZED ({{paths}})
SELECT DISTINCT ON (lower(prefix.path)) prefix.path, array_to_string(levels[1:depth - 1], ' > ') AS parent,
       levels[depth] AS name, depth, position
FROM named, string_to_array(named.path, ' > ') levels, generate_series(1, least(cardinality(levels), {MAX_DEPTH})) depth,
     LATERAL (SELECT array_to_string(levels[1:depth], ' > ') AS path) prefix
WHERE NOT EXISTS (SELECT FROM category_paths k WHERE lower(k.path) = lower(named.path))
ORDER BY lower(prefix.path), position
"""

# One level. `own` is the path below the parent as it is called today: another one than was asked for, where an ancestor was
# renamed or moved. Below the deepest level there is none, and the path means the parent.
_LEVEL = f"""
WITH level AS MATERIALIZED (
  SELECT w.path, w.name, w.position, p.id AS parent_id, p.facets, coalesce(p.depth, 0) + 1 AS depth, own,
         coalesce(p.depth, 0) < {MAX_DEPTH} AND char_length(own) <= {MAX_PATH} AS fits
  FROM wanted_categories w
  LEFT JOIN category_paths k ON lower(k.path) = lower(w.parent)
  LEFT JOIN categories p ON p.id = k.category_id,
  LATERAL (SELECT concat_ws(' > ', p.path, w.name) AS own) named
  WHERE w.depth = $1 AND NOT EXISTS (SELECT FROM category_paths x WHERE lower(x.path) = lower(w.path))
),
fresh AS MATERIALIZED (
  SELECT DISTINCT ON (lower(own)) uuidv7() AS id, parent_id, name, own, depth, facets, nextval('facet_numbers')::int AS facet
  FROM level WHERE fits AND NOT EXISTS (SELECT FROM category_paths x WHERE lower(x.path) = lower(own))
  ORDER BY lower(own), position
),
made AS (
  INSERT INTO categories (id, parent_id, name, path, depth, facet, facets)
  SELECT id, parent_id, name, own, depth, facet, facets || facet FROM fresh RETURNING id, path
),
known AS (
  SELECT path, id FROM made
  UNION ALL
  SELECT l.path, coalesce(m.id, x.category_id, l.parent_id) FROM level l
  LEFT JOIN made m ON lower(m.path) = lower(l.own)
  LEFT JOIN category_paths x ON lower(x.path) = lower(l.own)
)
INSERT INTO category_paths (path, category_id) SELECT DISTINCT ON (lower(path)) path, id FROM known ORDER BY lower(path)
"""


async def grow(connection: Connection, paths: str, *parameters: object) -> None:
    """Create the categories that `paths` names and nobody knows yet, with all their ancestors.

    `paths` is a query of canonical paths and their positions (columns `path`, `position`). Runs inside a transaction and
    keeps other writers of the tree out until its end, when there was anything to create.
    """
    await connection.execute(_WANTED.format(paths=paths), *parameters)
    deepest = await connection.fetchval("SELECT max(depth) FROM wanted_categories")
    if deepest is not None:
        await connection.execute(LOCK_TREE)
    for depth in range(1, (deepest or 0) + 1):
        await connection.execute(_LEVEL, depth)
    await connection.execute("DROP TABLE wanted_categories")


class TreeRepository:
    """The tree to be changed by hand, inside a transaction that holds `lock`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def lock(self, *, with_products: bool = False) -> None:
        """Keep other writers out until the end; `with_products` also whoever puts products into it or takes them out."""
        await self._connection.execute(_LOCK_WITH_PRODUCTS if with_products else LOCK_TREE)

    async def lock_below(self, category_id: UUID) -> None:
        await self._connection.execute(f"SELECT FROM categories WHERE {_BELOW} ORDER BY id FOR UPDATE", category_id)

    async def add(self, name: str, parent_id: UUID | None) -> UUID:
        """Raises CategoryTaken, CategoryPathTooLong."""
        category_id = uuid7()
        with _refusals(name):
            await self._connection.execute(_ADD, category_id, parent_id, name)
            await self._connection.execute(_PLACE, category_id)
        return category_id

    async def place(self, category_id: UUID, name: str, parent_id: UUID | None) -> None:
        """Give a category its name and parent, and write again what follows from them down to the leaves.

        Its paths of before go on meaning it, but a path of today means who has it today. Raises CategoryTaken,
        CategoryPathTooLong.
        """
        with _refusals(name):
            await self._connection.execute(
                "UPDATE categories SET name = $2, parent_id = $3 WHERE id = $1", category_id, name, parent_id
            )
            await self._connection.execute(_PLACE, category_id)

    async def is_below(self, category_id: UUID, ancestor_id: UUID) -> bool:
        """Whether a category is the ancestor or stands below it."""
        return bool(
            await self._connection.fetchval(
                f"SELECT EXISTS (SELECT FROM categories WHERE id = $2 AND {_BELOW})", ancestor_id, category_id
            )
        )

    async def height(self, category_id: UUID) -> int:
        """How many levels a category and what stands below it take."""
        levels = f"SELECT max(depth) - min(depth) + 1 FROM categories WHERE {_BELOW}"
        return int(await self._connection.fetchval(levels, category_id))

    async def facet(self, category_id: UUID) -> int:
        return int(await self._connection.fetchval("SELECT facet FROM categories WHERE id = $1", category_id))

    async def has_products(self, category_id: UUID) -> bool:
        return bool(await self._connection.fetchval("SELECT EXISTS (SELECT FROM products WHERE category_id = $1)", category_id))

    async def naming_supplier(self, category_id: UUID) -> str | None:
        """A supplier with an active offer that names the category."""
        name: str | None = await self._connection.fetchval(_NAMING_SUPPLIER, category_id)
        return name

    async def hold_runs(self) -> str | None:
        """Keep runs from beginning until this transaction ends; returns a supplier whose run is being applied already."""
        suppliers = await self._connection.fetch("SELECT name, applying_run_id FROM suppliers ORDER BY id FOR SHARE")
        return next((row["name"] for row in suppliers if row["applying_run_id"] is not None), None)

    async def delete(self, category_id: UUID) -> None:
        await self._connection.execute("DELETE FROM categories WHERE id = $1", category_id)


@contextmanager
def _refusals(name: str) -> Iterator[None]:
    """What the database refuses of a category with this name. Raises CategoryTaken, CategoryPathTooLong."""
    try:
        yield
    except asyncpg.UniqueViolationError:
        raise CategoryTaken(name) from None
    except asyncpg.CheckViolationError:
        raise CategoryPathTooLong(MAX_PATH) from None


# A category and everything below it; $1 is its id.
_BELOW = "facets @> ARRAY[(SELECT facet FROM categories WHERE id = $1)]"
# `_PLACE` gives it its own path.
_ADD = """
INSERT INTO categories (id, parent_id, name, path, facet, facets)
SELECT $1::uuid, $2, $3, $1::uuid::text, facet, ARRAY[facet] FROM (SELECT nextval('facet_numbers')::int AS facet) numbered
"""
_PLACE = """
WITH RECURSIVE tree AS (
  SELECT c.id, concat_ws(' > ', p.path, c.name) AS path, coalesce(p.depth, 0) + 1 AS depth,
         coalesce(p.facets, '{}') || c.facet AS facets
  FROM categories c LEFT JOIN categories p ON p.id = c.parent_id WHERE c.id = $1
  UNION ALL
  SELECT c.id, t.path || ' > ' || c.name, t.depth + 1, t.facets || c.facet FROM tree t JOIN categories c ON c.parent_id = t.id
),
placed AS (
  UPDATE categories c SET path = t.path, depth = t.depth, facets = t.facets FROM tree t WHERE t.id = c.id
  RETURNING c.id, c.path
)
INSERT INTO category_paths AS k (path, category_id) SELECT path, id FROM placed
ON CONFLICT (lower(path)) DO UPDATE SET category_id = excluded.category_id, path = excluded.path
"""
_NAMING_SUPPLIER = """
SELECT s.name FROM category_paths k JOIN supplier_products o ON lower(o.category) = lower(k.path)
JOIN suppliers s ON s.id = o.supplier_id WHERE k.category_id = $1 AND o.active LIMIT 1
"""
