import asyncio
from datetime import timedelta

import pytest

from chassis.errors import Unavailable
from chassis.revocations import Follower, Revocations
from chassis.times import now, timestamp
from pm.common.v1 import revocations_pb2 as pb


class Core:
    """What core-svc would answer; None is no answer."""

    def __init__(self):
        self.answers = []
        self.asked = []
        self.heard = asyncio.Event()

    async def __call__(self, request):
        copy = pb.ListRevocationsRequest()
        copy.CopyFrom(request)
        self.asked.append(copy)
        self.heard.set()
        answer = self.answers.pop(0) if self.answers else None
        if answer is None:
            raise Unavailable("core-svc is away")
        return answer


def answer(*subjects, time):
    revoked = [pb.Revocation(subject=subject, issued_until=timestamp(time)) for subject in subjects]
    return pb.ListRevocationsResponse(revocations=revoked, time=timestamp(time))


async def test_a_look_takes_over_what_was_revoked_and_asks_next_for_what_came_since():
    core, revocations, moment = Core(), Revocations(), now()
    core.answers = [answer("ann", time=moment), answer(time=moment)]
    follower = Follower(revocations, core)

    await follower.look()
    await follower.look()

    assert revocations.cover(["ann"], moment.timestamp() - 1)
    assert not revocations.cover(["bob", ""], moment.timestamp() - 1)
    assert not core.asked[0].HasField("since")
    # With an overlap, for what was committed late.
    assert core.asked[1].since == timestamp(moment - timedelta(seconds=60))


async def test_while_core_is_away_what_is_known_stays_known():
    core, revocations = Core(), Revocations()
    core.answers = [answer("ann", time=now())]
    follower = Follower(revocations, core)
    await follower.look()

    with pytest.raises(Unavailable):
        await follower.look()

    assert revocations.cover(["ann"], now().timestamp() - 1)


async def test_a_follower_outlives_silence_and_ends_when_told():
    core = Core()
    follower = Follower(Revocations(), core)
    follower.start()
    await core.heard.wait()

    await follower.stop()

    assert len(core.asked) == 1


def test_what_concerns_no_living_token_is_forgotten():
    revocations, moment = Revocations(), now().timestamp()
    revocations.note("old", moment - 3600)
    revocations.note("new", moment)

    revocations.forget()

    assert not revocations.cover(["old"], moment - 7200)
    assert revocations.cover(["new"], moment)
