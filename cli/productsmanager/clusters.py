"""The embedded PostgreSQL: one cluster for all databases, or one for each service.

One cluster costs the least. With one for each service, a database that is down, or out of connections, takes one domain with it
and not seven. A data directory keeps the kind it was made with: `pm backup` and `pm restore` lead from one to the other.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from productsmanager.embedded.postgres import SUPERUSER, Postgres, durable_settings
from productsmanager.errors import ProductsManagerError

SHARED = "postgres"
# What a cluster of its own has for its pages; the catalogue's is as large as a shared one's.
SMALL_BUFFERS_MB = 64


def names_of(services: Iterable[str], *, separate: bool) -> dict[str, str]:
    """By service, the name of its cluster: of the process, the port and the directory."""
    return {service: f"{SHARED}-{service}" if separate else SHARED for service in services}


def kept(root: Path, services: Iterable[str]) -> bool | None:
    """Whether the clusters below `root` are separate; None where there are none yet."""
    if (root / SHARED / "data").exists():
        return False
    separate = names_of(services, separate=True).values()
    return True if any((root / name / "data").exists() for name in separate) else None


def choose(root: Path, services: Mapping[str, object], wanted: int | None) -> bool:
    """Whether there is one cluster for each service, as it is or else as wanted. Raises ProductsManagerError."""
    if wanted not in (None, 1, len(services)):
        raise ProductsManagerError(f"--clusters is 1, or {len(services)} for one cluster for each service; not {wanted}")
    separate = kept(root, services)
    if separate is None:
        return wanted == len(services)
    if wanted is not None and separate != (wanted > 1):
        raise ProductsManagerError(
            f"{root} was made with {len(services) if separate else 1} and not {wanted} clusters: start it without --clusters; "
            f"or move it with `pm backup FOLDER`, then `pm restore FOLDER --data NEW --clusters {wanted}`"
        )
    return separate


@dataclass(frozen=True)
class Clusters:
    """The clusters of an installation, by service."""

    by_service: Mapping[str, Postgres]

    @classmethod
    def at(cls, root: Path, names: Mapping[str, str], ports: Mapping[str, int], password: str) -> "Clusters":
        def cluster(service: str, name: str) -> Postgres:
            settings = durable_settings()
            if name != SHARED and service != "catalog":
                settings["shared_buffers"] = f"{SMALL_BUFFERS_MB}MB"
            return Postgres(root / name, ports[name], password, settings)

        return cls({service: cluster(service, name) for service, name in names.items()})

    @property
    def by_name(self) -> dict[str, Postgres]:
        return {cluster.name: cluster for cluster in self.by_service.values()}

    def services(self, name: str) -> list[str]:
        """Whose databases are in the cluster of this name."""
        return [service for service, cluster in self.by_service.items() if cluster.name == name]

    def url(self, service: str, role: str = SUPERUSER, password: str | None = None) -> str:
        return self.by_service[service].url(f"db_{service}", role, password)

    def psql(self, script: str, database: str) -> str:
        """Run a psql script as superuser in the service's database db_<service>. See Postgres.psql."""
        return self.by_service[database.removeprefix("db_")].psql(script, database)

    def initialise(self, epoch: int) -> None:
        """Make the clusters that are not there, their transactions counted from this epoch on. See Postgres.initialise."""
        for cluster in self.by_name.values():
            cluster.initialise(epoch)
