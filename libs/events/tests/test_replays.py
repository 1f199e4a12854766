"""Consumers that are set back, or have lost what they should go on with."""

from datetime import UTC, datetime, timedelta

import pytest
from effects import Effects, Sums, failed, until

from chassis.errors import ServiceError
from chassis.times import now


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
    await until(lambda: failed(follower))
    recent = now() - timedelta(minutes=1)
    with pytest.raises(ServiceError) as refused:
        await follower.replay(recent, skip=False)
    assert refused.value.reason == "REPLAY_WOULD_SKIP"
    await follower.replay(recent, skip=True)
    assert await effects(1) == ["2"]


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
    await until(lambda: failed(follower))
    assert "no longer kept" in (await follower.position()).error
    with pytest.raises(ServiceError) as refused:
        await follower.replay(now() - timedelta(hours=2), skip=True)
    assert refused.value.reason == "EVENTS_LOST"
    await follower.replay(now() - timedelta(minutes=30), skip=True)
    assert (await effects(2))[-1] == "3"
