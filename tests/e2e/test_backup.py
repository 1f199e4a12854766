"""A backup of a stack at work becomes another installation that holds the same and goes on from there."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from api import FIXTURES, Api, counts
from contents import contents_of, objects_of

from productsmanager import backup, lifecycle, restore
from productsmanager.errors import ProductsManagerError
from productsmanager.lifecycle import Running

FEED = b"sku,name,price\n" + b"".join(b"K%d,Kept thing %d,%d.50\n" % (at, at, at) for at in range(40))


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
        assert contents_of(restored) == contents_of(stack)
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
