"""All checks in their order: the machine, the directory, the processes, what they keep, what they do."""

import os
from collections.abc import Iterator
from functools import partial

from productsmanager import installation as installations
from productsmanager import lifecycle
from productsmanager.data import DataDir
from productsmanager.diagnosis import directory, machine, processes, servers, work
from productsmanager.diagnosis.finding import Check, Finding, Limits, Severity, guarded
from productsmanager.errors import NotRunning, ProductsManagerError
from productsmanager.installation import SERVICES
from productsmanager.lifecycle import Running
from productsmanager.stack import MIGRATE

LIMITS = Limits()


def examine(data: DataDir, limits: Limits = LIMITS) -> list[Finding]:
    """All checks; those of a running stack only where one runs."""
    findings = _all(_of_machine(data, limits))
    if not os.access(data.root, os.R_OK | os.X_OK) and data.root.exists():
        return [*findings, Finding("permissions", Severity.BAD, f"{data.root} can't be read", "run pm as the user that owns it")]
    findings += guarded("secrets", lambda: directory.secrets(data))
    if findings[-1].check == "secrets":
        return findings
    if not data.secrets_file.exists():
        return [*findings, Finding("installation", Severity.NOTE, f"nothing in {data.root} yet", "run `pm up`")]
    findings += _all(_of_directory(data, limits))
    try:
        running = lifecycle.connect(data.root)
    except NotRunning:
        findings += guarded("lock", lambda: directory.lock(data))
        findings += guarded("ports", lambda: directory.free_ports(data))
        findings += guarded("leftovers", lambda: directory.leftovers(data))
        return [*findings, *guarded("open files", lambda: machine.open_files(None, limits)), _not_running()]
    except (ProductsManagerError, ValueError) as error:
        remedy = f"run `pm down`, then `pm up`; if that does not help, `fuser -v {data.lock_file}` names who holds it"
        return [*findings, Finding("stack", Severity.BAD, str(error), remedy)]
    return findings + _all(_of_stack(running, limits))


def _not_running() -> Finding:
    return Finding("stack", Severity.NOTE, "not running", "run `pm up`")


def _all(checks: Iterator[tuple[str, Check]]) -> list[Finding]:
    return [finding for name, check in checks for finding in guarded(name, check)]


def _of_machine(data: DataDir, limits: Limits) -> Iterator[tuple[str, Check]]:
    yield "python", machine.python
    yield "programs", machine.programs
    yield "memory", partial(machine.memory, limits)
    yield "disk", partial(machine.disk, data, limits)


def _of_directory(data: DataDir, limits: Limits) -> Iterator[tuple[str, Check]]:
    yield "permissions", partial(directory.permissions, data)
    yield "private files", partial(directory.private_files, data)
    yield "signing keys", partial(directory.signing_keys, data)
    yield "sealing keys", partial(directory.sealing_keys, data)
    yield "installation", lambda: directory.certificate(installations.read(data).door.certificate, limits)
    yield "clock", partial(directory.clock, data, limits)


def _of_stack(running: Running, limits: Limits) -> Iterator[tuple[str, Check]]:
    """Of what runs: a stack may be a part of one (`pm up --only`)."""
    installation = running.installation
    yield "open files", partial(machine.open_files, running.supervisor_pid, limits)
    yield "processes", partial(processes.processes, running, limits)
    for cluster in installation.postgres.by_name.values():
        if cluster.name in running.processes:
            yield f"durability of {cluster.name}", partial(servers.durability, cluster)
            yield f"transactions of {cluster.name}", partial(servers.transactions, cluster, limits)
    migrated = SERVICES if MIGRATE in running.processes else ()
    for service in migrated:
        yield f"schema of {service}", partial(servers.schema, installation, service)
    embedded = [service for service in migrated if service not in installation.external.database_urls]
    if "catalog" in embedded:
        yield "database locale", partial(servers.locale, installation)
    if "core" in embedded:
        yield "clock of sessions", partial(servers.clock, installation, limits)
    if "valkey" in running.processes or installation.external.redis_url:
        yield "queue and cache", partial(servers.valkey, installation)
    serving = {service for service in SERVICES if service in running.processes}
    if "seaweedfs" in running.processes or installation.external.s3:
        yield "objects", partial(servers.storage, installation, serving)
    yield "events", partial(work.consumers, installation, embedded)
    yield "event lag", partial(work.lag, installation, sorted(serving), limits)
    yield "jobs", partial(work.jobs, installation, sorted(serving), limits)
