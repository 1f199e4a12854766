"""What can be followed: jobs of every kind, the caller's notifications, and changed products.

A subject knows its place, behind which it goes on, and asks what came since: with the caller's own rights, never from a cache.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, Protocol, TypeAlias

from google.protobuf.descriptor import MethodDescriptor

from chassis.errors import DeadlineExceeded, ServiceError, Unavailable
from chassis.invalidation import Slots, slots_of
from chassis.times import now, timestamp
from gateway.auth.door import Metadata
from gateway.endpoints import jobs
from gateway.endpoints.transcoding import Asking
from gateway.http.encoding import converter
from gateway.services import Channels
from pm.catalog.v1 import changes_pb2
from pm.common.v1 import jobs_pb2
from pm.core.v1 import notifications_pb2

# A look that takes longer is given up: there is another one a second later.
LOOK_SECONDS = 3.0
# A job's change, or a notification, may be committed a little after others that say a later time.
OVERLAP = timedelta(seconds=10)
# The year 2242: no change is later.
LATEST = 2**33
JOBS_PAGE, JOBS_PAGES = 500, 4
NOTIFICATIONS = 100
# Notifications that a place names: each costs a client 50 bytes with every event.
REMEMBERED = 20
CHANGES = 500
AWAY = (Unavailable, DeadlineExceeded)
LIST_JOBS = jobs.METHODS["ListJobs"]
LIST_NOTIFICATIONS = notifications_pb2.DESCRIPTOR.services_by_name["NotificationService"].methods_by_name["ListNotifications"]
LIST_CHANGES = changes_pb2.DESCRIPTOR.services_by_name["ChangeService"].methods_by_name["ListChanges"]

# What a subject stores of its place, as JSON.
Place: TypeAlias = Any

_UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_IDS = re.compile(f"({_UUID}([.]{_UUID}){{0,{REMEMBERED - 1}}})?")
# As ListChangesRequest has it.
_CURSOR = re.compile("([0-9]{1,6}[.][0-9]{1,19}[.][0-9]{1,18}[.][0-9]{1,9})?")


class Event(NamedTuple):
    """What is told: a name and JSON values."""

    name: str
    data: Mapping[str, Any]


class Subject(Protocol):
    """One thing that is followed for one caller."""

    slots: Slots

    @property
    def place(self) -> Place:
        """Behind which it goes on; a client keeps it as JSON."""

    async def look(self, metadata: Metadata) -> list[Event]:
        """What came since the place, which moves on. Raises ServiceError; the place stays then."""


class Jobs:
    """Jobs that changed, each as it is now: `job`. The place is the latest change of each service's jobs."""

    method: MethodDescriptor = LIST_JOBS

    def __init__(self, channels: Channels, user_id: str, place: Place = None) -> None:
        self.slots = slots_of(("jobs", *jobs.OWNERS))
        self.place: dict[str, float] = {owner: now().timestamp() for owner in jobs.OWNERS} | (place or {})
        self._asking = {owner: Asking(channels, owner, LIST_JOBS) for owner in jobs.OWNERS}
        self._convert = converter(jobs_pb2.Job.DESCRIPTOR)
        # As they were shown last, while they can be found again.
        self._shown: dict[str, jobs_pb2.Job] = {}

    @staticmethod
    def is_place(said: object) -> bool:
        """Whether a client that says this may have it from here."""
        return isinstance(said, dict) and all(name in jobs.OWNERS and _is_moment(each) for name, each in said.items())

    async def look(self, metadata: Metadata) -> list[Event]:
        changed: list[jobs_pb2.Job] = []
        is_lost = False
        away: ServiceError | None = None
        for owner, asking in self._asking.items():
            try:
                found, has_more = await self._since(asking, metadata, self.place[owner])
            except AWAY as error:
                # The others are told of; what this one has to tell is told when it is back.
                away = error
                continue
            is_lost = is_lost or has_more
            changed += found
            self.place[owner] = max((job.update_time.ToDatetime(UTC).timestamp() for job in found), default=self.place[owner])
        new = [job for job in changed if self._shown.get(job.id) != job]
        if away is None:
            self._shown = {job.id: job for job in changed}
        else:
            self._shown |= {job.id: job for job in changed}
        if is_lost:
            return [reload("jobs", "More jobs changed than are told one by one: list them anew.")]
        new.sort(key=lambda job: (job.update_time.seconds, job.update_time.nanos))
        return [Event("job", self._convert(job)) for job in new]

    async def _since(self, asking: Asking, metadata: Metadata, place: float) -> tuple[list[jobs_pb2.Job], bool]:
        """Jobs of one service that changed since then, and whether there are more."""
        wanted = jobs_pb2.ListJobsRequest(page_size=JOBS_PAGE)
        wanted.updated_since.CopyFrom(timestamp(datetime.fromtimestamp(place, UTC) - OVERLAP))
        found: list[jobs_pb2.Job] = []
        for _ in range(JOBS_PAGES):
            page = await asking(wanted, metadata, seconds=LOOK_SECONDS)
            found += page.jobs
            wanted.page_token = page.next_page_token
            if not wanted.page_token:
                return found, False
        return found, True


class Notifications:
    """The caller's new notifications: `notification`, and how many are unread: `unread`.

    The place is the ids of the newest ones that were told, of the last ten seconds before the newest.
    """

    method: MethodDescriptor = LIST_NOTIFICATIONS

    def __init__(self, channels: Channels, user_id: str, place: Place = None) -> None:
        self.slots = slots_of(("core", f"notifications:{user_id}"))
        # None before the first look.
        self._told: set[str] | None = None if place is None else set(filter(None, place.split(".")))
        self._ask = Asking(channels, "core", LIST_NOTIFICATIONS)
        self._convert = converter(notifications_pb2.Notification.DESCRIPTOR)
        self._unread: int | None = None

    @staticmethod
    def is_place(said: object) -> bool:
        """Whether a client that says this may have it from here."""
        return isinstance(said, str) and _IDS.fullmatch(said) is not None

    @property
    def place(self) -> Place:
        return None if self._told is None else ".".join(sorted(self._told, reverse=True)[:REMEMBERED])

    async def look(self, metadata: Metadata) -> list[Event]:
        page = await self._ask(
            notifications_pb2.ListNotificationsRequest(page_size=NOTIFICATIONS), metadata, seconds=LOOK_SECONDS
        )
        events: list[Event] = []
        before = {each.id for each in page.notifications} if self._told is None else self._told
        # Ids ascend with the time at which they were made, and are committed a little later: a smaller one may come last.
        floor = _floor(before)
        new = [each for each in page.notifications if each.id >= floor and each.id not in before]
        if new and len(page.notifications) == NOTIFICATIONS and min(each.id for each in page.notifications) >= floor:
            events.append(reload("notifications", "More came than are told one by one: list them anew."))
        else:
            events += (Event("notification", self._convert(each)) for each in sorted(new, key=lambda each: each.id))
        told = before | {each.id for each in new}
        # What is older is not looked at again.
        floor = _floor(told)
        self._told = {id for id in told if id >= floor}
        if page.unread_count != self._unread:
            self._unread = page.unread_count
            events.append(Event("unread", {"unread_count": page.unread_count}))
        return events


class Products:
    """Entries of the feed of changed products: `products`. The place is a cursor of the feed."""

    method: MethodDescriptor = LIST_CHANGES

    def __init__(self, channels: Channels, user_id: str, place: Place = None) -> None:
        self.slots = slots_of(("catalog", "products"))
        self.place: str | None = place
        self._ask = Asking(channels, "catalog", LIST_CHANGES)
        self._convert = converter(changes_pb2.ProductChange.DESCRIPTOR)

    @staticmethod
    def is_place(said: object) -> bool:
        """Whether a client that says this may have it from here."""
        return isinstance(said, str) and _CURSOR.fullmatch(said) is not None

    async def look(self, metadata: Metadata) -> list[Event]:
        if self.place is None:
            self.place = await self._end(metadata)
            return []
        wanted = changes_pb2.ListChangesRequest(cursor=self.place, limit=CHANGES)
        try:
            page = await self._ask(wanted, metadata, seconds=LOOK_SECONDS)
        except ServiceError as error:
            if error.reason != "CHANGES_LOST":
                raise
            self.place = await self._end(metadata)
            return [reload("products", error.message)]
        if page.more:
            behind, self.place = self.place, await self._end(metadata)
            said = "More changed than are told one by one: list them anew, or read GET /api/v1/changes from this cursor."
            return [reload("products", said, cursor=behind)]
        self.place = page.cursor
        return [Event("products", {"changes": [self._convert(each) for each in page.changes]})] if page.changes else []

    async def _end(self, metadata: Metadata) -> str:
        page = await self._ask(changes_pb2.ListChangesRequest(from_now=True), metadata, seconds=LOOK_SECONDS)
        cursor: str = page.cursor
        return cursor


SUBJECTS: Mapping[str, type[Jobs | Notifications | Products]] = {
    "jobs": Jobs,
    "notifications": Notifications,
    "products": Products,
}


def reload(subject: str, detail: str, **more: str) -> Event:
    """That what a client shows of a subject is to be read anew."""
    return Event("reload", {"subject": subject, "detail": detail, **more})


def _is_moment(said: object) -> bool:
    """Whether it is a time in seconds; in JSON a number may be of any size, or none (NaN)."""
    return isinstance(said, int | float) and not isinstance(said, bool) and 0 <= said < LATEST


def _floor(ids: Iterable[str]) -> str:
    """The least id of the ten seconds before the latest of these (UUID version 7: 48 bits of milliseconds come first)."""
    latest = max(ids, default="")
    if not latest:
        return ""
    moment = max(0, int(latest[:8] + latest[9:13], 16) - OVERLAP // timedelta(milliseconds=1))
    return f"{moment >> 16:08x}-{moment & 0xFFFF:04x}"
