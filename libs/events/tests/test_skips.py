"""A person lets a consumer pass by the one event at which it is stopped."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Any

import asyncpg
import pytest
from effects import Effects, failed, until

from chassis.errors import FailedPrecondition, ServiceError
from chassis.testing import error_of, serving
from chassis.times import now
from events.following import Follower, Following
from events.servicer import ConsumerServicer
from pm.common.v1 import events_pb2 as pb
from pm.common.v1 import events_pb2_grpc
from pm.common.v1.money_pb2 import Money

SOMEBODY = "01890000-0000-7000-8000-000000000007"


@pytest.fixture
def door(keys_dir) -> Callable[[Following], Any]:
    """What analytics-svc answers about its consumers."""

    @asynccontextmanager
    async def opened(following: Following) -> AsyncIterator[events_pb2_grpc.ConsumerServiceStub]:
        register = partial(events_pb2_grpc.add_ConsumerServiceServicer_to_server, ConsumerServicer(following))
        async with serving("analytics-svc", keys_dir, [register]) as channel:
            yield events_pb2_grpc.ConsumerServiceStub(channel)

    return opened


@pytest.fixture
async def holding(url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection that may hold others up."""
    connection = await asyncpg.connect(url)
    yield connection
    await connection.close()


def follower_of(following: Following) -> Follower:
    return following.followers["effects"]


async def stopped_at(follower: Follower, key: str) -> bool:
    return f"Money {key}:" in (await follower.position()).error


async def at_rest(follower: Follower) -> bool:
    """It has applied all that was told."""
    position = await follower.position()
    return not position.error and not position.replay_end and (await follower.backlog(position)).rows == 0


async def test_the_event_at_fault_is_skipped_and_what_is_behind_it_applied(connection, follow, tell, effects, door, as_user):
    consumer = Effects()
    consumer.faulty = {"4"}
    await tell(*"123456")
    following = await follow(consumer)
    follower = follower_of(following)
    await until(lambda: stopped_at(follower, "4"))
    writer = as_user("core.events.write", user_id=SOMEBODY)
    async with door(following) as stub:
        another = await error_of(stub.SkipEvent(pb.SkipEventRequest(name="effects", key="5"), metadata=writer))
        assert (another.reason, another.metadata["key"]) == ("EVENT_NOT_AT_FAULT", "5")
        assert await stopped_at(follower, "4")
        assert await connection.fetchval("SELECT count(*) FROM skipped_events") == 0

        shown = await stub.SkipEvent(pb.SkipEventRequest(name="effects", key="4"), metadata=writer)
        assert (shown.state, shown.error, shown.failures) == (pb.Consumer.STATE_FOLLOWING, "", 0)
        assert shown.skipped == 1
        assert await effects(5) == list("12356")

        again = await error_of(stub.SkipEvent(pb.SkipEventRequest(name="effects", key="4"), metadata=writer))
        assert again.reason == "CONSUMER_NOT_STOPPED"

        asked = pb.ListSkippedEventsRequest(name="effects")
        listed = await stub.ListSkippedEvents(asked, metadata=as_user("core.events.read"))
    (skipped,) = listed.events
    assert (listed.total, skipped.key, skipped.type, skipped.skipped_by) == (1, "4", "pm.common.v1.Money", SOMEBODY)
    assert (skipped.HasField("skip_time"), skipped.HasField("apply_time")) == (True, False)
    kept = await connection.fetchrow("SELECT * FROM skipped_events")
    assert (kept["consumer"], kept["type"], kept["key"]) == ("effects", "pm.common.v1.Money", "4")
    assert Money.FromString(kept["payload"]) == Money(amount="1", currency="EUR")
    told = await connection.fetchrow("SELECT txid || '.' || id AS cursor, create_time FROM outbox WHERE key = '4'")
    assert (kept["cursor"], kept["event_time"]) == (told["cursor"], told["create_time"])
    assert kept["error"] == "pm.common.v1.Money 4: ValueError: no 4"
    assert kept["skipped_by"] == SOMEBODY
    assert (kept["skip_time"] is not None, kept["apply_time"]) == (True, None)


async def test_a_consumer_that_is_not_stopped_skips_nothing(connection, follow, tell, effects):
    following = await follow(Effects())
    follower = follower_of(following)
    await tell("1")
    await effects(1)
    with pytest.raises(ServiceError) as refused:
        await follower.skip("1", SOMEBODY)
    assert refused.value.reason == "CONSUMER_NOT_STOPPED"
    assert await connection.fetchval("SELECT count(*) FROM skipped_events") == 0


async def test_who_may_only_read_skips_nothing(follow, door, as_user):
    following = await follow(Effects())
    async with door(following) as stub:
        skip = pb.SkipEventRequest(name="effects", key="1")
        refused = await error_of(stub.SkipEvent(skip, metadata=as_user("core.events.read")))
        assert refused.reason == "MISSING_PERMISSION"
        skip.name = "nobody"
        unknown = await error_of(stub.SkipEvent(skip, metadata=as_user("core.events.write")))
        assert unknown.reason == "CONSUMER_NOT_FOUND"


async def test_two_replicas_that_skip_at_once_skip_one_event(connection, holding, follow, tell, effects):
    replicas = []
    for _ in range(2):
        consumer = Effects()
        consumer.faulty = {"same"}
        replicas.append(follower_of(await follow(consumer)))
    await tell("1", "same", "same", "2")
    await until(lambda: stopped_at(replicas[0], "same"))

    async def both_wait() -> bool:
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%FOR UPDATE'"
        return bool(await connection.fetchval(waiting) == len(replicas))

    async def skip(replica: Follower) -> str:
        try:
            await replica.skip("same", SOMEBODY)
        except FailedPrecondition as error:
            return error.reason
        return "skipped"

    # Both have seen the first of the two events before either may skip it.
    async with asyncio.TaskGroup() as group, holding.transaction():
        await holding.execute("SELECT FROM event_consumers FOR UPDATE")
        skips = [group.create_task(skip(replica)) for replica in replicas]
        await until(both_wait)
    one, other = (task.result() for task in skips)
    assert (one == "skipped") != (other == "skipped")
    assert await connection.fetchval("SELECT count(*) FROM skipped_events") == 1

    await until(lambda: stopped_at(replicas[0], "same"))
    assert await effects(1) == ["1"]
    await replicas[1].skip("same", SOMEBODY)
    assert await effects(2) == ["1", "2"]
    assert await replicas[0].skipped() == 2


async def test_a_replay_applies_what_was_skipped_if_it_can(connection, follow, tell, effects):
    consumer = Effects()
    consumer.faulty = {"1", "2"}
    await tell("1", "2", "3")
    await connection.execute("UPDATE outbox SET create_time = now() - interval '2 hours' WHERE key = '1'")
    await connection.execute("UPDATE outbox SET create_time = now() - interval '1 hour' WHERE key = '2'")
    follower = follower_of(await follow(consumer))
    for key in ("1", "2"):
        await until(lambda key=key: stopped_at(follower, key))
        await follower.skip(key, SOMEBODY)
    assert await effects(1) == ["3"]

    # It stops again at what it still can't apply, and that can be skipped again.
    await follower.replay(now() - timedelta(hours=1, minutes=30), skip=False)
    await until(lambda: stopped_at(follower, "2"))
    await follower.skip("2", "somebody else")
    await until(lambda: at_rest(follower))
    kept = await connection.fetch("SELECT key, skipped_by, apply_time FROM skipped_events ORDER BY key")
    assert [tuple(row) for row in kept] == [("1", SOMEBODY, None), ("2", "somebody else", None)]
    assert await effects(2) == ["3", "3"]

    consumer.faulty = set()
    await follower.replay(now() - timedelta(hours=1, minutes=30), skip=False)
    assert await effects(4) == ["3", "3", "2", "3"]
    await until(lambda: at_rest(follower))
    # The one that happened before the replay's time is still missing.
    missing = "SELECT key FROM skipped_events WHERE apply_time IS NULL"
    assert [row["key"] for row in await connection.fetch(missing)] == ["1"]
    assert await follower.skipped() == 1


async def test_an_event_that_nobody_can_read_is_skipped_as_it_is(connection, follow, tell, effects):
    await connection.execute("INSERT INTO outbox (type, key, payload) VALUES ('pm.common.v1.Money', 'broken', '\\xff')")
    await tell("1")
    follower = follower_of(await follow(Effects()))
    await until(lambda: stopped_at(follower, "broken"))
    await follower.skip("broken", SOMEBODY)
    assert await effects(1) == ["1"]
    assert await connection.fetchval("SELECT payload FROM skipped_events") == b"\xff"


async def test_events_that_are_lost_are_not_skipped(connection, follow, tell, effects):
    await tell("1")
    follower = follower_of(await follow(Effects()))
    await effects(1)
    await tell("gone")
    await connection.execute("INSERT INTO outbox_horizon SELECT 0, max(txid::text::bigint)::text::xid8 FROM outbox")
    await connection.execute("TRUNCATE outbox")
    await connection.execute("UPDATE event_consumers SET cursor = '3.1'")
    await tell("2")
    await until(lambda: failed(follower))
    with pytest.raises(ServiceError) as refused:
        await follower.skip("gone", SOMEBODY)
    assert refused.value.reason == "EVENTS_LOST"
