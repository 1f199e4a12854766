"""The machine: what it offers to a stack."""

import os
import resource
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil

from productsmanager import privileges
from productsmanager.data import DataDir
from productsmanager.diagnosis.finding import Finding, Limits, Severity
from productsmanager.embedded import postgres, seaweedfs, traefik, valkey

LOWEST_PYTHON = (3, 11)
FREE_GB_ADVISED = 10


def python() -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < LOWEST_PYTHON:
        yield Finding("python", Severity.BAD, version, "install Python 3.11 or newer, then `make setup`")
    else:
        yield Finding("python", Severity.GOOD, version)


def programs() -> Iterator[Finding]:
    paths = [Path(postgres.binary(name)) for name in ("postgres", "psql")]
    paths += [valkey.program(), seaweedfs.program(), traefik.program()]
    missing = [path.name for path in paths if not os.access(path, os.X_OK)]
    if missing:
        yield Finding("programs", Severity.BAD, f"missing: {', '.join(missing)}", "run `make setup`")
    elif privileges.IS_LINUX and privileges.SETPRIV is None:
        yield Finding("programs", Severity.BAD, "missing: setpriv", "install the package util-linux")
    else:
        yield Finding("programs", Severity.GOOD, ", ".join(path.name for path in paths))


def memory(limits: Limits) -> Iterator[Finding]:
    found = psutil.virtual_memory()
    text = f"{found.available / 1e9:.1f} of {found.total / 1e9:.1f} GB available"
    if found.available / 1e9 < limits.available_gb:
        yield Finding("memory", Severity.BAD, text, "end other programs, or the kernel will end one of ours")
    elif found.total / 1e9 < limits.memory_gb:
        yield Finding("memory", Severity.NOTE, text, f"{limits.memory_gb:g} GB are advised")
    else:
        yield Finding("memory", Severity.GOOD, text)


def disk(data: DataDir, limits: Limits) -> Iterator[Finding]:
    existing = next(path for path in (data.root, *data.root.parents) if path.exists())
    free = shutil.disk_usage(existing).free / 1e9
    text = f"{free:.1f} GB free below {existing}"
    if free < limits.free_gb:
        yield Finding(
            "disk", Severity.BAD, text, "make room: SeaweedFS stops writing at 1 GB, PostgreSQL stops when nothing is left"
        )
    elif free < FREE_GB_ADVISED:
        yield Finding("disk", Severity.NOTE, text, f"{FREE_GB_ADVISED} GB are advised")
    else:
        yield Finding("disk", Severity.GOOD, text)


def open_files(supervisor_pid: int | None, limits: Limits) -> Iterator[Finding]:
    """How many files a process of the stack may open: as the running supervisor hands it down, or as `pm up` would."""
    if supervisor_pid is not None and privileges.IS_LINUX:
        allowed, _ = psutil.Process(supervisor_pid).rlimit(psutil.RLIMIT_NOFILE)
    else:
        allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    text = "any number" if allowed == resource.RLIM_INFINITY else f"{allowed:,} for each process"
    if 0 <= allowed < limits.open_files:
        remedy = f"`pm down`, `ulimit -n {limits.open_files}`, `pm up`: each connection and each table's file takes one"
        yield Finding("open files", Severity.BAD, text, remedy)
    else:
        yield Finding("open files", Severity.GOOD, text)
