"""Schemas of databases: only what is behind is migrated, and what is newer is refused."""

import os
import subprocess
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

import productsmanager
from productsmanager import lifecycle, orphans, schemas
from productsmanager.errors import ProductsManagerError
from productsmanager.installation import SERVICES

PARTS = {"postgres", "migrate"}
NEWER = "UPDATE alembic_version SET version_num = '9999'"


@pytest.mark.parametrize("service", SERVICES)
def test_migrations_are_named_by_their_revision_in_one_line(service: str) -> None:
    directory = Path(productsmanager.__file__).parents[2] / "services" / f"{service}-svc" / f"{service}_svc" / "migrations"
    script = ScriptDirectory(str(directory))
    assert schemas.known(service) == [revision.revision for revision in script.walk_revisions()][::-1]


def test_only_what_is_behind_is_migrated_and_what_is_newer_refused(data: Path) -> None:
    said: list[str] = []
    with lifecycle.running(data, PARTS, notify=said.append) as first:
        for service in SERVICES:
            assert schemas.present(first.installation, service) == schemas.known(service)[-1]
    assert any(line.startswith("migrate done") for line in said)
    said.clear()
    with lifecycle.running(data, PARTS, notify=said.append) as second:
        assert not any("migrate" in line for line in said)
        second.installation.postgres.psql(NEWER, "db_core")
        task = second.processes["migrate"]
        alone = subprocess.run(task.command, env=os.environ | task.environment, capture_output=True, text=True, check=False)
        assert alone.returncode == 1
        assert "use the newer version that made it" in alone.stderr
        assert "Traceback" not in alone.stderr
    with pytest.raises(ProductsManagerError, match=r"db_core has the schema 9999, and this code knows 0\d+ at most"):
        lifecycle.start(data, PARTS)
    assert orphans.find(data) == []
