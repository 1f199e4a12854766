"""A backup of a stack at work becomes another installation that holds the same and goes on from there."""

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import pytest
from api import FIXTURES, Api, counts

from productsmanager import backup, lifecycle, restore
from productsmanager.errors import ProductsManagerError
from productsmanager.installation import SERVICES
from productsmanager.lifecycle import Running

FEED = b"sku,name,price\n" + b"".join(b"K%d,Kept thing %d,%d.50\n" % (at, at, at) for at in range(40))
# What is told of the last import arrives in these a moment later, here and there.
FOLLOWING = {"event_consumers", "notifications", "product_metrics"}
# Popularity wanes by the day and hot rows are chosen anew, by each installation in its own time.
FACTS = {"product_search": "(t.product_id, t.in_sample, t.vals, t.fts)"}
CONTENT = "SELECT md5(coalesce(string_agg({row}::text, E'\\n' ORDER BY {row}::text), '')) FROM {table} t"


def content_of(stack: Running, service: str) -> dict[str, str]:
    """A digest of each table, but of those that a service's own loops keep writing."""

    async def read() -> dict[str, str]:
        connection = await asyncpg.connect(stack.database_url(service))
        try:
            names = [
                name for name in await backup.rows_of(connection) if name not in FOLLOWING and not name.startswith("search_")
            ]
            return {name: await connection.fetchval(CONTENT.format(row=FACTS.get(name, "t"), table=name)) for name in names}
        finally:
            await connection.close()

    return asyncio.run(read())


def objects_of(stack: Running) -> Iterator[tuple[str, str, str]]:
    s3 = backup.s3_of(stack.installation)
    for bucket in s3.list_buckets():
        for found in s3.list_objects(bucket.name, recursive=True):
            yield bucket.name, found.object_name, found.etag


def silent(_line: str) -> None: ...


@pytest.fixture(scope="module")
def taken(stack: Running, api: Api, tmp_path_factory: pytest.TempPathFactory) -> Path:
    api.run(FEED, "Backed up")
    target = tmp_path_factory.mktemp("backup") / "one"
    backup.take(stack, target, silent)
    return target


def test_the_restored_installation_is_the_same_and_goes_on(taken: Path, stack: Running, tmp_path: Path) -> None:
    manifest = json.loads((taken / backup.MANIFEST).read_text(encoding="utf-8"))
    assert manifest["tables"]["catalog"]["supplier_products"] >= 40
    restore.restore(taken, tmp_path / "data", silent)
    with lifecycle.running(tmp_path / "data") as restored, Api(restored.url) as api:
        for service in SERVICES:
            assert content_of(restored, service) == content_of(stack, service)
        assert sorted(objects_of(restored)) == sorted(objects_of(stack))
        api.login("admin", stack.admin_password_file.read_text(encoding="ascii").strip())
        again = api.run(FEED, "Backed up")
        assert counts(again) == {"read": 40, "unchanged": 40}, "it is the same file as the last one of the supplier"
        assert counts(api.run(FIXTURES / "bom.csv", "Came later"))["created"] == 5
        transaction = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text"
        assert int(restored.installation.postgres.psql(transaction, "db_catalog")) > manifest["transaction"] > 0


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda folder: (folder / "db_core.dump").write_bytes(b"PGDMP"), "db_core.dump is missing or damaged"),
        (lambda folder: (folder / "manifest.json").unlink(), "is no backup"),
        (lambda folder: (folder / "manifest.json").write_text('{"format": 99}'), "use its own pm"),
    ],
)
def test_a_damaged_backup_is_refused_and_leaves_nothing(
    taken: Path, tmp_path: Path, harm: Callable[[Path], object], said: str
) -> None:
    damaged = tmp_path / "damaged"
    damaged.mkdir()
    for path in taken.iterdir():
        (damaged / path.name).symlink_to(path) if path.name != "manifest.json" else (damaged / path.name).write_bytes(
            path.read_bytes()
        )
    (damaged / "db_core.dump").unlink()
    harm(damaged)
    with pytest.raises(ProductsManagerError, match=said):
        restore.restore(damaged, tmp_path / "data", silent)
    assert not (tmp_path / "data").exists()


def test_nothing_is_overwritten(taken: Path, stack: Running) -> None:
    with pytest.raises(ProductsManagerError, match="is not empty"):
        backup.take(stack, taken, silent)
    with pytest.raises(ProductsManagerError, match="is not empty"):
        restore.restore(taken, stack.installation.data.root, silent)
