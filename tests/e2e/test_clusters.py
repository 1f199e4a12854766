"""An installation moves from one PostgreSQL cluster to seven and back, and is used at each step."""

import time
from pathlib import Path

import pytest
from api import Api, counts
from contents import contents_of, objects_of

from productsmanager import backup, lifecycle, restore
from productsmanager.lifecycle import Running

ROWS = 40
# What `pm restore --clusters` is told, and whether each service has a cluster of its own then.
STEPS = ((7, True), (None, True), (1, False))
TOLD = "SELECT count(*) FROM notifications WHERE subject_id = '{}'"


def prices(step: int) -> bytes:
    """A price list whose prices rise with each step."""
    return b"sku,name,price\n" + b"".join(b"M%d,Moved thing %d,%d.50\n" % (row, row, row + step) for row in range(ROWS))


def use(stack: Running, step: int) -> None:
    """Import the step's price list, and see that a consumer in another database hears of it."""
    with Api(stack.url) as api:
        api.login("admin", stack.admin_password_file.read_text(encoding="ascii").strip())
        job = api.run(prices(step), "Moved")
        assert counts(job)["updated" if step else "created"] == ROWS, job["ledger"]
        deadline = time.monotonic() + 60
        while stack.installation.postgres.psql(TOLD.format(job["id"]), "db_core") != "1":
            assert time.monotonic() < deadline, "nobody was told of the end of the import"
            time.sleep(0.2)


def silent(_line: str) -> None: ...


@pytest.mark.faults
@pytest.mark.timeout(1200)
def test_from_one_cluster_to_seven_and_back(tmp_path: Path) -> None:
    data, saved = tmp_path / "data-0", tmp_path / "backup-0"
    with lifecycle.running(data) as stack:
        use(stack, 0)
        backup.take(stack, saved, silent)
        kept = contents_of(stack), sorted(objects_of(stack))
    for step, (clusters, separate) in enumerate(STEPS, start=1):
        data = tmp_path / f"data-{step}"
        restore.restore(saved, data, silent, clusters)
        with lifecycle.running(data) as stack:
            assert stack.installation.separate is separate
            assert (contents_of(stack), sorted(objects_of(stack))) == kept
            use(stack, step)
            saved = tmp_path / f"backup-{step}"
            backup.take(stack, saved, silent)
            kept = contents_of(stack), sorted(objects_of(stack))
