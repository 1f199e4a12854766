"""From a backup to a new installation that goes on where the other one was."""

import asyncio
import shutil
from pathlib import Path

import asyncpg

from chassis.counts import counted
from productsmanager import backup, lifecycle
from productsmanager import installation as installations
from productsmanager.backup import Manifest
from productsmanager.data import DataDir
from productsmanager.embedded.postgres import EPOCH
from productsmanager.errors import ProductsManagerError
from productsmanager.installation import SERVICES, Installation
from productsmanager.lifecycle import DOOR, Notify
from productsmanager.stack import STORAGE, processes

JOBS = 2


def restore(source: Path, data_dir: Path, notify: Notify, clusters: int | None = None) -> Manifest:
    """Make the installation of a backup in `data_dir`, which does not exist or is empty. It is stopped in the end.

    `clusters`: of PostgreSQL, 1 or 7; None makes as many as there were.
    Every database is compared with the backup, table by table. Raises ProductsManagerError; then `data_dir` is removed.
    """
    manifest = Manifest.read(source)
    data = DataDir.at(data_dir)
    if data.root.exists() and any(data.root.iterdir()):
        raise ProductsManagerError(f"{data.root} is not empty: restore into a new folder, then use it with --data")
    try:
        _restore(source, manifest, data, notify, manifest.clusters if clusters is None else clusters)
    except BaseException:
        shutil.rmtree(data.root, ignore_errors=True)
        raise
    return manifest


def _restore(source: Path, manifest: Manifest, data: DataDir, notify: Notify, clusters: int) -> None:
    data.create()
    shutil.copytree(source / backup.KEYS, data.keys, dirs_exist_ok=True)
    if (source / backup.PASSWORD).exists():
        shutil.copy(source / backup.PASSWORD, data.admin_password_file)
    installation, _ = installations.prepare(data, DOOR, clusters)
    if installation.external.database_urls:
        raise ProductsManagerError("a backup is restored into embedded databases only: unset PM_EXTERNAL_DATABASE_URL_*")
    # Whatever the other cluster had counted up to, transactions of this one come after it.
    installation.postgres.initialise(epoch=manifest.transaction // EPOCH + 1)
    storage = STORAGE & processes(installation).keys()
    with lifecycle.running(data.root, set(storage), notify=notify):
        for service in SERVICES:
            _load(source, manifest, installation, service, notify)
        _put_objects(source, installation)
        notify(f"objects: {manifest.objects:,}")


def _load(source: Path, manifest: Manifest, installation: Installation, service: str, notify: Notify) -> None:
    url = installation.database_url(service)
    dump = source / backup.dump_name(service)
    backup.run(url, "pg_restore", f"--jobs={JOBS}", "--exit-on-error", "--no-comments", str(dump))
    found = asyncio.run(_rows(url))
    if found != manifest.tables[service]:
        wrong = sorted(name for name in found | manifest.tables[service] if found.get(name) != manifest.tables[service].get(name))
        raise ProductsManagerError(f"db_{service} differs from the backup in {', '.join(wrong)}: use another backup")
    notify(f"db_{service}: {counted(sum(found.values()), 'row')}")


async def _rows(url: str) -> dict[str, int]:
    connection = await asyncpg.connect(url, timeout=backup.CONNECT_SECONDS)
    try:
        await connection.execute("ANALYZE")
        return await backup.rows_of(connection)
    finally:
        await connection.close()


def _put_objects(source: Path, installation: Installation) -> None:
    s3 = backup.s3_of(installation)
    known: set[str] = set()
    for bucket, key, size, content in backup.members(source / backup.OBJECTS):
        if bucket not in known and not s3.bucket_exists(bucket):
            s3.make_bucket(bucket)
        known.add(bucket)
        s3.put_object(bucket, key, content, size)
