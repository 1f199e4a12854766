"""What the tool writes is a service: tidy, lawful in its contract, and its own tests pass on a real database."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import google.api
import new_service
import pytest
from grpc_tools import protoc

import proto

RUFF = [sys.executable, "-m", "ruff"]
SETTINGS = ["--config", str(new_service.REPOSITORY / "pyproject.toml")]


@pytest.fixture(scope="module", params=[False, True], ids=["plain", "with jobs"])
def workspace(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace whose one service has a name that sorts before ours and a resource of two words."""
    target = tmp_path_factory.mktemp("workspace")
    new_service.render(new_service.names("audit", "LogEntry", "audit_entries"), target, job=request.param)
    return target


def test_it_is_tidy(workspace: Path) -> None:
    subprocess.run([*RUFF, "check", *SETTINGS, str(workspace)], check=True)
    subprocess.run([*RUFF, "format", "--check", *SETTINGS, str(workspace)], check=True)


def test_its_contract_is_lawful(workspace: Path) -> None:
    assert proto.lint(workspace / "proto") == 0


def test_its_own_tests_pass(workspace: Path) -> None:
    generate_python(workspace / "proto")
    for name in ("conftest.py", "pyproject.toml"):
        shutil.copy(new_service.REPOSITORY / name, workspace)
    path = [workspace / "proto", workspace / "services" / "audit-svc"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "services/audit-svc"],
        cwd=workspace,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(map(str, path))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "passed" in done.stdout


def test_an_existing_service_is_left_alone(workspace: Path) -> None:
    readme = workspace / "services" / "audit-svc" / "README.md"
    before = readme.read_bytes()
    with pytest.raises(FileExistsError, match="audit-svc exists"):
        new_service.render(new_service.names("audit", "Other", None), workspace)
    assert readme.read_bytes() == before
    assert not (workspace / "services" / "audit-svc" / "audit_svc" / "others").exists()


@pytest.mark.parametrize(
    ("noun", "plural"), [("Item", "Items"), ("Category", "Categories"), ("Day", "Days"), ("Box", "Boxes"), ("Batch", "Batches")]
)
def test_plurals(noun: str, plural: str) -> None:
    assert new_service.plural(noun) == plural


def generate_python(root: Path) -> None:
    """What installing pm-proto does with a contract."""
    includes = [root, proto.PROTO, Path(protoc.__file__).parent / "_proto", Path(next(iter(google.api.__path__))).parents[1]]
    arguments = ["protoc", *(f"-I{path}" for path in includes), f"--python_out={root}", f"--grpc_python_out={root}"]
    assert protoc.main([*arguments, *map(str, root.glob("pm/**/*.proto"))]) == 0
