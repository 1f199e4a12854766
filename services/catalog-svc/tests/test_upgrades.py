"""What a database of the release before holds goes on after an upgrade."""

import importlib.util
from pathlib import Path
from types import ModuleType

import asyncpg
import pytest
from bulk_client import BulkClient, ledger, offer

TYPE_OF_MASK = """
SELECT data_type FROM information_schema.columns WHERE table_schema = 'staging' AND table_name ~ '^plan_' AND column_name = 'mask'
"""


def migration(folder: Path, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, folder / "versions" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("widened", [True, False], ids=("planned-before", "planned-by-the-release-before-meanwhile"))
async def test_a_plan_that_waits_is_applied(
    bulk: BulkClient, sql: asyncpg.Connection, migrations_dir: Path, widened: bool
) -> None:
    await bulk.load("Nord", [offer("A"), offer("B"), offer("C")])
    run = await bulk.plan("Nord", [offer("A", title="Other"), offer("B", price="9"), offer("C"), offer("D")])
    plan = await sql.fetchval("SELECT tablename FROM pg_tables WHERE schemaname = 'staging' AND tablename ~ '^plan_'")
    await sql.execute(f"ALTER TABLE staging.{plan} ALTER COLUMN mask TYPE integer")
    if widened:
        await sql.execute(migration(migrations_dir, "0019_words_of_masks").WIDEN)
    assert await sql.fetchval(TYPE_OF_MASK) == ("bigint" if widened else "integer")
    changes = {row.ref: [change.field for change in row.changes] for row in await bulk.plan_rows(run)}
    assert changes == {"A": ["title"], "B": ["price"], "D": []}
    done = await bulk.apply(run)
    assert ledger(done) == {"staged": 4, "created": 1, "updated": 2, "unchanged": 1, "products_created": 1, "products_changed": 2}
    assert [tuple(row) for row in await sql.fetch("SELECT fields FROM change_log WHERE offer_id IS NOT NULL ORDER BY seq")] == [
        (["title"],),
        (["price"],),
    ]
