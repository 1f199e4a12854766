"""Tests that fail by chance are told and pass; those that fail twice, or in numbers, do not."""

import tomllib
from pathlib import Path

import gates
import pytest

PROJECT = gates.REPOSITORY

CHANCE = """
from pathlib import Path

def test_by_chance():
    seen = Path(__file__).with_suffix(".seen")
    again = seen.exists()
    seen.touch()
    assert again
"""


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    # Only what the runner leans on: the others take seconds to load.
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setattr(gates, "REPOSITORY", tmp_path)
    # The project's own options, so that what they switch off is off here as well.
    options = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]["addopts"]
    (tmp_path / "pytest.ini").write_text(f"[pytest]\naddopts = {options}\nmarkers =\n  data\n  faults\n")
    (tmp_path / "tests").mkdir()
    return tmp_path


def verdict(repository: Path, code: str) -> gates.Verdict:
    (repository / "tests" / "test_it.py").write_text(code)
    return gates.package_tests(Path("tests")).run()


def test_what_passes(repository: Path) -> None:
    assert verdict(repository, "def test_it(): pass") == gates.Verdict("tests: tests", passed=True)


def test_chance_is_told(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verdict(repository, CHANCE) == gates.Verdict("tests: tests", True, ("tests/test_it.py::test_by_chance",))
    assert "assert again" in capsys.readouterr().out


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("def test_it(): assert False", id="twice"),
        pytest.param(CHANCE + "def test_it(): assert False", id="chance beside a fault"),
        pytest.param(
            "\n".join(CHANCE.replace("chance", f"chance_{at}").replace(".seen", f".{at}") for at in range(4)), id="many"
        ),
        pytest.param("import nothing_of_this_name", id="does not begin"),
        pytest.param("import os; os._exit(1)", id="dies"),
        pytest.param("", id="no tests"),
    ],
)
def test_faults_fail(repository: Path, code: str) -> None:
    assert not verdict(repository, code).passed


def test_an_older_failure_is_no_matter(repository: Path) -> None:
    verdict(repository, "def test_it(): assert False")
    assert not verdict(repository, "import os; os._exit(1)").passed
