"""The checks of `pm doctor`. Each says what it found and, if that is wrong, what to do; none changes anything."""

import enum
import importlib.util
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psutil
from alembic.script import ScriptDirectory

from productsmanager import installation as installations
from productsmanager import lifecycle, ports, privileges
from productsmanager.data import DataDir
from productsmanager.embedded import postgres, seaweedfs, valkey
from productsmanager.errors import NotRunning, ProductsManagerError
from productsmanager.installation import SERVICES
from productsmanager.lifecycle import Running

LOWEST_PYTHON = (3, 11)
FREE_GB_NEEDED, FREE_GB_ADVISED = 1, 10
# supervisord, eleven Python processes and PostgreSQL with its settings, before any data.
MEMORY_GB_ADVISED = 4


class Severity(enum.Enum):
    GOOD = "good"
    NOTE = "note"
    BAD = "bad"


@dataclass(frozen=True)
class Finding:
    check: str
    severity: Severity
    text: str
    remedy: str = ""


def examine(data: DataDir) -> list[Finding]:
    """All checks; those of a running stack only where one runs."""
    findings = [check() for check in (_python, _programs, _memory, lambda: _disk(data))]
    if not data.secrets_file.exists():
        return [*findings, Finding("installation", Severity.NOTE, f"nothing in {data.root} yet", "run `pm up`")]
    findings += [_guarded("private files", lambda: _private_files(data)), _guarded("signing keys", lambda: _keys(data))]
    try:
        running = lifecycle.connect(data.root)
    except NotRunning:
        not_running = Finding("stack", Severity.NOTE, "not running", "run `pm up`")
        return [*findings, _guarded("ports", lambda: _ports(data)), not_running]
    except ProductsManagerError as error:
        return [*findings, Finding("stack", Severity.BAD, str(error), "run `pm down`, then `pm up`")]
    findings += _processes(running)
    if running.installation.postgres.by_service["catalog"].name in running.processes:
        findings.append(_guarded("database locale", lambda: _locale(running)))
        migrated = [name for name in SERVICES if f"migrate-{name}" in running.processes]
        findings += [_guarded(f"migrations of {name}", partial(_migrations, running, name)) for name in migrated]
    return findings


def _guarded(check: str, run: Callable[[], Finding]) -> Finding:
    """A check that cannot be made is a finding, and the others go on."""
    try:
        return run()
    except (ProductsManagerError, OSError) as error:
        return Finding(check, Severity.BAD, str(error), "see `pm logs`")


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < LOWEST_PYTHON:
        return Finding("python", Severity.BAD, version, "install Python 3.11 or newer, then `make setup`")
    return Finding("python", Severity.GOOD, version)


def _programs() -> Finding:
    paths = [Path(postgres.binary("postgres")), Path(postgres.binary("psql")), valkey.program(), seaweedfs.program()]
    missing = [path.name for path in paths if not os.access(path, os.X_OK)]
    if missing:
        return Finding("programs", Severity.BAD, f"missing: {', '.join(missing)}", "run `make setup`")
    if privileges.IS_LINUX and privileges.SETPRIV is None:
        return Finding("programs", Severity.BAD, "missing: setpriv", "install the package util-linux")
    return Finding("programs", Severity.GOOD, ", ".join(path.name for path in paths))


def _memory() -> Finding:
    total = psutil.virtual_memory().total / 1e9
    if total < MEMORY_GB_ADVISED:
        return Finding("memory", Severity.NOTE, f"{total:.1f} GB", f"{MEMORY_GB_ADVISED} GB are advised")
    return Finding("memory", Severity.GOOD, f"{total:.1f} GB")


def _disk(data: DataDir) -> Finding:
    existing = next(path for path in (data.root, *data.root.parents) if path.exists())
    free = shutil.disk_usage(existing).free / 1e9
    text = f"{free:.1f} GB free below {existing}"
    if free < FREE_GB_NEEDED:
        return Finding("disk", Severity.BAD, text, "make room: SeaweedFS stops writing at 1 GB")
    if free < FREE_GB_ADVISED:
        return Finding("disk", Severity.NOTE, text, f"{FREE_GB_ADVISED} GB are advised")
    return Finding("disk", Severity.GOOD, text)


def _private_files(data: DataDir) -> Finding:
    files = [data.secrets_file, data.admin_password_file, data.run / "supervisord.conf", *data.keys.glob("*.pem")]
    open_files = [path for path in files if path.exists() and path.stat().st_mode & 0o077]
    if open_files:
        names = " ".join(str(path) for path in open_files)
        return Finding("private files", Severity.BAD, "others may read secrets", f"chmod 600 {names}")
    return Finding("private files", Severity.GOOD, "readable by their owner only")


def _keys(data: DataDir) -> Finding:
    missing = [name for name in installations.SIGNERS if not (data.keys / f"{name}.pem").exists()]
    if missing:
        return Finding("signing keys", Severity.BAD, f"missing: {', '.join(missing)}", "`pm down`, `pm up` makes new ones")
    return Finding("signing keys", Severity.GOOD, f"{len(installations.SIGNERS)} in {data.keys}")


def _ports(data: DataDir) -> Finding:
    taken = [f"{name} {port}" for name, port in ports.remembered(data).items() if not ports.is_free(port)]
    if taken:
        return Finding("ports", Severity.NOTE, f"taken by others: {', '.join(taken)}", "`pm up` will choose new ones")
    return Finding("ports", Severity.GOOD, "all free")


def _processes(running: Running) -> Iterator[Finding]:
    for process in running.status():
        if process.healthy:
            yield Finding(process.name, Severity.GOOD, f"healthy, pid {process.pid}")
        else:
            state = "does not answer" if process.pid else "is not running"
            yield Finding(process.name, Severity.BAD, state, f"read `pm logs {process.name}`")


def _locale(running: Running) -> Finding:
    # With LC_CTYPE=C a Cyrillic word has no trigrams, and the search finds nothing.
    if running.installation.postgres.psql("SELECT show_trgm('чай') <> '{}'", "db_catalog") != "t":
        remedy = "export the catalogue and import it into a new --data: a cluster keeps its locale"
        return Finding("database locale", Severity.BAD, "words outside Latin are not searchable", remedy)
    return Finding("database locale", Severity.GOOD, "words of every script are searchable")


def _migrations(running: Running, service: str) -> Finding:
    check = f"migrations of {service}"
    spec = importlib.util.find_spec(f"{service}_svc")
    if spec is None or not spec.submodule_search_locations:
        return Finding(check, Severity.BAD, f"the package {service}_svc is not installed", "run `make setup`")
    scripts = Path(spec.submodule_search_locations[0]) / "migrations"
    head = ScriptDirectory(str(scripts)).get_current_head() or ""
    if running.installation.external.database_urls.get(service):
        return Finding(check, Severity.NOTE, "not looked at: the database is external")
    exists = "SELECT to_regclass('alembic_version') IS NOT NULL"
    cluster, database = running.installation.postgres, f"db_{service}"
    version = cluster.psql("SELECT version_num FROM alembic_version", database) if cluster.psql(exists, database) == "t" else ""
    if version != head:
        text = f"at {version or 'none'}, {head or 'none'} is current"
        return Finding(check, Severity.BAD, text, "`pm down`, then `pm up` migrates")
    return Finding(check, Severity.GOOD, f"at {version}")
