"""The one list of processes: what the stack is made of, what each needs, and how to tell that it is ready.

`pm up`, the end-to-end tests and the benchmarks all start from it.
"""

import dataclasses
import sys
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from productsmanager import clusters, schemas
from productsmanager.embedded.postgres import Postgres
from productsmanager.installation import CACHE_DATABASE, SERVICES, Installation
from productsmanager.privileges import bound_to_parent
from productsmanager.process import Process
from productsmanager.readiness import grpc_serving, http_ok

# gRPC servers, by the name under which their address is told to the others (PM_<NAME>_ADDRESS).
SERVERS = (*SERVICES, "catalog-bulk")
# Whichever of them an installation has.
STORAGE = frozenset({clusters.SHARED, *clusters.names_of(SERVICES, separate=True).values(), "valkey", "seaweedfs"})
MIGRATE = "migrate"
# The screens, where `make web` leaves them.
PAGES = Path(__file__).parents[2] / "web" / "out"
# Services that keep objects; the others do not wait for SeaweedFS.
OBJECTS = frozenset({"imports", "exports", "media", "code2asin"})


def processes(installation: Installation) -> dict[str, Process]:
    """Every process of the stack, by name."""
    return {process.name: process for process in _processes(installation)}


def _processes(installation: Installation) -> Iterator[Process]:
    yield from _storage(installation)
    yield _migrations(installation)
    for service in SERVICES:
        yield _python(installation, service, service, f"{service}_svc", "serve", needs=_after_migration(service))
    yield _python(
        *(installation, "catalog-bulk", "catalog", "catalog_svc", "serve", "--role", "bulk"),
        needs=_after_migration("catalog"),
    )
    # One worker process. It looks for due jobs by itself, so no beat runs until something else is scheduled. Polars and malloc
    # are kept from taking a small machine for themselves.
    yield _python(
        *(installation, "imports-worker", "imports", "celery", "-A", "imports_svc.worker", "worker"),
        *("--pool", "solo", "--without-mingle", "--without-gossip", "--loglevel", "info"),
        needs=_after_migration("imports"),
        uses=("imports", "catalog-bulk"),
        environment={
            "PM_WORK_DIR": str(installation.data.run / "imports-worker"),
            "POLARS_MAX_THREADS": "2",
            "OMP_NUM_THREADS": "2",
            "MALLOC_ARENA_MAX": "2",
        },
    )
    for name in installation.door.names:
        yield _python(installation, name, "gateway", "gateway", needs=SERVERS, uses=("imports-worker",))
    yield dataclasses.replace(installation.traefik.process(), needs=installation.door.names)


def _storage(installation: Installation) -> Iterator[Process]:
    """The embedded servers, but those that an external one replaces."""
    for name, cluster in installation.postgres.by_name.items():
        embedded = sorted(set(installation.postgres.services(name)) - installation.external.database_urls.keys())
        if embedded:
            yield dataclasses.replace(cluster.process(), provision=partial(_provision, installation, cluster, embedded))
    if installation.external.redis_url is None:
        yield installation.valkey.process()
    if installation.external.s3 is None:
        yield installation.seaweedfs.process()


def _provision(installation: Installation, cluster: Postgres, services: Sequence[str]) -> None:
    """Make what is missing in a cluster, and refuse databases that this code would spoil."""
    cluster.provision({service: installation.secrets.postgres[f"svc_{service}"] for service in services})
    for service in services:
        schemas.is_current(installation, service)


def _migrations(installation: Installation) -> Process:
    """All of them in one process: what a migration needs costs a second to import, and the migrating itself next to nothing."""

    def is_done() -> bool:
        embedded = not installation.external.database_urls
        return embedded and all(schemas.is_current(installation, service) for service in SERVICES)

    return Process(
        name=MIGRATE,
        command=bound_to_parent((sys.executable, "-m", "chassis.migrate", *SERVICES), "TERM"),
        directory=installation.data.run,
        environment={f"PM_{service.upper()}_DATABASE_URL": installation.database_url(service) for service in SERVICES},
        needs=tuple(installation.postgres.by_name),
        is_task=True,
        is_done=is_done,
        ready_seconds=600,
    )


def _after_migration(service: str) -> tuple[str, ...]:
    storage = ("valkey", "seaweedfs") if service in OBJECTS else ("valkey",)
    return (MIGRATE, *storage)


def _python(
    installation: Installation,
    name: str,
    owner: str,
    *module: str,
    needs: tuple[str, ...],
    uses: tuple[str, ...] = (),
    environment: dict[str, str] | None = None,
) -> Process:
    """`python -m module...` with the environment of `owner`: a gRPC server, the gateway or a worker."""
    port = installation.ports[name] if name in (*SERVERS, *installation.door.names) else None
    shown = {"PM_METRICS_BIND": installation.metrics_bind(name)} if name in installation.door.measured else {}
    ready = None
    if owner == "gateway":
        ready = http_ok(f"{installation.gateway_url(name)}/health")
    elif port is not None:
        ready = grpc_serving(port)
    return Process(
        name=name,
        command=bound_to_parent((sys.executable, "-m", *module), "TERM"),
        directory=installation.data.run,
        environment=environment_of(installation, owner, port) | shown | (environment or {}),
        needs=needs,
        uses=uses,
        port=port,
        ready=ready,
    )


def environment_of(installation: Installation, owner: str, port: int | None = None) -> dict[str, str]:
    """The environment contract: what a process of `owner` (a service or the gateway), listening on `port`, is told."""
    s3 = installation.s3
    environment = {
        "PM_REDIS_URL": installation.redis_url(CACHE_DATABASE),
        "PM_S3_ENDPOINT": s3.endpoint,
        "PM_S3_ACCESS_KEY": s3.access_key,
        "PM_S3_SECRET_KEY": s3.secret_key,
        "PM_S3_SECURE": str(s3.secure).lower(),
        "PM_S3_PUBLIC_URL": s3.public_url,
        "PM_KEYS_DIR": str(installation.data.keys),
        "PYTHONUNBUFFERED": "1",
    }
    for server in SERVERS:
        variable = f"PM_{server.upper().replace('-', '_')}_ADDRESS"
        environment[variable] = f"127.0.0.1:{installation.ports[server]}"
    if port is not None:
        environment["PM_BIND"] = f"127.0.0.1:{port}"
    if owner in SERVICES:
        environment["PM_DATABASE_URL"] = installation.database_url(owner)
        queue = SERVICES[owner]
        if queue is not None:
            environment["PM_BROKER_URL"] = installation.redis_url(queue)
    if owner == "gateway":
        # The proxy of this machine says who the client is.
        environment["PM_TRUSTED_PROXIES"] = "127.0.0.0/8"
        environment["PM_WEB_DIR"] = str(PAGES)
    if owner == "core":
        environment["PM_ADMIN_PASSWORD_FILE"] = str(installation.admin_password_file)
    return environment
