"""A service that tells events, and one that follows it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

import asyncpg
import pytest
from effects import NO_REDIS, PATIENCE_SECONDS

from chassis.auth import Signer
from chassis.db import Database
from chassis.health import HealthServicer
from chassis.server import Service
from chassis.settings import ServiceSettings
from events import consumers, outbox, skipped
from events.consumers import Consumer
from events.following import Following
from events.outbox import EventServicer, Fact, emit_on
from pm.common.v1 import events_pb2_grpc
from pm.common.v1.money_pb2 import Money


@pytest.fixture
async def url(postgres_server: str) -> AsyncIterator[str]:
    """A database with an outbox, consumers and a table for what they do."""
    server = postgres_server.rsplit("/", 1)[0]
    admin = await asyncpg.connect(postgres_server)
    await admin.execute("CREATE DATABASE test_consumers")
    connection = await asyncpg.connect(f"{server}/test_consumers")
    for statement in (*outbox.CREATE, consumers.CREATE, skipped.CREATE, "CREATE TABLE effects (number serial, key text)"):
        await connection.execute(statement)
    await connection.close()
    yield f"{server}/test_consumers"
    await admin.execute("DROP DATABASE test_consumers WITH (FORCE)")
    await admin.close()


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    database = Database.connect(url, pool_size=4)
    yield database
    await database.close()


@pytest.fixture
async def connection(url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(url)
    yield connection
    await connection.close()


@pytest.fixture
async def address(database: Database, keys_dir: Path) -> AsyncIterator[str]:
    """Where catalog-svc tells its events."""
    register = partial(events_pb2_grpc.add_EventServiceServicer_to_server, EventServicer(database))
    settings = ServiceSettings(bind="127.0.0.1:0", keys_dir=keys_dir)
    service = Service("catalog-svc", settings, registrations=[register], health_servicer=HealthServicer({}))
    yield f"127.0.0.1:{await service.start()}"
    await service.stop()


Follow = Callable[..., Awaitable[Following]]


@pytest.fixture
async def follow(database: Database, address: str, keys_dir: Path) -> AsyncIterator[Follow]:
    """Begins to follow with a consumer, as one replica of analytics-svc; without Redis unless one is given."""
    async with AsyncExitStack() as stack:

        async def begin(consumer: Consumer, redis_url: str = NO_REDIS, to: str = address) -> Following:
            signer = Signer("analytics-svc", keys_dir)
            following = Following(signer, database, redis_url, {"catalog-svc": to}, [consumer])
            await following.start()
            stack.push_async_callback(following.stop)
            return following

        yield begin


@pytest.fixture
async def tell(connection: asyncpg.Connection) -> Callable[..., Awaitable[None]]:
    """Tells a fact for each key, each in a transaction of its own."""

    async def told(*keys: str) -> None:
        for key in keys:
            await emit_on(connection, Fact(key, Money(amount="1", currency="EUR")))

    return told


@pytest.fixture
def effects(connection: asyncpg.Connection) -> Callable[[int], Awaitable[list[str]]]:
    """The keys applied so far, as soon as there are `count`."""

    async def applied(count: int) -> list[str]:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                keys = [row["key"] for row in await connection.fetch("SELECT key FROM effects ORDER BY number")]
                if len(keys) >= count:
                    return keys
                await asyncio.sleep(0.02)

    return applied
