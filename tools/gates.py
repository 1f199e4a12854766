"""Run the gates of the repository: `python tools/gates.py lint test`.

Every gate runs, also behind one that failed; the output of a failed one is shown, and the failed ones are named at the end. When
few tests fail they are run once more by themselves: one that passes then is shown and named as unstable, and is to be mended, but
does not hold up others' work.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
SCRIPTS = Path(sysconfig.get_path("scripts"))
COMPOSE = "deploy/compose.yaml"
OVERRIDE = "deploy/compose.override.yaml"
COMPOSE_FILES = (COMPOSE, OVERRIDE)
PROMETHEUS = "deploy/prometheus"
# Tests wait for processes most of their time, so two gates fill two cores.
AT_ONCE = 2
# More that fail at once are no chance.
FEW = 3


@dataclass(frozen=True)
class Verdict:
    """How a gate went; `unstable` are the tests that failed at first and passed when they were run again."""

    gate: str
    passed: bool
    unstable: tuple[str, ...] = ()


@dataclass(frozen=True)
class Gate:
    """A command that has to end with status 0, run in the repository's root."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)

    def run(self) -> Verdict:
        """Run it and print how it went."""
        return Verdict(self.name, self._passes(self.name, self.command))

    def _passes(self, name: str, command: Sequence[str]) -> bool:
        started = time.monotonic()
        done = subprocess.run(
            command,
            cwd=REPOSITORY,
            env=os.environ | self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
        failed = done.returncode != 0
        verdict = f"{name:<34}{'FAILED' if failed else 'ok':<8}{time.monotonic() - started:6.1f} s  {_last_line(done.stdout)}"
        print(f"{verdict}\n$ {' '.join(command)}\n{done.stdout}" if failed else verdict, flush=True)
        return not failed


@dataclass(frozen=True)
class PackageTests(Gate):
    """The tests of one package, in a process of their own."""

    cache: Path = Path()

    def run(self) -> Verdict:
        """Run them, and the failed ones once more when they are few."""
        last_failed = self.cache / "v" / "cache" / "lastfailed"
        last_failed.unlink(missing_ok=True)
        if self._passes(self.name, self.command):
            return Verdict(self.name, passed=True)
        failed = tuple(json.loads(last_failed.read_text(encoding="utf-8"))) if last_failed.exists() else ()
        if not 0 < len(failed) <= FEW:
            return Verdict(self.name, passed=False)
        again = self._passes(f"{self.name}, again", (*self.command, "--last-failed"))
        return Verdict(self.name, again, failed if again else ())


def package_tests(folder: Path) -> PackageTests:
    """One pytest process with a database and a cache of its own."""
    cache = REPOSITORY / ".pytest_cache" / "gates" / "-".join(folder.parts)
    options = ("-m", "not data and not faults", "-o", f"cache_dir={cache}")
    return PackageTests(f"tests: {folder}", (sys.executable, "-m", "pytest", *options, str(folder)), cache=cache)


def lint_gates() -> Iterator[Gate]:
    python = sys.executable
    yield Gate("style", (python, "-m", "ruff", "check", "."))
    yield Gate("format", (python, "-m", "ruff", "format", "--check", "."))
    packages = [argument for package in packages_of_workspace() for argument in ("-p", package)]
    yield Gate("types", (python, "-m", "mypy", *packages))
    tools = sorted(str(path.relative_to(REPOSITORY)) for root in ("tools", "web") for path in REPOSITORY.glob(f"{root}/*.py"))
    # Beside the other one: two that begin with an empty cache and share it make mypy fail.
    yield Gate("types of tools", (python, "-m", "mypy", "--cache-dir", ".mypy_cache/tools", *tools))
    for name in ("lint", "types", "test"):
        yield Gate(f"web: {name}", (python, "web/build.py", "run", name))
    yield Gate("imports", (str(SCRIPTS / "lint-imports"), "--no-cache"))
    yield Gate("dependencies", (python, "tools/dependencies.py"))
    yield Gate("repository rules", (python, "tools/lint.py"))
    yield Gate("contracts: style", (python, "tools/proto.py", "lint"))
    yield Gate("contracts: compatibility", (python, "tools/proto.py", "breaking"))
    yield Gate("Dockerfile", (str(SCRIPTS / "hadolint"), "deploy/Dockerfile"))
    yield Gate(
        "compose schema", (str(SCRIPTS / "check-jsonschema"), "--builtin-schema", "vendor.compose-spec", COMPOSE, OVERRIDE)
    )
    if has_compose():
        yield Gate(
            "compose", ("docker", "compose", "--file", COMPOSE, "--file", OVERRIDE, "config", "--quiet"), required_variables()
        )
    else:
        print("compose: skipped, the docker compose plugin is not installed; its file is checked by schema only")
    if promtool := shutil.which("promtool"):
        yield Gate("prometheus", (promtool, "check", "config", f"{PROMETHEUS}/prometheus.yaml"))
        yield Gate("alerts", (promtool, "test", "rules", f"{PROMETHEUS}/alerts.test.yaml"))
    else:
        print("prometheus, alerts: skipped, promtool is not installed; names, labels and grammar are tested without it")


def test_gates() -> Iterator[Gate]:
    """One pytest process per package, each with a database of its own; the longest come first."""
    roots = ("tests/e2e", "cli/tests", "services/*/tests", "libs/*/tests", "gateway/tests", "tools/tests")
    folders = [path for root in roots for path in sorted(REPOSITORY.glob(root))]
    for folder in folders:
        yield package_tests(folder.relative_to(REPOSITORY))


def fuzz_gates() -> Iterator[Gate]:
    """Requests drawn at random, and the property tests of each package; FUZZ_SEED repeats a run."""
    seed = os.environ.get("FUZZ_SEED", "1")
    requests = {"PM_FUZZ_SECONDS": "300", "PM_FUZZ_SEED": seed}
    pytest = (sys.executable, "-m", "pytest", "--timeout", "1800")
    yield Gate("fuzz: requests", (*pytest, "tests/e2e/test_fuzz.py"), requests)
    drawn = ("-m", "hypothesis", "--hypothesis-profile=many", f"--hypothesis-seed={seed}")
    for folder in sorted(path for root in ("services/*", "gateway", "libs/*") for path in REPOSITORY.glob(f"{root}/tests")):
        if any("hypothesis" in path.read_text(encoding="utf-8") for path in folder.rglob("test_*.py")):
            name = folder.relative_to(REPOSITORY)
            yield Gate(f"fuzz: {name}", (*pytest, *drawn, str(name)))


def packages_of_workspace() -> list[str]:
    """The import packages of the workspace, such as `catalog_svc`."""
    roots = ("libs/*", "services/*", "gateway", "cli")
    return [path.parent.name for root in roots for path in sorted(REPOSITORY.glob(f"{root}/*/__init__.py"))]


def has_compose() -> bool:
    docker = shutil.which("docker")
    return docker is not None and subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode == 0


def required_variables() -> dict[str, str]:
    """Something for each variable without which compose refuses its file."""
    text = (REPOSITORY / COMPOSE).read_text(encoding="utf-8")
    return dict.fromkeys(re.findall(r"\$\{(\w+):\?", text), "any")


def _last_line(output: str) -> str:
    lines = output.strip().splitlines()
    return lines[-1][:80] if lines else ""


def main() -> int:
    sets = {"lint": lint_gates, "test": test_gates, "fuzz": fuzz_gates}
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("sets", nargs="+", choices=sets)
    verdicts: list[Verdict] = []
    for name in parser.parse_args().sets:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            verdicts += pool.map(lambda gate: gate.run(), sets[name]())
    if unstable := [test for verdict in verdicts for test in verdict.unstable]:
        print("\nunstable, passed only when run again; to be mended:", *unstable, sep="\n  ")
    failed = [verdict.gate for verdict in verdicts if not verdict.passed]
    print(f"\nFAILED: {', '.join(failed)}" if failed else "\nall gates passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
