"""One installation: a data directory with its ports and secrets, and the servers given from outside instead."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from chassis import keys
from credentials import keys as sealing
from productsmanager import clusters, credentials, ports
from productsmanager.clusters import Clusters
from productsmanager.credentials import Secrets
from productsmanager.data import DataDir, read_json, write_private
from productsmanager.embedded import seaweedfs, traefik
from productsmanager.embedded.postgres import SUPERUSER
from productsmanager.embedded.seaweedfs import SeaweedFS
from productsmanager.embedded.traefik import Certificate, Traefik
from productsmanager.embedded.valkey import Valkey
from productsmanager.errors import ProductsManagerError

# Each service with the Redis database of its task queue, or None when it has no workers. The gateway's and every
# cache is database 0.
SERVICES: Mapping[str, int | None] = {
    "core": None,
    "catalog": 2,
    "imports": 1,
    "exports": 3,
    "media": 4,
    "code2asin": 5,
    "analytics": 6,
}
CACHE_DATABASE = 0
SIGNERS = (*SERVICES, "gateway")
# Services that keep credentials of others: providers, suppliers, shops.
KEEPERS = ("core", "imports", "exports")
PORT_NAMES = ("gateway", *SERVICES, "catalog-bulk", "valkey", *seaweedfs.PORT_NAMES, *traefik.PORT_NAMES)


@dataclass(frozen=True)
class S3:
    endpoint: str
    access_key: str
    secret_key: str
    secure: bool = False
    # Where browsers find it, when that is not the endpoint.
    public: str = ""

    @property
    def public_url(self) -> str:
        return self.public or f"{'https' if self.secure else 'http'}://{self.endpoint}"


@dataclass(frozen=True)
class External:
    """Servers that replace embedded ones, from the environment (PM_EXTERNAL_*)."""

    database_urls: Mapping[str, str] = field(default_factory=dict)
    redis_url: str | None = None
    s3: S3 | None = None

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "External":
        """Raises ProductsManagerError when only part of the S3 settings is given."""
        prefix = "PM_EXTERNAL_"
        names = {service: f"{prefix}DATABASE_URL_{service.upper()}" for service in SERVICES}
        s3 = {name: environment.get(f"{prefix}S3_{name}") for name in ("ENDPOINT", "ACCESS_KEY", "SECRET_KEY")}
        missing = [f"{prefix}S3_{name}" for name, value in s3.items() if not value]
        if 0 < len(missing) < len(s3):
            raise ProductsManagerError(f"an external S3 server needs {' and '.join(missing)} as well")
        secure = environment.get(f"{prefix}S3_SECURE", "true").lower() not in ("false", "0", "no")
        public = environment.get(f"{prefix}S3_PUBLIC_URL", "")
        return cls(
            database_urls={service: environment[name] for service, name in names.items() if environment.get(name)},
            redis_url=environment.get(f"{prefix}REDIS_URL"),
            s3=None if missing else S3(s3["ENDPOINT"] or "", s3["ACCESS_KEY"] or "", s3["SECRET_KEY"] or "", secure, public),
        )


@dataclass(frozen=True)
class Door:
    """What stands between users and services: how many gateways, and the certificate for TLS."""

    gateways: int = 1
    certificate: Certificate | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The gateways' names as processes."""
        return ("gateway", *(f"gateway-{number}" for number in range(2, self.gateways + 1)))

    @property
    def measured(self) -> tuple[str, ...]:
        """Our own processes; each shows its metrics on a port of its own."""
        return (*SERVICES, "catalog-bulk", "imports-worker", *self.names)


@dataclass(frozen=True)
class Installation:
    data: DataDir
    ports: Mapping[str, int]
    secrets: Secrets
    external: External
    door: Door = Door()
    # One PostgreSQL cluster for each service, or one for all.
    separate: bool = False

    @property
    def url(self) -> str:
        """Where users and programs are answered."""
        return self.traefik.url

    def gateway_url(self, name: str = "gateway") -> str:
        """Where one gateway answers."""
        return f"http://127.0.0.1:{self.ports[name]}"

    def metrics_bind(self, name: str) -> str:
        """Where a process shows its metrics."""
        return f"127.0.0.1:{self.ports[f'metrics-{name}']}"

    @property
    def traefik(self) -> Traefik:
        gateways = [self.gateway_url(name) for name in self.door.names]
        return Traefik(self.data.run / "traefik", self.ports, gateways, self.door.certificate)

    @property
    def admin_password_file(self) -> Path:
        """Written by core-svc at its first start; the user is `admin`."""
        return self.data.admin_password_file

    @property
    def postgres(self) -> Clusters:
        names = clusters.names_of(SERVICES, separate=self.separate)
        return Clusters.at(self.data.root, names, self.ports, self.secrets.postgres[SUPERUSER])

    @property
    def valkey(self) -> Valkey:
        return Valkey(self.data.root / "valkey", self.ports["valkey"], self.secrets.valkey)

    @property
    def seaweedfs(self) -> SeaweedFS:
        keys = (self.secrets.s3_access_key, self.secrets.s3_secret_key)
        return SeaweedFS(self.data.root / "seaweedfs", self.data.socket_directory(), self.ports, *keys)

    @property
    def s3(self) -> S3:
        embedded = S3(self.seaweedfs.endpoint, self.secrets.s3_access_key, self.secrets.s3_secret_key)
        return self.external.s3 or embedded

    def database_url(self, service: str, *, superuser: bool = False) -> str:
        """DSN of a service's database, as the role that owns it or as the superuser of its embedded cluster."""
        if service in self.external.database_urls and not superuser:
            return self.external.database_urls[service]
        if superuser:
            return self.postgres.url(service)
        return self.postgres.url(service, f"svc_{service}", self.secrets.postgres[f"svc_{service}"])

    def redis_url(self, database: int) -> str:
        if self.external.redis_url is None:
            return self.valkey.url(database)
        return urlunsplit(urlsplit(self.external.redis_url)._replace(path=f"/{database}"))


def prepare(data: DataDir, door: Door, cluster_count: int | None = None) -> tuple[Installation, list[str]]:
    """Make or complete the installation below `data`; and what the user should know. Nothing of it may run yet.

    `cluster_count`: 1, or 7 for one for each service; None keeps what is there, and makes one. Raises ProductsManagerError.
    """
    data.create()
    separate = clusters.choose(data.root, SERVICES, cluster_count)
    secrets = credentials.obtain(data, (SUPERUSER, *(f"svc_{service}" for service in SERVICES)))
    keys.ensure(data.keys, SIGNERS)
    sealing.ensure(data.keys, KEEPERS)
    measured = (f"metrics-{name}" for name in door.measured)
    databases = clusters.names_of(SERVICES, separate=separate).values()
    chosen, moved = ports.allocate(data, (*PORT_NAMES, *databases, *door.names, *measured))
    _remember(data, door)
    return Installation(data, chosen, secrets, External.of(os.environ), door, separate), moved


def read(data: DataDir) -> Installation:
    """The installation below `data`, running or not. Raises ProductsManagerError when `pm up` never ran there."""
    secrets = credentials.read(data)
    separate = bool(clusters.kept(data.root, SERVICES))
    return Installation(data, ports.remembered(data), secrets, External.of(os.environ), _remembered(data), separate)


def _remember(data: DataDir, door: Door) -> None:
    files = [str(door.certificate.chain), str(door.certificate.key)] if door.certificate else []
    write_private(data.door_file, json.dumps({"gateways": door.gateways, "certificate": files}))


def _remembered(data: DataDir) -> Door:
    """The door that was opened last."""
    kept = read_json(data.door_file)
    files = [Path(file) for file in kept.get("certificate", ())]
    return Door(int(kept.get("gateways", 1)), Certificate(*files) if files else None)
