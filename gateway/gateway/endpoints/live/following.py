"""One client that follows: what it may, from where it left off, for as long as its token is good."""

import asyncio
import base64
import json
import time
from collections import Counter
from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from chassis.auth import Principal
from chassis.counts import counted
from chassis.errors import PermissionDenied, ResourceExhausted
from chassis.interceptor import authorize
from chassis.invalidation import Slots
from gateway.auth.door import Door, Metadata
from gateway.caching.changes import NEVER, Changes
from gateway.endpoints.live.subjects import AWAY, SUBJECTS, Event, Place, Subject, reload
from gateway.http.errors import MalformedRequest
from gateway.services import Channels

# Between looks at what changes all the time, and at what is committed a little after it was announced.
PAUSE_SECONDS = 0.5
AGAIN_SECONDS, RESTLESS_SECONDS = 1.0, 10.0
# Without word of a change there is a look so often, and a sign of life; a token that was revoked ends the stream by then.
QUIET_SECONDS = 10.0
MAX_OF_ONE_USER = 20


class TooManyStreams(ResourceExhausted):
    def __init__(self) -> None:
        super().__init__(
            f"{counted(MAX_OF_ONE_USER, 'stream')} of one user are open, which is the limit: close some, or follow more in one.",
            limit=MAX_OF_ONE_USER,
        )


class AnotherUser(PermissionDenied):
    def __init__(self) -> None:
        super().__init__("This token is another user's: open a stream of its own for it.")


class Caller:
    """Who follows, by a token or API key; a newer one of the same user may take its place."""

    def __init__(self, door: Door, credential: str) -> None:
        self._door = door
        self._credential = credential
        self._known: tuple[str, Principal] | None = None

    async def renew(self, credential: str = "") -> None:
        """Find out whether the caller is still who it was, with the same rights. Raises Unauthenticated, AnotherUser."""
        token, principal = await self._door.verified(credential or self._credential)
        if self._known is not None and self._known[1].subject != principal.subject:
            raise AnotherUser
        self._known = token, principal
        self._credential = credential or self._credential

    @property
    def known(self) -> tuple[str, Principal]:
        """The caller's access token and what it says."""
        assert self._known is not None, "renew() comes first"
        return self._known

    @property
    def principal(self) -> Principal:
        return self.known[1]

    @property
    def metadata(self) -> Metadata:
        """Of a call in the caller's name."""
        return (("authorization", f"Bearer {self.known[0]}"),)


class Streams:
    """How many streams are open, by user."""

    def __init__(self) -> None:
        self._open: Counter[str] = Counter()

    def expect_room(self, principal: Principal) -> None:
        """Raise TooManyStreams when this user has no room for one more."""
        if self._open[principal.subject] >= MAX_OF_ONE_USER:
            raise TooManyStreams

    @contextmanager
    def one_more(self, principal: Principal) -> Iterator[None]:
        """While a stream of this user is open. Raises TooManyStreams."""
        self.expect_room(principal)
        self._open[principal.subject] += 1
        try:
            yield
        finally:
            self._open[principal.subject] -= 1
            if not self._open[principal.subject]:
                del self._open[principal.subject]


@dataclass
class _Watch:
    """A subject, the moment of changes before its last look, and when it is looked at whatever is heard."""

    subject: Subject
    has_begun: bool
    seen: int = NEVER
    due: float = 0.0
    restless_until: float = field(default=0.0)


class Following:
    """Everything that one stream tells. Raises MissingPermission and MalformedRequest when it is made."""

    def __init__(self, channels: Channels, changes: Changes, caller: Caller, names: Iterable[str], last_id: str) -> None:
        principal = caller.principal
        self._changes = changes
        self._caller = caller
        places = _places(last_id)
        self._watches = {
            name: _Watch(SUBJECTS[name](channels, principal.user_id, places.get(name)), has_begun=name in places)
            for name in _allowed(principal, list(names))
        }
        self._slots: Slots = tuple({slot for watch in self._watches.values() for slot in watch.subject.slots})

    @property
    def last_id(self) -> str:
        """From where a client that comes back goes on."""
        places = {name: watch.subject.place for name, watch in self._watches.items() if watch.has_begun}
        return base64.urlsafe_b64encode(json.dumps(places, separators=(",", ":")).encode()).decode().rstrip("=")

    async def events(self) -> AsyncGenerator[Event | None, None]:
        """What is told, without end; None when there was nothing for a while.

        Raises ServiceError when the caller may no longer follow.
        """
        # What changes while a client reads its first lists comes behind this event.
        first = await self._looks()
        yield Event("begin", {"subjects": list(self._watches)})
        for event in first:
            yield event
        renewed = spoken = time.monotonic()
        while True:
            rest = min(watch.due for watch in self._watches.values()) - time.monotonic()
            if rest > 0:
                await self._changes.wait(self._slots, min(watch.seen for watch in self._watches.values()), rest)
            if time.monotonic() - renewed >= QUIET_SECONDS:
                await self._caller.renew()
                renewed = time.monotonic()
            for event in await self._looks():
                yield event
                spoken = time.monotonic()
            if time.monotonic() - spoken >= QUIET_SECONDS:
                yield None
                spoken = time.monotonic()
            await asyncio.sleep(PAUSE_SECONDS)

    async def _looks(self) -> list[Event]:
        """What came of each subject that changed, or is due."""
        told: list[Event] = []
        for name, watch in self._watches.items():
            changed = not self._changes.unchanged(watch.subject.slots, watch.seen)
            moment = self._changes.moment
            if not changed and time.monotonic() < watch.due:
                # What others heard up to now is nothing to wait behind.
                watch.seen = moment
                continue
            try:
                events = await watch.subject.look(self._caller.metadata)
            except AWAY:
                watch.due = time.monotonic() + AGAIN_SECONDS
                watch.seen = moment
                continue
            if not watch.has_begun and watch.seen != NEVER:
                told.append(reload(name, "Its service did not answer when the stream began: list them anew."))
            watch.has_begun = True
            watch.seen = moment
            told += events
            present = time.monotonic()
            if changed:
                watch.restless_until = present + RESTLESS_SECONDS
            watch.due = present + (AGAIN_SECONDS if present < watch.restless_until else QUIET_SECONDS)
        return told


def _allowed(principal: Principal, names: list[str]) -> list[str]:
    """The subjects that are followed: those asked for, or all that the caller may. Raises MissingPermission."""
    unknown = [name for name in names if name not in SUBJECTS]
    if unknown:
        raise MalformedRequest({"subjects": f"{unknown[0][:100]!r} is none: choose of {', '.join(SUBJECTS)}"})
    if names:
        for name in names:
            authorize(SUBJECTS[name].method, principal)
        return [name for name in SUBJECTS if name in names]
    allowed, refusals = list[str](), list[PermissionDenied]()
    for name, subject in SUBJECTS.items():
        try:
            authorize(subject.method, principal)
        except PermissionDenied as refusal:
            refusals.append(refusal)
        else:
            allowed.append(name)
    if not allowed:
        raise refusals[0]
    return allowed


def _places(last_id: str) -> Mapping[str, Place]:
    """Where each subject goes on. Raises MalformedRequest for an id that no stream told."""
    if not last_id:
        return {}
    try:
        found = json.loads(base64.urlsafe_b64decode(last_id + "=" * (-len(last_id) % 4)))
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or not all(
        name in SUBJECTS and SUBJECTS[name].is_place(place) for name, place in found.items()
    ):
        raise MalformedRequest({"last_id": "is not the id of an event of this stream: begin without one"})
    return found
