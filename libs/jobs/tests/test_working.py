"""What becomes of a job whose work ends, and of one whose work goes wrong."""

import pytest
from naps.sleeper import Sleeper

from chassis.db import Database
from chassis.times import now
from jobs.columns import RETRY_DELAYS


async def test_a_job_is_worked_at_and_counted(committing: Database, save, load, breaths, attempts) -> None:
    nap = await save()
    sleeper = Sleeper(committing)
    assert await sleeper.work()
    assert not await sleeper.work()
    assert ((await load(nap.id)).state, await breaths(nap.id), sleeper.counted) == ("rested", [0, 1, 2], 1)
    (only,) = await attempts(nap.id)
    assert (only.number, only.outcome, only.claims, only.end_time >= only.begin_time) == (1, "done", 1, True)
    assert ":" in only.worker


async def test_a_hopeless_job_fails_at_once_and_can_be_tried_again(committing: Database, save, load, attempts, change) -> None:
    nap = await save(trouble="nightmare")
    assert await Sleeper(committing).work()
    failed = await load(nap.id)
    assert (failed.state, failed.failure_reason, failed.resume_state) == ("failed", "NIGHTMARE", "asleep")
    assert [(one.outcome, one.reason, one.message) for one in await attempts(nap.id)] == [("failed", "NIGHTMARE", "nightmare")]


async def test_an_outage_is_one_attempt_however_long_it_takes(committing: Database, save, load, attempts, change) -> None:
    nap = await save(trouble="noise")
    for _ in range(len(RETRY_DELAYS) + 2):
        await change(nap.id, next_attempt_time=now())
        assert await Sleeper(committing).work()
    kept = await load(nap.id)
    assert (kept.state, kept.attempt, kept.failure_reason) == ("asleep", 0, "NOISE")
    await change(nap.id, trouble="", next_attempt_time=now())
    assert await Sleeper(committing).work()
    (only,) = await attempts(nap.id)
    assert (only.outcome, only.reason, only.claims) == ("done", "", len(RETRY_DELAYS) + 3)


async def test_what_nobody_foresaw_is_tried_again_later_and_later_and_fails(
    committing: Database, save, load, attempts, change
) -> None:
    nap = await save(trouble="fall")
    for number, delay in enumerate(RETRY_DELAYS, start=1):
        await change(nap.id, next_attempt_time=now())
        assert await Sleeper(committing).work()
        kept = await load(nap.id)
        assert (kept.state, kept.attempt, kept.failure_reason) == ("asleep", number, "INTERNAL")
        assert kept.next_attempt_time - now() <= delay
    await change(nap.id, next_attempt_time=now())
    assert await Sleeper(committing).work()
    assert (await load(nap.id)).state == "failed"
    assert [(one.number, one.outcome) for one in await attempts(nap.id)] == [
        (number, "failed") for number in range(1, len(RETRY_DELAYS) + 2)
    ]


async def test_a_turn_belongs_to_the_attempt_that_it_interrupts(committing: Database, save, attempts, change) -> None:
    nap = await save(trouble="turn")
    for _ in range(3):
        assert await Sleeper(committing).work()
    (only,) = await attempts(nap.id)
    assert (only.outcome, only.claims) == ("turn", 3)


@pytest.mark.parametrize("decision", ["pause", "cancel"])
async def test_an_attempt_that_a_person_ends_says_so(committing: Database, save, attempts, decision: str) -> None:
    nap = await save()

    class Interrupted(Sleeper):
        async def move_on(self, lease) -> None:
            async with committing.transaction() as session:
                getattr(await session.get_one(type(nap), nap.id), decision)()
            await super().move_on(lease)

    assert await Interrupted(committing).work()
    assert [one.outcome for one in await attempts(nap.id)] == ["taken"]
