"""supervisord with processes of the test's own, and the list of the real ones."""

import os
import signal
import time
from pathlib import Path

import pytest

from productsmanager import installation, stack
from productsmanager.data import DataDir
from productsmanager.errors import ProductsManagerError
from productsmanager.installation import SERVICES, Door, External
from productsmanager.privileges import bound_to_parent
from productsmanager.process import Process
from productsmanager.supervision import Supervisor, levels, tail, wait_until_gone


def test_the_children_of_a_killed_process_are_killed(data: Path) -> None:
    directory = DataDir.at(data)
    directory.create()
    written = data / "child"
    # Each variable arrives as it was given, whatever supervisord's syntax makes of such characters.
    environment = {"AWKWARD": "a b,c=%(x)s%%", "WRITTEN": str(written)}
    script = 'test "$AWKWARD" = "a b,c=%(x)s%%" || exit 1; sleep 600 & echo $! > "$WRITTEN"; wait'
    (data / "parent.sh").write_text(script)
    command = bound_to_parent(("/bin/sh", str(data / "parent.sh")), "TERM")
    parent = Process("parent", command, directory=data, environment=environment, is_task=True)
    supervisor = Supervisor(directory, "secret")
    with directory.lock() as lock:
        launched = supervisor.launch({"parent": parent}, lock, bound=True)
    try:
        supervisor.start(parent, 0)
        while not (written.exists() and written.read_text()):
            assert supervisor.states()["parent"].is_running, tail(directory.log_of("parent"))
            time.sleep(0.05)
        child = int(written.read_text())
        pid = supervisor.states()["parent"].pid
        assert pid
        os.kill(pid, signal.SIGKILL)
        assert wait_until_gone(child, 30)
    finally:
        launched.terminate()
        launched.wait()


def test_every_need_of_the_stack_is_in_it_and_comes_before(data: Path) -> None:
    prepared, _ = installation.prepare(DataDir.at(data), Door())
    processes = stack.processes(prepared)
    order = [name for level in levels(processes) for name in level]
    assert sorted(order) == sorted(processes)
    for process in processes.values():
        assert all(order.index(need) < order.index(process.name) for need in (*process.needs, *process.uses))
    assert order[-2:] == ["gateway", "traefik"]
    assert len(set(prepared.ports.values())) == len(prepared.ports)


def test_each_service_is_told_its_own_database_and_queue(data: Path) -> None:
    prepared, _ = installation.prepare(DataDir.at(data), Door())
    processes = stack.processes(prepared)
    for service, queue in SERVICES.items():
        environment = processes[service].environment
        assert environment["PM_DATABASE_URL"].endswith(f"/db_{service}")
        assert environment["PM_BIND"] == processes["gateway"].environment[f"PM_{service.upper()}_ADDRESS"]
        assert environment.get("PM_BROKER_URL", "").endswith("" if queue is None else f"/{queue}")
    assert processes["catalog"].environment["PM_BIND"] != processes["catalog-bulk"].environment["PM_BIND"]
    assert "PM_DATABASE_URL" not in processes["gateway"].environment
    assert "PM_BIND" not in processes["imports-worker"].environment


def test_an_external_server_replaces_the_embedded_one(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for service in SERVICES:
        monkeypatch.setenv(f"PM_EXTERNAL_DATABASE_URL_{service.upper()}", f"postgresql://u:p@db/{service}")
    monkeypatch.setenv("PM_EXTERNAL_REDIS_URL", "redis://cache:6379/9")
    monkeypatch.setenv("PM_EXTERNAL_S3_ENDPOINT", "s3:9000")
    with pytest.raises(ProductsManagerError, match="PM_EXTERNAL_S3_ACCESS_KEY and PM_EXTERNAL_S3_SECRET_KEY"):
        External.of(os.environ)
    monkeypatch.setenv("PM_EXTERNAL_S3_ACCESS_KEY", "a")
    monkeypatch.setenv("PM_EXTERNAL_S3_SECRET_KEY", "s")
    prepared, _ = installation.prepare(DataDir.at(data), Door())
    processes = stack.processes(prepared)
    assert not processes.keys() & stack.STORAGE
    imports = processes["imports"].environment
    assert imports["PM_DATABASE_URL"] == "postgresql://u:p@db/imports"
    assert imports["PM_BROKER_URL"] == "redis://cache:6379/1"
    assert (imports["PM_S3_ENDPOINT"], imports["PM_S3_SECURE"]) == ("s3:9000", "true")
    assert imports["PM_S3_PUBLIC_URL"] == "https://s3:9000"
    monkeypatch.setenv("PM_EXTERNAL_S3_PUBLIC_URL", "https://files.example.com")
    prepared, _ = installation.prepare(DataDir.at(data), Door())
    assert stack.processes(prepared)["imports"].environment["PM_S3_PUBLIC_URL"] == "https://files.example.com"


def test_a_directory_the_supervisor_cannot_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProductsManagerError, match="choose another directory"):
        DataDir.at(tmp_path / "semi;colon")
