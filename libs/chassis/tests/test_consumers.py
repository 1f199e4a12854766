"""Consumers on a real outbox: what is told has its effect once, whatever happens between."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg
import grpc
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis import consumers, outbox
from chassis.auth import Signer
from chassis.consumers import Consumer, Event
from chassis.db import Database
from chassis.errors import ServiceError
from chassis.following import ConsumerServicer, Following
from chassis.health import HealthServicer
from chassis.nudges import Nudger
from chassis.outbox import EventServicer, Fact, emit, emit_on
from chassis.server import Service
from chassis.settings import ServiceSettings
from chassis.testing import serving
from chassis.times import now
from pm.common.v1 import events_pb2 as pb
from pm.common.v1 import events_pb2_grpc
from pm.common.v1.money_pb2 import Money

PATIENCE_SECONDS = 30
NO_REDIS = "redis://127.0.0.1:1/0"


class Effects(Consumer):
    """Writes down the key of each event; `faulty` keys it can't."""

    name = "effects"
    producer = "catalog-svc"
    facts = (Money,)

    def __init__(self) -> None:
        self.faulty: set[str] = set()
        self.pages: list[int] = []

    async def apply(self, session: AsyncSession, events: Sequence[Event]) -> None:
        for event in events:
            if event.key in self.faulty:
                raise ValueError(f"no {event.key}\nand a row's values")
            await session.execute(text("INSERT INTO effects (key) VALUES (:key)"), {"key": event.key})
        self.pages.append(len(events))


class Sums(Effects):
    """As one that adds: an event that is applied twice counts twice, unless it was forgotten."""

    async def forget(self, session: AsyncSession, since: datetime) -> None:
        await session.execute(text("DELETE FROM effects WHERE key >= :day"), {"day": since.date().isoformat()})


@pytest.fixture
async def url(postgres_server: str) -> AsyncIterator[str]:
    """A database with an outbox, consumers and a table for what they do."""
    server = postgres_server.rsplit("/", 1)[0]
    admin = await asyncpg.connect(postgres_server)
    await admin.execute("CREATE DATABASE test_consumers")
    connection = await asyncpg.connect(f"{server}/test_consumers")
    for statement in (*outbox.CREATE, consumers.CREATE, "CREATE TABLE effects (number serial, key text)"):
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
    await service.server.stop(None)


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


async def until(met: Callable[[], Awaitable[Any]]) -> Any:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            if found := await met():
                return found
            await asyncio.sleep(0.02)


async def test_what_was_told_before_and_during_is_applied_in_order(follow, tell, effects):
    await tell("1", "2")
    await follow(Effects())
    assert await effects(2) == ["1", "2"]
    await tell("3")
    assert await effects(3) == ["1", "2", "3"]


async def test_other_facts_are_passed_by(connection, follow, tell, effects):
    await emit_on(connection, Fact("other", pb.ListConsumersRequest()))
    await tell("1")
    await follow(Effects())
    assert await effects(1) == ["1"]


async def test_a_transaction_that_commits_late_is_not_passed_by(url, connection, follow, tell, effects):
    slow = await asyncpg.connect(url)
    await follow(Effects())
    async with slow.transaction():
        await emit_on(slow, Fact("late", Money(amount="1", currency="EUR")))
        await tell("early")
        # Time enough for a look: "early" is committed, and yet nothing is applied before "late" is known.
        await asyncio.sleep(2)
        assert await connection.fetchval("SELECT count(*) FROM effects") == 0
    assert await effects(2) == ["late", "early"]
    await slow.close()


async def test_replicas_share_the_work_without_doing_anything_twice(follow, tell, effects, connection):
    replicas = [Effects() for _ in range(3)]
    for consumer in replicas:
        await follow(consumer)
    keys = [str(number) for number in range(200)]
    for some in range(0, len(keys), 20):
        await tell(*keys[some : some + 20])
        await asyncio.sleep(0.03)
    await effects(len(keys))
    await asyncio.sleep(1)
    assert await effects(len(keys)) == keys
    assert sum(sum(consumer.pages) for consumer in replicas) == len(keys)


async def test_a_killed_consumer_leaves_nothing_and_the_next_applies_it_once(
    url, address, keys_dir, connection, follow, tell, effects
):
    await tell("1", "2")
    script = Path(__file__).parent / "killed_consumer.py"
    killed = await asyncio.create_subprocess_exec(sys.executable, str(script), url, address, str(keys_dir))
    async with asyncio.timeout(PATIENCE_SECONDS):
        assert await killed.wait() == -signal.SIGKILL
    assert await connection.fetchval("SELECT count(*) FROM effects") == 0
    await follow(Effects())
    assert await effects(2) == ["1", "2"]


async def test_a_faulty_event_stops_its_consumer_visibly_and_is_never_passed_by(follow, tell, effects, as_user, keys_dir):
    consumer = Effects()
    consumer.faulty = {"4"}
    await tell(*"123456")
    following = await follow(consumer)
    register = partial(events_pb2_grpc.add_ConsumerServiceServicer_to_server, ConsumerServicer(following))
    async with serving("analytics-svc", keys_dir, [register]) as channel:
        stub = events_pb2_grpc.ConsumerServiceStub(channel)

        async def shown() -> pb.Consumer:
            answer = await stub.ListConsumers(pb.ListConsumersRequest(), metadata=as_user("core.events.read"))
            return answer.consumers[0]

        async def stopped() -> pb.Consumer | None:
            found = await shown()
            return found if found.failures >= 2 else None

        found = await until(stopped)
        # What is before it is applied, and a row's values stay in the log.
        assert await effects(3) == ["1", "2", "3"]
        assert found.state == pb.Consumer.STATE_STOPPED
        assert found.error == "pm.common.v1.Money 4: ValueError: no 4"
        assert found.HasField("retry_time")
        assert (found.lag_rows, found.lag_capped) == (3, False)
        assert found.lag_seconds > 0
        assert (await until(lambda: _of(following.lags().get("effects")))).rows >= 3
        consumer.faulty = set()
        assert await effects(6) == list("123456")

        async def following_again() -> pb.Consumer | None:
            now_shown = await shown()
            return now_shown if now_shown.state == pb.Consumer.STATE_FOLLOWING else None

        again = await until(following_again)
        assert (again.error, again.failures, again.lag_rows, again.lag_seconds) == ("", 0, 0, 0)


async def _of(lag: Any) -> Any:
    return lag


async def test_a_producer_that_is_away_is_waited_for(follow, tell, effects, as_user, keys_dir):
    following = await follow(Effects(), to="127.0.0.1:1")
    register = partial(events_pb2_grpc.add_ConsumerServiceServicer_to_server, ConsumerServicer(following))
    async with serving("analytics-svc", keys_dir, [register]) as channel:
        stub = events_pb2_grpc.ConsumerServiceStub(channel)
        answer = await stub.ListConsumers(pb.ListConsumersRequest(), metadata=as_user("core.events.read"))
    (shown,) = answer.consumers
    assert (shown.name, shown.service, shown.producer) == ("effects", "analytics-svc", "catalog-svc")
    assert (shown.state, shown.HasField("lag_rows")) == (pb.Consumer.STATE_WAITING, False)
    assert following.lags() == {}


async def test_a_replay_applies_again_what_was_forgotten_and_nothing_else(connection, follow, tell, effects):
    days = ["2026-03-01", "2026-03-02", "2026-03-03"]
    await tell(*days)
    await connection.execute("UPDATE outbox SET create_time = key::date")
    # A transaction that began on the second day and told later than one of the third.
    await tell("2026-03-02")
    await connection.execute("UPDATE outbox SET create_time = key::date")
    following = await follow(Sums())
    first = await effects(4)
    follower = following.followers["effects"]
    await follower.replay(datetime(2026, 3, 3, tzinfo=UTC), skip=False)

    async def caught_up() -> bool:
        return not (await follower.position()).replay_end

    await until(caught_up)
    assert sorted(await effects(4)) == sorted(first)
    await tell("2026-03-04")
    assert sorted(await effects(5)) == sorted([*first, "2026-03-04"])


async def test_a_replay_that_would_pass_something_by_needs_to_be_told_so(connection, follow, tell, effects):
    consumer = Effects()
    consumer.faulty = {"1"}
    await tell("1", "2")
    await connection.execute("UPDATE outbox SET create_time = now() - interval '1 hour' WHERE key = '1'")
    following = await follow(consumer)
    follower = following.followers["effects"]
    await until(lambda: _failed(follower))
    recent = now() - timedelta(minutes=1)
    with pytest.raises(ServiceError) as refused:
        await follower.replay(recent, skip=False)
    assert refused.value.reason == "REPLAY_WOULD_SKIP"
    await follower.replay(recent, skip=True)
    assert await effects(1) == ["2"]


async def _failed(follower: Any) -> bool:
    return bool((await follower.position()).error)


async def test_lost_events_stop_a_consumer_until_it_is_set_to_a_later_time(connection, follow, tell, effects):
    await tell("1")
    following = await follow(Effects())
    await effects(1)
    follower = following.followers["effects"]
    # As if it had slept for more than a week: what was told meanwhile is gone.
    await tell("gone")
    await connection.execute("INSERT INTO outbox_horizon SELECT 0, max(txid::text::bigint)::text::xid8 FROM outbox")
    await connection.execute("TRUNCATE outbox")
    await connection.execute("UPDATE event_consumers SET cursor = '3.1'")
    await tell("2", "3")
    await connection.execute("UPDATE outbox SET create_time = now() - interval '1 hour' WHERE key = '2'")
    await until(lambda: _failed(follower))
    assert "no longer kept" in (await follower.position()).error
    with pytest.raises(ServiceError) as refused:
        await follower.replay(now() - timedelta(hours=2), skip=True)
    assert refused.value.reason == "EVENTS_LOST"
    await follower.replay(now() - timedelta(minutes=30), skip=True)
    assert (await effects(2))[-1] == "3"


async def test_a_nudge_after_the_commit_wakes_those_who_follow(url, follow, valkey_server, effects, monkeypatch):
    monkeypatch.setattr("chassis.following.POLL_SECONDS", 3600)
    nudger = Nudger(valkey_server, "catalog-svc")
    database = Database.connect(url, pool_size=1, on_facts=nudger.nudge)
    await follow(Effects(), redis_url=valkey_server)
    await until(lambda: _subscribed(valkey_server))
    async with database.transaction() as session:
        await emit(session, Fact("1", Money(amount="1", currency="EUR")))
    assert await effects(1) == ["1"]
    async with database.writing() as connection:
        await emit_on(connection, Fact("2", Money(amount="1", currency="EUR")))
    assert await effects(2) == ["1", "2"]
    await database.close()
    await nudger.close()


async def _subscribed(url: str) -> bool:
    from redis.asyncio import Redis

    async with Redis.from_url(url) as client:
        return bool(dict(await client.pubsub_numsub("events:catalog-svc"))[b"events:catalog-svc"])


async def test_a_redis_that_is_away_stops_nobody_who_tells(url, follow, effects):
    nudger = Nudger(NO_REDIS, "catalog-svc")
    database = Database.connect(url, pool_size=1, on_facts=nudger.nudge)
    await follow(Effects())
    async with database.transaction() as session:
        await emit(session, Fact("1", Money(amount="1", currency="EUR")))
    assert await effects(1) == ["1"]
    await database.close()
    await nudger.close()


async def test_who_may_not_read_events_sees_no_consumers(follow, as_user, keys_dir):
    following = await follow(Effects())
    register = partial(events_pb2_grpc.add_ConsumerServiceServicer_to_server, ConsumerServicer(following))
    async with serving("analytics-svc", keys_dir, [register]) as channel:
        stub = events_pb2_grpc.ConsumerServiceStub(channel)
        replay = pb.ReplayConsumerRequest(name="effects", time={"seconds": 1})
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await stub.ReplayConsumer(replay, metadata=as_user("core.events.read"))
        assert refused.value.code() == grpc.StatusCode.PERMISSION_DENIED
        replay.name = "nobody"
        with pytest.raises(grpc.aio.AioRpcError) as unknown:
            await stub.ReplayConsumer(replay, metadata=as_user("core.events.write"))
        assert unknown.value.code() == grpc.StatusCode.NOT_FOUND
