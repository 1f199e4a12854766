"""A call with a request id happens once, whoever sends it again and whenever the first one ends."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from sqlalchemy import MetaData, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from chassis import auth
from chassis.auth import Principal
from chassis.db import driver_connection
from idempotency.errors import RequestIdReused
from idempotency.once import once
from idempotency.tables import tables
from pm.exports.v1 import exports_pb2 as pb

METADATA = MetaData()
tables(METADATA)


@pytest.fixture
async def engine(postgres_server: str) -> AsyncIterator[AsyncEngine]:
    engine = create_async_engine(postgres_server.replace("postgresql://", "postgresql+asyncpg://", 1))
    async with engine.begin() as connection:
        await connection.run_sync(METADATA.create_all)
    yield engine
    async with engine.begin() as connection:
        await connection.run_sync(METADATA.drop_all)
    await engine.dispose()


class Work:
    """Counts how often it was done."""

    def __init__(self) -> None:
        self.done = 0

    async def __call__(self) -> pb.Platform:
        self.done += 1
        return pb.Platform(name=f"number {self.done}")


Ask = Callable[..., Awaitable[pb.Platform]]


@pytest.fixture
def ask(engine: AsyncEngine) -> Ask:
    async def call(
        work: Callable[[], Awaitable[pb.Platform]], request_id: str, name: str = "shop", user: str = "anna"
    ) -> pb.Platform:
        auth.enter(Principal("user", user))
        request = pb.CreatePlatformRequest(platform=pb.Platform(name=name), request_id=request_id)
        async with AsyncSession(engine) as session, session.begin():
            return await once(session, request, pb.Platform, work)

    return call


async def test_the_second_call_answers_with_the_first_ones_reply(ask: Ask) -> None:
    work = Work()
    assert await ask(work, "k") == await ask(work, "k") == pb.Platform(name="number 1")
    assert (await ask(work, "other")).name == "number 2"
    assert work.done == 2


async def test_without_an_id_each_call_counts(ask: Ask) -> None:
    work = Work()
    assert await ask(work, "") != await ask(work, "")


async def test_an_id_with_another_body_is_refused(ask: Ask) -> None:
    work = Work()
    await ask(work, "k")
    with pytest.raises(RequestIdReused, match="another body"):
        await ask(work, "k", name="another")
    assert work.done == 1


async def test_ids_are_each_callers_own(ask: Ask) -> None:
    """An id that somebody else chose before tells nothing of what he got for it."""
    work = Work()
    assert (await ask(work, "k")).name == "number 1"
    assert (await ask(work, "k", user="bert")).name == "number 2"
    assert (await ask(work, "k", name="another", user="carl")).name == "number 3"


async def test_what_failed_may_be_tried_again(ask: Ask) -> None:
    async def fail() -> pb.Platform:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await ask(fail, "k")
    assert (await ask(Work(), "k", name="corrected")).name == "number 1"


async def test_calls_at_once_happen_once(ask: Ask) -> None:
    work = Work()

    async def slowly() -> pb.Platform:
        await asyncio.sleep(0.05)
        return await work()

    assert {reply.name for reply in await asyncio.gather(*(ask(slowly, "k") for _ in range(5)))} == {"number 1"}
    assert work.done == 1


async def test_an_id_is_kept_for_a_day(ask: Ask, engine: AsyncEngine) -> None:
    work = Work()
    await ask(work, "k")
    await ask(work, "old")
    async with engine.begin() as connection:
        await connection.execute(
            text("UPDATE requests SET create_time = now() - interval '25 hours' WHERE request_id LIKE '%old'")
        )
    assert (await ask(work, "old", name="another")).name == "number 3"
    assert (await ask(work, "k")).name == "number 1"


async def test_a_plain_connection_will_do(engine: AsyncEngine) -> None:
    work = Work()
    request = pb.CreatePlatformRequest(request_id="k")
    for _ in range(2):
        async with AsyncSession(engine) as session, session.begin():
            assert (await once(await driver_connection(session), request, pb.Platform, work)).name == "number 1"
