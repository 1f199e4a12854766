"""What imports-svc tells, as its users see it."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from chassis.db import Database
from chassis.errors import ServiceError
from chassis.testing import error_of
from core_svc.notifications.consumers import ImportNotifications
from core_svc.upkeep import forget
from events.consumers import Event
from pm.core.v1 import notifications_pb2 as pb
from pm.core.v1 import notifications_pb2_grpc
from pm.imports.v1.events_pb2 import ImportFinished, ImportHeld
from pm.imports.v1.imports_pb2 import Job, Ledger

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
JOB = "01890000-0000-7000-8000-00000000000a"


def finished(user_id: str, *, state: Job.State.ValueType = Job.STATE_APPLIED, minutes: int = 0, **fields: object) -> Event:
    fact = ImportFinished(job_id=JOB, state=state, supplier_name="Nord", file_name="feed.csv", user_id=user_id, **fields)
    return Event(JOB, fact, NOON + timedelta(minutes=minutes))


async def told(database: Database, *events: Event) -> None:
    async with database.transaction() as session:
        await ImportNotifications().apply(session, events)


class Person:
    """A user and their notifications."""

    def __init__(self, id: str, stub: notifications_pb2_grpc.NotificationServiceStub, metadata: object) -> None:
        self.id = id
        self._stub = stub
        self._metadata = metadata

    async def list(self, **fields: object) -> pb.ListNotificationsResponse:
        return await self._stub.ListNotifications(pb.ListNotificationsRequest(**fields), metadata=self._metadata)

    async def mark(self, **fields: object) -> int:
        request = pb.MarkNotificationsReadRequest(**fields)
        return (await self._stub.MarkNotificationsRead(request, metadata=self._metadata)).unread_count

    async def refused(self, **fields: object) -> ServiceError:
        return await error_of(self.mark(**fields))


@pytest.fixture
async def people(channel, add_user: Callable, as_user: Callable) -> Sequence[Person]:
    stub = notifications_pb2_grpc.NotificationServiceStub(channel)
    users = [await add_user(name) for name in ("ann", "bob")]
    return [Person(user.id, stub, as_user("core.me.read", user_id=user.id)) for user in users]


async def test_who_started_an_import_is_told_how_it_ended(database, people):
    ann, bob = people
    ledger = Ledger(read=3, created=2, rejected=1)
    await told(
        database,
        finished(ann.id, ledger=ledger),
        finished(ann.id, state=Job.STATE_FAILED, minutes=1, failure_reason="EMPTY_FEED", failure_message="No row."),
        finished(bob.id, state=Job.STATE_CANCELLED),
    )
    failed, applied = (await ann.list()).notifications
    assert (applied.kind, applied.subject_id, applied.create_time.seconds) == (
        pb.Notification.KIND_IMPORT_APPLIED,
        JOB,
        int(NOON.timestamp()),
    )
    assert {"file_name": "feed.csv", "read": "3", "created": "2", "rejected": "1"}.items() <= dict(applied.data).items()
    assert (failed.kind, failed.data["failure_reason"]) == (pb.Notification.KIND_IMPORT_FAILED, "EMPTY_FEED")
    assert [one.kind for one in (await bob.list()).notifications] == [pb.Notification.KIND_IMPORT_CANCELLED]


async def test_who_started_an_import_is_told_what_it_waits_for(database, people):
    ann, _ = people
    held = ImportHeld(job_id=JOB, supplier_name="Nord", file_name="feed.csv", user_id=ann.id, hold_reason="Map a reference.")
    await told(database, Event(JOB, held, NOON), Event(JOB, held, NOON), finished(ann.id, minutes=1))
    applied, waiting = (await ann.list()).notifications
    assert applied.kind == pb.Notification.KIND_IMPORT_APPLIED
    assert (waiting.kind, waiting.subject_id) == (pb.Notification.KIND_IMPORT_HELD, JOB)
    assert waiting.data == {"supplier_name": "Nord", "file_name": "feed.csv", "hold_reason": "Map a reference."}


async def test_an_event_that_is_applied_again_notifies_nobody_a_second_time(database, people):
    ann, _ = people
    for _ in range(2):
        await told(database, finished(ann.id), finished(ann.id, minutes=1))
    assert len((await ann.list()).notifications) == 2


async def test_imports_of_nobody_and_of_strangers_are_passed_by(database, people):
    ann, _ = people
    await told(database, finished(""), finished("01890000-0000-7000-8000-0000000000ff"))
    assert (await ann.list()).notifications == []


async def test_reading_is_noted_once_and_only_of_ones_own(database, people):
    ann, bob = people
    await told(database, finished(ann.id), finished(ann.id, minutes=1), finished(bob.id))
    first = (await ann.list()).notifications[0]
    of_bob = (await bob.list()).notifications[0]
    assert (await ann.refused(ids=[first.id, of_bob.id])).reason == "NOTIFICATION_NOT_FOUND"
    assert (await ann.list()).unread_count == 2
    assert await ann.mark(ids=[first.id]) == 1
    read = (await ann.list()).notifications[0].read_time
    assert read.seconds > 0
    assert await ann.mark(ids=[first.id]) == 1
    assert (await ann.list()).notifications[0].read_time == read
    unread = await ann.list(unread=True)
    assert [one.id for one in unread.notifications] == [(await ann.list()).notifications[1].id]
    assert await ann.mark(all=True) == 0
    assert (await bob.list()).unread_count == 1


async def test_pages_join_without_gap_or_overlap(database, people):
    ann, _ = people
    await told(database, *(finished(ann.id, minutes=minutes) for minutes in range(5)))
    whole = [one.id for one in (await ann.list()).notifications]
    listed, token = [], ""
    while True:
        page = await ann.list(page_size=2, page_token=token)
        listed += [one.id for one in page.notifications]
        token = page.next_page_token
        if not token:
            break
    assert listed == whole
    assert len(whole) == 5


async def test_old_ones_are_forgotten(database, people):
    ann, _ = people
    recent = finished(ann.id)._replace(time=datetime.now(UTC))
    await told(database, finished(ann.id)._replace(time=datetime.now(UTC) - timedelta(days=91)), recent)
    await forget(database)
    assert len((await ann.list()).notifications) == 1
