"""Where each database stands, and which schemas this code knows: told without Alembic, whose import costs a second.

Migrations are files named by their revision (`0001_jobs.py`), in one line.
"""

import importlib.util
from pathlib import Path

from productsmanager.errors import ProductsManagerError
from productsmanager.installation import Installation

_EXISTS = "SELECT to_regclass('alembic_version') IS NOT NULL"
_VERSION = "SELECT version_num FROM alembic_version"


class Unknown(ProductsManagerError):
    """A schema that this code doesn't know: a newer one would be written to by code that misreads it."""

    def __init__(self, installation: Installation, service: str, version: str, newest: str) -> None:
        super().__init__(
            f"db_{service} has the schema {version}, and this code knows {newest} at most: start it with the newer "
            f"ProductsManager that ran on {installation.data.root}, or `pm restore` a backup that was made before"
        )


def known(service: str) -> list[str]:
    """The revisions of a service's schema, oldest first. Raises ProductsManagerError when its package is not installed."""
    package = f"{service}_svc"
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ProductsManagerError(f"the package {package} is not installed: run `make setup`")
    versions = Path(spec.submodule_search_locations[0]) / "migrations" / "versions"
    return sorted(path.name.partition("_")[0] for path in versions.glob("[0-9]*_*.py"))


def present(installation: Installation, service: str) -> str:
    """The revision of a service's embedded database, empty before its first migration."""
    cluster, database = installation.postgres, f"db_{service}"
    return cluster.psql(_VERSION, database) if cluster.psql(_EXISTS, database) == "t" else ""


def is_current(installation: Installation, service: str) -> bool:
    """Whether there is nothing to migrate in the database of a service. Raises Unknown."""
    version, revisions = present(installation, service), known(service)
    if version and version not in revisions:
        raise Unknown(installation, service, version, revisions[-1])
    return version == revisions[-1]
