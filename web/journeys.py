"""Journeys through the screens in a real browser, on a stack of their own: what `make test-web` runs.

    python web/journeys.py [arguments of vitest, such as -t conflict]

Chromium is Debian's; it is installed where this process may (root). PM_WEB_URL and PM_WEB_PASSWORD take a stack that runs.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import build

from productsmanager.lifecycle import running

CHROMIUM = "chromium"


def browser() -> str:
    """Where Chromium is. Raises Missing."""
    if found := shutil.which(CHROMIUM):
        return found
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        raise build.Missing("there is no Chromium here: install it (Debian: apt install chromium)")
    print("journeys: installing Chromium", flush=True)
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (("update",), ("install", "--yes", "--no-install-recommends", CHROMIUM, "fonts-dejavu-core")):
        done = subprocess.run((apt, "-qq", *arguments), env=os.environ | quiet, capture_output=True, text=True, check=False)
        if done.returncode:
            raise build.Missing(f"Chromium could not be installed:\n{done.stderr[-2000:]}")
    return shutil.which(CHROMIUM) or CHROMIUM


@contextmanager
def stack() -> Iterator[tuple[str, str]]:
    """Its URL and the administrator's first password."""
    if url := os.environ.get("PM_WEB_URL"):
        yield url, os.environ["PM_WEB_PASSWORD"]
        return
    with tempfile.TemporaryDirectory() as folder, running(Path(folder) / "data") as started:
        yield started.url, started.admin_password_file.read_text(encoding="utf-8").strip()


def main(arguments: Sequence[str]) -> int:
    try:
        build.build()
        os.environ["PM_CHROMIUM"] = browser()
    except build.Missing as missing:
        print(f"journeys: {missing}", file=sys.stderr)
        return 1
    with stack() as (url, password):
        os.environ |= {"PM_WEB_URL": url, "PM_WEB_PASSWORD": password}
        return build.main(["run", "journeys", *arguments])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
