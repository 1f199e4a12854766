"""One PostgreSQL cluster for each service: who is where, what one of them takes with it, and that a directory keeps its kind."""

import json
import os
import signal
from pathlib import Path

import asyncpg
import pytest

from productsmanager import backup, clusters, installation, lifecycle, stack
from productsmanager.data import DataDir
from productsmanager.errors import ProductsManagerError
from productsmanager.installation import SERVICES, Door

TWO = {"postgres-core", "postgres-catalog"}


def made(root: Path, *names: str) -> None:
    for name in names:
        (root / name / "data").mkdir(parents=True)


@pytest.mark.parametrize(
    ("there", "wanted", "separate"),
    [
        ((), None, False),
        ((), 1, False),
        ((), 7, True),
        (("postgres",), None, False),
        (("postgres",), 1, False),
        (("postgres-media",), None, True),
        (("postgres-media",), 7, True),
    ],
)
def test_a_directory_keeps_the_clusters_it_was_made_with(
    tmp_path: Path, there: tuple[str, ...], wanted: int | None, separate: bool
) -> None:
    made(tmp_path, *there)
    assert clusters.choose(tmp_path, SERVICES, wanted) is separate


@pytest.mark.parametrize(
    ("there", "wanted", "said"),
    [
        ((), 3, "--clusters is 1, or 7"),
        (("postgres",), 7, "made with 1 and not 7 clusters: .*pm restore FOLDER --data NEW --clusters 7"),
        (("postgres-core",), 1, "made with 7 and not 1 clusters"),
    ],
)
def test_another_number_is_refused(tmp_path: Path, there: tuple[str, ...], wanted: int, said: str) -> None:
    made(tmp_path, *there)
    with pytest.raises(ProductsManagerError, match=said):
        clusters.choose(tmp_path, SERVICES, wanted)


@pytest.mark.parametrize(("said", "clusters"), [({"format": 1}, 1), ({"format": 2, "clusters": 7}, 7)])
def test_a_backup_says_how_many_there_were(tmp_path: Path, said: dict[str, int], clusters: int) -> None:
    kept = {"time": "2026-01-01T00:00:00+00:00", "transaction": 1, "tables": {}, "objects": 0, "files": {}} | said
    (tmp_path / backup.MANIFEST).write_text(json.dumps(kept), encoding="utf-8")
    assert backup.Manifest.read(tmp_path).clusters == clusters


def test_each_service_waits_for_its_own_cluster(data: Path) -> None:
    prepared, _ = installation.prepare(DataDir.at(data), Door(), 7)
    processes = stack.processes(prepared)
    assert {name for name in processes if name.startswith("postgres")} == {f"postgres-{service}" for service in SERVICES}
    for service in SERVICES:
        assert f"postgres-{service}" in processes["migrate"].needs
        assert f":{prepared.ports[f'postgres-{service}']}/db_{service}" in processes[service].environment["PM_DATABASE_URL"]


def test_a_database_elsewhere_needs_no_cluster_here(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PM_EXTERNAL_DATABASE_URL_MEDIA", "postgresql://u:p@db/media")
    prepared, _ = installation.prepare(DataDir.at(data), Door(), 7)
    assert "postgres-media" not in stack.processes(prepared)


async def test_one_that_is_down_leaves_the_other_alone(data: Path) -> None:
    with lifecycle.running(data, TWO, clusters=7) as running:
        assert {process.name for process in running.status() if process.healthy} == TWO
        for service in ("core", "catalog"):
            [name] = running.installation.postgres.psql(
                "SELECT datname FROM pg_database WHERE datname ~ '^db_'", f"db_{service}"
            ).split()
            assert name == f"db_{service}"
        pid = running.pid("postgres-core")
        assert pid is not None
        os.kill(pid, signal.SIGSTOP)
        try:
            assert {process.name: process.healthy for process in running.status()} == {
                "postgres-core": False,
                "postgres-catalog": True,
            }
            connection = await asyncpg.connect(running.database_url("catalog"))
            assert await connection.fetchval("SELECT 1") == 1
            await connection.close()
        finally:
            os.kill(pid, signal.SIGCONT)
    with lifecycle.running(data, TWO) as again:
        assert set(again.processes) == TWO
