"""Every rule of the repository can fail."""

import subprocess
from pathlib import Path

import lint
import pytest


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A lawful repository."""
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    (tmp_path / "constraints.txt").write_text("grpcio==1.85.1\n")
    (tmp_path / "libs/chassis/chassis").mkdir(parents=True)
    (tmp_path / "docs/adr").mkdir(parents=True)
    (tmp_path / "docs/adr/README.md").write_text("# Decisions\n")
    (tmp_path / "libs/chassis/pyproject.toml").write_text('[project]\nname = "chassis"\ndependencies = ["grpcio", "Chassis"]\n')
    return tmp_path


def complaints(repository: Path) -> list[str]:
    return [complaint for rule in lint.RULES for complaint in rule(repository)]


def test_a_lawful_repository_has_none(repository: Path) -> None:
    assert complaints(repository) == []


def test_long_modules_but_not_generated_ones(repository: Path) -> None:
    (repository / "long.py").write_text("\n" * 301)
    (repository / "long_pb2.py").write_text("\n" * 301)
    (repository / "just_right.py").write_text("\n" * 300)
    assert [complaint.split(":")[0] for complaint in complaints(repository)] == ["long.py"]


def test_a_decision_that_the_index_does_not_list(repository: Path) -> None:
    (repository / "docs/adr/0001-first.md").write_text("# 1. First things first\nWhy.\n")
    (found,) = complaints(repository)
    assert "[1](0001-first.md) First things first" in found
    (repository / "docs/adr/README.md").write_text("# Decisions\n- [1](0001-first.md) First things first\n")
    assert complaints(repository) == []


def test_ignored_files_are_not_judged(repository: Path) -> None:
    (repository / ".gitignore").write_text("long.py\n")
    (repository / "long.py").write_text("\n" * 301)
    assert complaints(repository) == []


def test_a_growing_chassis(repository: Path) -> None:
    for number in range(16):
        (repository / f"libs/chassis/chassis/part{number}.py").write_text("\n" * 250)
    assert [complaint.split(":")[0] for complaint in complaints(repository)] == ["libs/chassis"]


@pytest.mark.parametrize("address", ["pypi.{}".format("org"), "files.python{}.org".format("hosted"), "see /{}/x".format("root")])
def test_addresses_of_one_network_or_machine(repository: Path, address: str) -> None:
    (repository / "README.md").write_text(f"first\n{address}\n")
    assert [complaint.rsplit(":", 2)[0] for complaint in complaints(repository)] == ["README.md:2"]


@pytest.mark.parametrize("text", ["/api/work/5", "$HOME/root/x", "network/", "a/root/b", "pypi-org"])
def test_what_only_looks_like_one(repository: Path, text: str) -> None:
    (repository / "README.md").write_text(text)
    assert complaints(repository) == []


@pytest.mark.parametrize("line", ["grpcio>=1.85", "grpcio @ https://example.com/grpcio.whl", "--index-url https://example.com"])
def test_inexact_constraints(repository: Path, line: str) -> None:
    (repository / "constraints.txt").write_text(f"grpcio==1.85.1\n{line}\n")
    assert [complaint.rsplit(":", 1)[0] for complaint in complaints(repository) if complaint.startswith("constraints.txt:2")]


def test_unpinned_dependencies(repository: Path) -> None:
    (repository / "pyproject.toml").write_text(
        '[project]\nname = "x"\ndependencies = ["celery[redis]>=5"]\noptional-dependencies.dev = ["pytest"]\n'
        '[build-system]\nrequires = ["hatchling"]\n'
    )
    found = complaints(repository)
    assert [complaint.split(" is ")[0] for complaint in found] == [
        f"pyproject.toml: {name}" for name in ("celery[redis]>=5", "hatchling", "pytest")
    ]
