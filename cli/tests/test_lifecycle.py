"""Starting, stopping and surviving, with real servers."""

import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest

from productsmanager import lifecycle, orphans, ports
from productsmanager.data import DataDir
from productsmanager.errors import AlreadyRunning, ProductsManagerError, StartFailed
from productsmanager.installation import KEEPERS, SERVICES

STORAGE = {"postgres", "valkey", "seaweedfs"}
START = (
    "import pathlib, sys, time; from productsmanager import lifecycle; "
    "lifecycle.start(pathlib.Path(sys.argv[1]), {'postgres', 'valkey'}); print('up', flush=True); time.sleep(600)"
)


def eventually(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "it did not happen within a minute"
        time.sleep(0.1)


def test_a_second_start_finds_the_data_and_the_ports_of_the_first(data: Path) -> None:
    with lifecycle.running(data, STORAGE) as first:
        assert {process.name for process in first.status()} == STORAGE
        assert all(process.healthy and process.pid and process.rss_mb for process in first.status())
        first.installation.postgres.psql("CREATE TABLE kept AS SELECT 42 AS n", "db_core")
        used = dict(first.ports)
    assert orphans.find(data) == []
    with lifecycle.running(data, STORAGE) as second:
        assert dict(second.ports) == used
        assert second.installation.postgres.psql("SELECT n FROM kept", "db_core") == "42"


async def test_each_role_opens_its_own_database_only(data: Path) -> None:
    with lifecycle.running(data, {"postgres"}) as running:
        for service in SERVICES:
            connection = await asyncpg.connect(running.database_url(service))
            await connection.execute("CREATE TABLE mine (id int)")
            await connection.close()
        for database in ("db_catalog", "postgres", "template1"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await asyncpg.connect(running.database_url("core"), database=database)
        extensions = running.installation.postgres.psql("SELECT extname FROM pg_extension", "db_catalog").split()
        assert {"pg_trgm", "unaccent", "btree_gin", "intarray", "pg_stat_statements"} <= set(extensions)
        settings = "SELECT string_agg(setting, ' ' ORDER BY name) FROM pg_settings WHERE name IN ('fsync', 'synchronous_commit')"
        assert running.installation.postgres.psql(settings, "db_core") == "on on"


def test_a_second_up_is_refused_with_pid_and_port(data: Path) -> None:
    with lifecycle.running(data, {"valkey"}) as running:
        with pytest.raises(AlreadyRunning) as refusal:
            lifecycle.start(data, {"valkey"})
        assert f"pid {running.supervisor_pid}" in str(refusal.value)
        assert f"port {running.ports['edge']}" in str(refusal.value)
        assert all(process.healthy for process in running.status())


def test_a_killed_supervisor_leaves_nothing_and_the_next_start_has_the_data(data: Path) -> None:
    running = lifecycle.start(data, STORAGE)
    running.installation.postgres.psql("CREATE TABLE kept AS SELECT 42 AS n", "db_core")
    os.kill(running.supervisor_pid, signal.SIGKILL)
    assert running.wait() == -signal.SIGKILL
    eventually(lambda: orphans.find(data) == [])
    with lifecycle.running(data, STORAGE) as again:
        assert again.installation.postgres.psql("SELECT n FROM kept", "db_core") == "42"
        # SIGINT reached the postmaster: it was a shutdown, not a crash.
        log = DataDir.at(data).log_of("postgres").read_text()
        assert "database system was not properly shut down" not in log


def test_a_start_right_after_a_kill_waits_for_the_rest_to_end(data: Path) -> None:
    running = lifecycle.start(data, {"postgres", "valkey"})
    os.kill(running.supervisor_pid, signal.SIGKILL)
    running.wait()
    with lifecycle.running(data, {"postgres", "valkey"}) as again:
        assert dict(again.ports) == dict(running.ports)


def test_when_the_starter_is_killed_everything_stops(data: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", START, data], stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout
        assert starter.stdout.readline() == "up\n"
        assert orphans.find(data)
        starter.kill()
    eventually(lambda: orphans.find(data) == [])


def test_a_killed_server_is_started_again(data: Path) -> None:
    with lifecycle.running(data, {"postgres", "valkey"}) as running:
        for name in ("valkey", "postgres"):
            before = running.pid(name)
            assert before
            os.kill(before, signal.SIGKILL)
            eventually(lambda name=name, before=before: running.pid(name) not in (None, before))
        eventually(lambda: all(process.healthy for process in running.status()))


def test_a_server_that_is_held_stays_away_until_it_is_released(data: Path) -> None:
    with lifecycle.running(data, {"valkey"}) as running:
        before = running.pid("valkey")
        running.supervisor.hold("valkey")
        assert (running.pid("valkey"), running.supervisor.states()["valkey"].state) == (None, "STOPPED")
        running.supervisor.release("valkey")
        eventually(lambda: all(process.healthy for process in running.status()))
        assert running.pid("valkey") != before


def test_a_taken_port_is_replaced_and_named(data: Path) -> None:
    with lifecycle.running(data, {"valkey"}) as running:
        remembered = dict(running.ports)
    said: list[str] = []
    with socket.create_server(("127.0.0.1", remembered["valkey"])):
        with lifecycle.running(data, {"valkey"}, notify=said.append) as running:
            moved = running.ports["valkey"]
            assert moved != remembered["valkey"]
            assert dict(running.ports) == remembered | {"valkey": moved}
        assert any(f"port {remembered['valkey']} of valkey is taken" in line for line in said)
    assert ports.remembered(DataDir.at(data))["valkey"] == moved


def test_a_server_that_cannot_start_is_named_with_the_end_of_its_log(data: Path) -> None:
    with lifecycle.running(data, {"postgres"}) as running:
        version = running.installation.postgres.by_service["core"].cluster / "PG_VERSION"
    version.write_text("3\n")
    with pytest.raises(StartFailed, match="postgres ended at its start") as failure:
        lifecycle.start(data, {"postgres", "valkey"})
    assert any("incompatible with server" in line for line in failure.value.log_lines)
    assert orphans.find(data) == []


def test_secrets_are_private_and_nothing_above_the_data_changes(data: Path) -> None:
    data.parent.chmod(0o700)
    above = {path: path.stat() for path in data.parents}
    with lifecycle.running(data, {"postgres", "valkey"}):
        keys = [*data.glob("keys/*.pem"), *data.glob("keys/*.fernet")]
        private = [data / "secrets.json", data / "run" / "supervisord.conf", *keys]
        assert len(private) == 2 + len(SERVICES) + 1 + len(KEEPERS)
        assert {stat.S_IMODE(path.stat().st_mode) for path in private} == {0o600}
        for path, before in above.items():
            assert (path.stat().st_mode, path.stat().st_uid, path.stat().st_gid) == (before.st_mode, before.st_uid, before.st_gid)


def test_lost_secrets_are_not_replaced_when_a_database_needs_them(data: Path) -> None:
    with lifecycle.running(data, {"postgres"}):
        pass
    (data / "secrets.json").unlink()
    with pytest.raises(ProductsManagerError, match="restore it from a backup"):
        lifecycle.start(data, {"postgres"})


def test_a_path_too_long_for_a_socket_works(tmp_path: Path) -> None:
    with lifecycle.running(tmp_path / ("long" * 30) / "data with space", STORAGE) as running:
        assert all(process.healthy for process in running.status())
