"""Consumers on a real outbox: what is told has its effect once, whatever happens between."""

import asyncio
import signal
import sys
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg
import grpc
import pytest
from effects import NO_REDIS, PATIENCE_SECONDS, Effects, until
from prometheus_client import REGISTRY

from chassis.db import Database
from chassis.testing import serving
from events.nudges import Nudger
from events.outbox import Fact, emit, emit_on
from events.servicer import ConsumerServicer
from pm.common.v1 import events_pb2 as pb
from pm.common.v1 import events_pb2_grpc
from pm.common.v1.money_pb2 import Money


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
        watched = {"consumer": "effects"}
        assert REGISTRY.get_sample_value("pm_event_lag_rows", watched) == following.lags()["effects"].rows
        assert REGISTRY.get_sample_value("pm_event_lag_seconds", watched) > 0
        assert REGISTRY.get_sample_value("pm_event_consumer_running", watched) == (not following.lags()["effects"].stopped)
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


async def test_a_nudge_after_the_commit_wakes_those_who_follow(url, follow, valkey_server, effects, monkeypatch):
    monkeypatch.setattr("events.looks.POLL_SECONDS", 3600)
    monkeypatch.setattr("events.looks.QUIET_SECONDS", 3600)
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
