"""Each process of the stack, in production without its secrets."""

import os
import subprocess
from pathlib import Path

import pytest

from productsmanager import installation, stack
from productsmanager.data import DataDir

URLS = {"PM_DATABASE_URL", "PM_REDIS_URL", "PM_BROKER_URL"}
PROCESSES = [*stack.SERVERS, "imports-worker"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> installation.Installation:
    """An installation of which nothing runs."""
    return installation.prepare(DataDir.at(tmp_path_factory.mktemp("production") / "data"), installation.Door())[0]


def start(made: installation.Installation, name: str, **changed: str) -> subprocess.CompletedProcess[str]:
    process = stack.processes(made)[name]
    environment = os.environ | process.environment | {"PM_ENVIRONMENT": "production"} | changed
    return subprocess.run(
        process.command, env=environment, cwd=made.data.root, capture_output=True, text=True, timeout=60, check=False
    )


def test_every_process_of_ours_is_tried(made: installation.Installation) -> None:
    ours = {name for name, process in stack.processes(made).items() if "PM_KEYS_DIR" in process.environment}
    assert ours == {*PROCESSES, "gateway"}


@pytest.mark.parametrize("name", PROCESSES)
def test_it_refuses_to_start_and_names_what_is_missing(made: installation.Installation, name: str) -> None:
    told = stack.processes(made)[name].environment
    weak = dict.fromkeys(URLS & told.keys(), "redis://127.0.0.1:1/0")
    ended = start(made, name, **weak)

    assert ended.returncode != 0
    used = weak.keys() if "imports" in name else weak.keys() - {"PM_BROKER_URL"}
    assert [variable for variable in sorted(used) if variable not in ended.stderr] == []
    assert "Traceback" not in ended.stderr
    assert not [secret for secret in made.secrets.postgres.values() if secret in ended.stderr]


@pytest.mark.parametrize("name", ["core", "imports-worker", "gateway"])
def test_it_refuses_a_directory_without_its_key(made: installation.Installation, name: str, tmp_path: Path) -> None:
    ended = start(made, name, PM_KEYS_DIR=str(tmp_path))

    assert ended.returncode != 0
    assert ".pem" in ended.stderr
    assert "PM_KEYS_DIR" in ended.stderr
