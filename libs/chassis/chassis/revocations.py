"""Tokens that ended before their time: core-svc tells, and whoever verifies tokens follows, so that it knows within seconds.

While core-svc does not answer, what is known stays known and nothing else is refused: without core-svc nobody can revoke anything
either, and no token lives longer than a quarter of an hour.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta

import structlog

from chassis.errors import ServiceError
from chassis.times import now
from pm.common.v1 import revocations_pb2 as pb

log = structlog.get_logger(__name__)

POLL_SECONDS = 5.0
POLL_DEADLINE_SECONDS = 3.0
# A revocation that was committed later than others of its time is still seen.
OVERLAP = timedelta(seconds=60)
# Longer than any token lives; what is older concerns none.
KEPT = timedelta(minutes=20)

Ask = Callable[[pb.ListRevocationsRequest], Awaitable[pb.ListRevocationsResponse]]


class Revocations:
    """What is known to be revoked: subjects, each with the moment until which tokens of it were issued in vain."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}

    def note(self, subject: str, issued_until: float) -> None:
        """Refuse tokens of `subject` (a user, a session, an API key) issued until that moment, in seconds since 1970."""
        self._until[subject] = max(issued_until, self._until.get(subject, 0.0))

    def cover(self, subjects: Iterable[str], issued: float) -> bool:
        """Whether a token of these subjects, issued at that moment, is revoked."""
        return any(self._until.get(subject, -1.0) >= issued for subject in subjects)

    def forget(self) -> None:
        """Drop what can concern no living token."""
        oldest = (now() - KEPT).timestamp()
        self._until = {subject: until for subject, until in self._until.items() if until >= oldest}


class Follower:
    """Keeps `revocations` up to date by asking again and again."""

    def __init__(self, revocations: Revocations, ask: Ask) -> None:
        self._revocations = revocations
        self._ask = ask
        self._request = pb.ListRevocationsRequest()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._follow())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def look(self) -> None:
        """Ask once; raises ServiceError or TimeoutError."""
        async with asyncio.timeout(POLL_DEADLINE_SECONDS):
            answer = await self._ask(self._request)
        for one in answer.revocations:
            self._revocations.note(one.subject, one.issued_until.ToNanoseconds() / 1e9)
        self._revocations.forget()
        self._request.since.FromDatetime(answer.time.ToDatetime() - OVERLAP)

    async def _follow(self) -> None:
        silent = False
        while True:
            try:
                await self.look()
                silent = False
            except (ServiceError, TimeoutError) as error:
                if not silent:
                    log.warning("revocations are unknown until core-svc answers", why=str(error) or type(error).__name__)
                silent = True
            await asyncio.sleep(POLL_SECONDS)
