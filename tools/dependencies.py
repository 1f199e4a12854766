"""What packages declare and what they import, held to each other by deptry: `python tools/dependencies.py`.

What is needed and imported nowhere, such as a server that another one starts, stands in the package's own `[tool.deptry]`.
"""

import subprocess
import sys
import sysconfig
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
DEPTRY = Path(sysconfig.get_path("scripts")) / "deptry"
# Distributions whose modules have other names; deptry asks what is installed for the rest.
MODULES = {
    "pm-proto": ("pm", "buf"),
    "pm-events": ("events",),
    "pm-jobs": ("jobs",),
    "pm-fetching": ("fetching",),
    "pm-credentials": ("credentials",),
    "pm-idempotency": ("idempotency",),
}


def packages() -> list[Path]:
    """The folders of the workspace's distributions."""
    found = (
        path.parent for place in ("libs/*", "services/*", "gateway", "cli") for path in REPOSITORY.glob(f"{place}/pyproject.toml")
    )
    return sorted(found)


def main() -> int:
    """Status 1 when a package imports what it does not declare, or declares what nothing imports."""
    modules = ",".join(f"{name}={'|'.join(given)}" for name, given in MODULES.items())
    failed = 0
    for folder in packages():
        command = [
            *(str(DEPTRY), ".", "--no-ansi", "--package-module-name-map", modules),
            *("--extend-exclude", "^tests/|/tests/", "--optional-dependencies-dev-groups", "testing"),
        ]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode:
            failed += 1
            complaints = [line for line in done.stderr.splitlines() if "DEP0" in line]
            print(f"{folder.relative_to(REPOSITORY)}:", *(complaints or [done.stderr]), sep="\n  ")
    print(f"{len(packages())} packages, {failed} of them with complaints")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
