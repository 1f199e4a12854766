"""Pytest fixtures: a migrated database per package, one rolled-back transaction per test, a server behind a real channel."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import asyncpg
import grpc
import pytest
import structlog
from alembic import command
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.pool import NullPool

from chassis import keys, migrations, status
from chassis.auth import Signer, Verifier
from chassis.db import Connection, Database, driver_connection
from chassis.errors import ServiceError
from chassis.interceptor import ContractInterceptor
from chassis.server import Registration

SERVICES = ("core", "catalog", "imports", "exports", "media", "code2asin", "analytics", "gateway")
EXTENSIONS = ("pg_trgm", "unaccent", "btree_gin", "intarray")


def pytest_configure() -> None:
    # The default renderer draws tracebacks with every local variable: seconds in which the event loop stands still.
    plain = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[structlog.processors.add_log_level, plain])


class OneConnectionDatabase(Database):
    """Runs every session on one connection, one at a time, so that a test can roll it all back."""

    def __init__(self, connection: AsyncConnection) -> None:
        super().__init__(connection)
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        async with self._turn, super().transaction() as session:
            yield session

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Connection]:
        async with self.transaction() as session:
            yield await driver_connection(session)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Connection]:
        # The session's savepoint is the transaction.
        async with self.reading() as connection:
            yield connection


@pytest.fixture(scope="session")
async def database_url(migrations_dir: Path, postgres_server: str) -> AsyncIterator[str]:
    """The URL of a fresh, migrated database, dropped at the end. A package names its `migrations_dir`."""
    name = f"test_{migrations_dir.parent.name}_{os.getpid()}"
    server = postgres_server.rsplit("/", 1)[0]
    admin = await asyncpg.connect(f"{server}/postgres")
    await admin.execute(f'CREATE DATABASE "{name}"')
    url = f"{server}/{name}"
    fresh = await asyncpg.connect(url)
    for extension in EXTENSIONS:
        await fresh.execute(f'CREATE EXTENSION IF NOT EXISTS "{extension}"')
    await fresh.close()
    await asyncio.to_thread(migrations.upgrade, migrations_dir, url)
    yield url
    await admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    await admin.close()


@pytest.fixture(scope="session")
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    engine = create_async_engine(database_url.replace("postgresql://", "postgresql+asyncpg://", 1), poolclass=NullPool)
    yield engine
    await engine.dispose()


@pytest.fixture
async def database(engine: AsyncEngine) -> AsyncIterator[Database]:
    """The package's database inside a transaction that is rolled back when the test ends."""
    async with engine.connect() as connection:
        transaction = await connection.begin()
        yield OneConnectionDatabase(connection)
        await transaction.rollback()


@pytest.fixture
async def committed_database(engine: AsyncEngine, database_url: str) -> AsyncIterator[Database]:
    """The package's database with a pool and real commits, for tests of concurrency; every table is emptied afterwards."""
    database = Database.connect(database_url, pool_size=5)
    yield database
    await database.close()
    async with engine.begin() as connection:
        tables = await connection.scalars(
            text("SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'")
        )
        await connection.execute(text(f"TRUNCATE {', '.join(tables)} CASCADE"))


@contextmanager
def statements(engine: AsyncEngine) -> Iterator[list[str]]:
    """The SQL that runs on `engine` inside the block, to count: a list must not ask once per row."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine.sync_engine, "before_cursor_execute", note)


@pytest.fixture(scope="session")
def keys_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keys of every service."""
    directory = tmp_path_factory.mktemp("keys")
    keys.ensure(directory, SERVICES)
    return directory


@asynccontextmanager
async def serving(
    service: str, keys_dir: Path, registrations: Iterable[Registration], *interceptors: grpc.aio.ClientInterceptor
) -> AsyncIterator[grpc.aio.Channel]:
    """A channel to servicers in a real server that holds them to their contracts."""
    server = grpc.aio.server(interceptors=[ContractInterceptor(Verifier(service, keys_dir))])
    for register in registrations:
        register(server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}", interceptors=list(interceptors)) as channel:
        yield channel
    await server.stop(grace=None)


async def error_of(call: Awaitable[object]) -> ServiceError:
    """What a call on such a channel raised, as the service raised it; fails when it raised nothing."""
    try:
        answer = await call
    except grpc.aio.AioRpcError as error:
        return status.decode(error)
    raise AssertionError(f"the call was answered: {answer}")


@pytest.fixture
def as_user(keys_dir: Path) -> Callable[..., tuple[tuple[str, str], ...]]:
    """Call metadata of a user with these permissions: `as_user("catalog.products.read")`."""
    signer = Signer("core-svc", keys_dir)

    def metadata(*permissions: str, user_id: str = "01890000-0000-7000-8000-000000000001") -> tuple[tuple[str, str], ...]:
        return (("authorization", f"Bearer {signer.access_token(user_id, list(permissions))}"),)

    return metadata


@pytest.fixture
def as_service(keys_dir: Path) -> Callable[[str, str], tuple[tuple[str, str], ...]]:
    """Call metadata of one service calling another: `as_service("imports-svc", "catalog-svc")`."""

    def metadata(caller: str, callee: str) -> tuple[tuple[str, str], ...]:
        return (("authorization", f"Bearer {Signer(caller, keys_dir).service_token(callee)}"),)

    return metadata


async def check_models(migrations_dir: Path, url: str) -> None:
    """Raise when the models and the migrated database differ (`alembic check`)."""
    await asyncio.to_thread(command.check, migrations.config(migrations_dir, url))
