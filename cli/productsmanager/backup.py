"""A copy of everything an installation keeps: seven databases, its objects, its keys.

    TARGET/manifest.json     what is in it, with the SHA-256 of each file and the rows of each table
           db_<service>.dump one for each service, in PostgreSQL's own format (pg_dump -Fc)
           objects.tar       each object as <bucket>/<key>
           keys/, admin-password

What the queues hold is not in it: jobs are rows. Neither is what imports have staged: their files are, and are staged again.
"""

import asyncio
import hashlib
import json
import os
import shutil
import subprocess
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, BinaryIO, cast
from urllib.parse import urlsplit, urlunsplit

import asyncpg
from minio import Minio

from chassis.counts import counted
from productsmanager.embedded.postgres import binary
from productsmanager.errors import ProductsManagerError
from productsmanager.installation import SERVICES, Installation
from productsmanager.lifecycle import Notify, Running

# The format that is written, and those that are read: 1 does not say how many clusters there were, and there was one then.
FORMAT, READABLE = 2, (1, 2)
MANIFEST, OBJECTS, KEYS, PASSWORD = "manifest.json", "objects.tar", "keys", "admin-password"
# Whoever asks comes before who is asked, so that nobody remembers an answer that the other one's copy does not hold yet.
ORDER = ("analytics", "exports", "code2asin", "media", "core", "imports", "catalog")
CONNECT_SECONDS = 30

# Tables whose rows a crash may empty are not copied.
_TABLES = """
SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind = 'r' AND c.relpersistence = 'p' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' ORDER BY 1
"""


@dataclass(frozen=True)
class Manifest:
    """What a backup holds. `tables`: rows by table, by service; `files`: SHA-256 by name."""

    time: str
    # The highest of the clusters: those of a restored one must be higher, because event feeds are read in their order.
    transaction: int
    tables: dict[str, dict[str, int]]
    objects: int
    files: Mapping[str, str] = field(default_factory=dict)
    # Of PostgreSQL: 1, or 7 for one for each service.
    clusters: int = 1
    format: int = FORMAT

    def write(self, folder: Path) -> None:
        (folder / MANIFEST).write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> "Manifest":
        """The manifest of a backup whose files are whole. Raises ProductsManagerError otherwise."""
        try:
            kept = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ProductsManagerError(f"{folder} is no backup: it has no readable {MANIFEST} ({error})") from error
        if kept.get("format") not in READABLE:
            raise ProductsManagerError(f"the backup has format {kept.get('format')}, this version reads {FORMAT}: use its own pm")
        manifest = cls(**kept)
        for name, sha256 in manifest.files.items():
            if not (folder / name).is_file() or sha256_of(folder / name) != sha256:
                raise ProductsManagerError(f"{folder / name} is missing or damaged: use another backup")
        return manifest


def take(running: Running, target: Path, notify: Notify) -> Manifest:
    """Write a backup of a running installation to `target`, a folder that does not exist or is empty.

    Nothing is stopped meanwhile. Raises ProductsManagerError; then `target` is as it was.
    """
    target = target.resolve()
    if target.exists() and any(target.iterdir()):
        raise ProductsManagerError(f"{target} is not empty: name a new folder for each backup")
    unfinished = target.with_name(f"{target.name}.unfinished")
    before = os.umask(0o077)
    try:
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        manifest = _take(running.installation, unfinished, notify)
        manifest.write(unfinished)
        unfinished.replace(target)
    except OSError as error:
        raise ProductsManagerError(f"cannot write the backup to {target} ({error.strerror or error})") from error
    finally:
        os.umask(before)
        shutil.rmtree(unfinished, ignore_errors=True)
    return manifest


def _take(installation: Installation, folder: Path, notify: Notify) -> Manifest:
    tables, transaction = asyncio.run(_copy_databases(installation, folder, notify))
    # Behind the databases: what these name is there by now, and stays.
    objects = _copy_objects(s3_of(installation), folder / OBJECTS)
    notify(f"objects: {objects:,}")
    shutil.copytree(installation.data.keys, folder / KEYS)
    if installation.admin_password_file.exists():
        shutil.copy(installation.admin_password_file, folder / PASSWORD)
    files = {str(path.relative_to(folder)): sha256_of(path) for path in sorted(folder.rglob("*")) if path.is_file()}
    time = datetime.now(UTC).isoformat(timespec="seconds")
    return Manifest(time, transaction, tables, objects, files, len(installation.postgres.by_name))


async def _copy_databases(installation: Installation, folder: Path, notify: Notify) -> tuple[dict[str, dict[str, int]], int]:
    """The rows of each database's tables, and the highest transaction."""
    tables: dict[str, dict[str, int]] = {}
    transaction = 0
    async with AsyncExitStack() as stack:
        snapshots = {service: await _snapshot(installation.database_url(service), stack) for service in ORDER}
        for service, (connection, snapshot) in snapshots.items():
            await asyncio.to_thread(_dump, installation.database_url(service), snapshot, folder / dump_name(service))
            tables[service] = await rows_of(connection)
            transaction = max(transaction, int(await connection.fetchval("SELECT pg_snapshot_xmax(pg_current_snapshot())::text")))
            notify(f"db_{service}: {counted(sum(tables[service].values()), 'row')}")
    return tables, transaction


async def _snapshot(url: str, stack: AsyncExitStack) -> tuple[asyncpg.Connection, str]:
    connection = await asyncpg.connect(url, timeout=CONNECT_SECONDS)
    stack.push_async_callback(connection.close)
    await stack.enter_async_context(connection.transaction(isolation="repeatable_read", readonly=True))
    return connection, await connection.fetchval("SELECT pg_export_snapshot()")


async def rows_of(connection: asyncpg.Connection) -> dict[str, int]:
    """The number of rows of each table that is kept."""
    names = [row[0] for row in await connection.fetch(_TABLES)]
    return {name: await connection.fetchval(f"SELECT count(*) FROM {name}") for name in names}  # noqa: S608 (regclass quotes)


def _dump(url: str, snapshot: str, target: Path) -> None:
    options = ("-Fc", "--compress=1", f"--snapshot={snapshot}", "--no-unlogged-table-data", "--no-comments", f"--file={target}")
    run(url, "pg_dump", *options)


def run(url: str, program: str, *options: str) -> None:
    """Run one of PostgreSQL's programs against a database. Raises ProductsManagerError with its own words."""
    parts = urlsplit(url)
    # Never on the command line, which every user sees.
    place = parts._replace(netloc=f"{parts.username}@{parts.hostname}:{parts.port or 5432}")
    command = (binary(program), f"--dbname={urlunsplit(place)}", *options)
    environment = os.environ | {"PGPASSWORD": parts.password or ""}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode != 0:
        raise ProductsManagerError(f"{program} of {parts.path[1:]} failed: {done.stderr.strip()}")


def _copy_objects(s3: Minio, target: Path) -> int:
    count = 0
    with tarfile.open(target, "w", format=tarfile.PAX_FORMAT) as archive:
        for bucket in s3.list_buckets():
            for found in s3.list_objects(bucket.name, recursive=True):
                response = s3.get_object(bucket.name, found.object_name)
                try:
                    member = tarfile.TarInfo(f"{bucket.name}/{found.object_name}")
                    member.size = int(response.headers["Content-Length"])
                    archive.addfile(member, cast(IO[bytes], response))
                finally:
                    response.close()
                    response.release_conn()
                count += 1
    return count


def s3_of(installation: Installation) -> Minio:
    """A client of the installation's storage."""
    s3 = installation.s3
    return Minio(s3.endpoint, access_key=s3.access_key, secret_key=s3.secret_key, secure=s3.secure)


def members(path: Path) -> Iterator[tuple[str, str, int, BinaryIO]]:
    """Bucket, key, size and content of each object of a backup."""
    with tarfile.open(path) as archive:
        for member in archive:
            bucket, _, key = member.name.partition("/")
            yield bucket, key, member.size, cast(BinaryIO, archive.extractfile(member))


def dump_name(service: str) -> str:
    return f"db_{service}.dump"


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


assert sorted(ORDER) == sorted(SERVICES), "a new service needs its place in the order"
