"""Run the gates of the repository: `python tools/gates.py lint test`.

Every gate runs, also behind one that failed; the output of a failed one is shown, and the failed ones are named at the end.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
SCRIPTS = Path(sysconfig.get_path("scripts"))
COMPOSE = "deploy/compose.yaml"
PROMETHEUS = "deploy/prometheus"
# Tests wait for processes most of their time, so two gates fill two cores.
AT_ONCE = 2


@dataclass(frozen=True)
class Gate:
    """A command that has to end with status 0, run in the repository's root."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)

    def passes(self) -> bool:
        """Run it and say how it went."""
        started = time.monotonic()
        done = subprocess.run(
            self.command,
            cwd=REPOSITORY,
            env=os.environ | self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
        failed = done.returncode != 0
        verdict = (
            f"{self.name:<34}{'FAILED' if failed else 'ok':<8}{time.monotonic() - started:6.1f} s  {_last_line(done.stdout)}"
        )
        print(f"{verdict}\n$ {' '.join(self.command)}\n{done.stdout}" if failed else verdict, flush=True)
        return not failed


def lint_gates() -> Iterator[Gate]:
    python = sys.executable
    yield Gate("style", (python, "-m", "ruff", "check", "."))
    yield Gate("format", (python, "-m", "ruff", "format", "--check", "."))
    packages = [argument for package in packages_of_workspace() for argument in ("-p", package)]
    yield Gate("types", (python, "-m", "mypy", *packages))
    tools = sorted(str(path.relative_to(REPOSITORY)) for path in REPOSITORY.glob("tools/*.py"))
    # Beside the other one: two that begin with an empty cache and share it make mypy fail.
    yield Gate("types of tools", (python, "-m", "mypy", "--cache-dir", ".mypy_cache/tools", *tools))
    yield Gate("imports", (str(SCRIPTS / "lint-imports"), "--no-cache"))
    yield Gate("repository rules", (python, "tools/lint.py"))
    yield Gate("contracts: style", (python, "tools/proto.py", "lint"))
    yield Gate("contracts: compatibility", (python, "tools/proto.py", "breaking"))
    yield Gate("Dockerfile", (str(SCRIPTS / "hadolint"), "deploy/Dockerfile"))
    yield Gate("compose schema", (str(SCRIPTS / "check-jsonschema"), "--builtin-schema", "vendor.compose-spec", COMPOSE))
    if has_compose():
        yield Gate("compose", ("docker", "compose", "--file", COMPOSE, "config", "--quiet"), required_variables())
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
        name = folder.relative_to(REPOSITORY)
        yield Gate(f"tests: {name}", (sys.executable, "-m", "pytest", "-m", "not data and not faults", str(name)))


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
    sets = {"lint": lint_gates, "test": test_gates}
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("sets", nargs="+", choices=sets)
    failed = []
    for name in parser.parse_args().sets:
        gates = list(sets[name]())
        with ThreadPoolExecutor(AT_ONCE) as pool:
            failed += [gate.name for gate, passed in zip(gates, pool.map(Gate.passes, gates), strict=True) if not passed]
    print(f"\nFAILED: {', '.join(failed)}" if failed else "\nall gates passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
