"""Packages declare what they import, and import what they declare."""

from pathlib import Path

import dependencies
import pytest


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace of one lawful package."""
    monkeypatch.setattr(dependencies, "REPOSITORY", tmp_path)
    folder = tmp_path / "libs" / "jobs"
    (folder / "jobs").mkdir(parents=True)
    (folder / "jobs" / "__init__.py").write_text("import structlog\n")
    (folder / "pyproject.toml").write_text('[project]\nname = "pm-jobs"\nversion = "1"\ndependencies = ["structlog"]\n')
    return folder


def test_a_lawful_package(package: Path) -> None:
    assert dependencies.main() == 0


@pytest.mark.parametrize("module", ["import structlog, httpx\n", "import structlog\nfrom pm.common.v1 import jobs_pb2\n"])
def test_what_is_imported_and_not_declared(package: Path, capsys: pytest.CaptureFixture[str], module: str) -> None:
    (package / "jobs" / "__init__.py").write_text(module)
    assert dependencies.main() == 1
    assert "libs/jobs:\n  jobs/__init__.py:" in capsys.readouterr().out


def test_what_is_declared_and_not_imported(package: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (package / "jobs" / "__init__.py").write_text("")
    assert dependencies.main() == 1
    assert "'structlog' defined as a dependency but not used" in capsys.readouterr().out
    declared = package / "pyproject.toml"
    declared.write_text(declared.read_text() + '[tool.deptry.per_rule_ignores]\nDEP002 = ["structlog"]\n')
    assert dependencies.main() == 0
