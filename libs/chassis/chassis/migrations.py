"""Schema migrations: what every service's migrations/env.py and its `migrate` command do."""

import asyncio
from pathlib import Path

from alembic import command, context
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, MetaData, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool


def config(directory: Path, url: str) -> Config:
    """Alembic's configuration for the migrations in `directory` and the database at `url` (postgresql://...)."""
    made = Config()
    made.set_main_option("script_location", str(directory))
    # Alembic reads its options through configparser, where a lone % begins an interpolation.
    made.set_main_option("sqlalchemy.url", url.replace("postgresql://", "postgresql+asyncpg://", 1).replace("%", "%%"))
    return made


def upgrade(directory: Path, url: str) -> None:
    """Bring the database to the newest schema; ends the process with a sentence when that of the database is not known."""
    try:
        command.upgrade(config(directory, url), "head")
    except CommandError as error:
        raise SystemExit(
            f"The schema of the database is not one that this code knows ({error}): use the newer version that made it, or "
            "restore a backup that was made before."
        ) from None


def run(metadata: MetaData) -> None:
    """The body of every env.py."""
    asyncio.run(_run(metadata))


async def _run(metadata: MetaData) -> None:
    url = context.config.get_main_option("sqlalchemy.url")
    assert url, "migrations are started by `python -m <service> migrate`"
    engine = create_async_engine(url, poolclass=NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(_migrate, metadata)
    await engine.dispose()


def _migrate(connection: Connection, metadata: MetaData) -> None:
    # Waiting behind a long transaction would block every query that comes after; fail and be repeated instead.
    connection.execute(text("SET lock_timeout = '5s'"))
    connection.execute(text("SELECT pg_advisory_lock(hashtext('alembic'))"))
    partitions = set(connection.scalars(text("SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r'")))
    connection.commit()  # Alembic must own its transactions, or autocommit_block refuses.
    context.configure(
        connection=connection,
        target_metadata=metadata,
        compare_server_default=True,
        transaction_per_migration=True,
        include_name=lambda name, kind, _: not (kind == "table" and name in partitions),
    )
    with context.begin_transaction():
        context.run_migrations()
