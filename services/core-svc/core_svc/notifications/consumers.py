from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.ids import uuid7
from core_svc.notifications.repository import NotificationRepository
from events.consumers import Consumer, Event
from pm.imports.v1.events_pb2 import ImportFinished, ImportHeld
from pm.imports.v1.imports_pb2 import Job

KINDS = {
    Job.STATE_APPLIED: "import_applied",
    Job.STATE_FAILED: "import_failed",
    Job.STATE_CANCELLED: "import_cancelled",
}
COUNTS = ("read", "created", "updated", "unchanged", "rejected", "skipped", "warnings")


class ImportNotifications(Consumer):
    """Tells users how the imports ended that they started, and which of them wait for a decision."""

    name = "import-notifications"
    producer = "imports-svc"
    facts = (ImportFinished, ImportHeld)

    async def apply(self, session: AsyncSession, events: Sequence[Event]) -> None:
        await NotificationRepository(session).add(list(_notifications(events)))


def _notifications(events: Sequence[Event]) -> Iterator[Mapping[str, Any]]:
    for event in events:
        fact = event.fact
        assert isinstance(fact, ImportFinished | ImportHeld)
        # What nobody started, such as a schedule, nobody waits for.
        if fact.user_id:
            yield {
                "id": uuid7(),
                "user_id": UUID(fact.user_id),
                "kind": "import_held" if isinstance(fact, ImportHeld) else KINDS[fact.state],
                "subject_id": fact.job_id,
                "data": {"supplier_name": fact.supplier_name, "file_name": fact.file_name} | _data(fact),
                "create_time": event.time,
            }


def _data(fact: ImportFinished | ImportHeld) -> dict[str, str]:
    if isinstance(fact, ImportHeld):
        return {"hold_reason": fact.hold_reason}
    if fact.state == Job.STATE_FAILED:
        return {"failure_reason": fact.failure_reason, "failure_message": fact.failure_message}
    return {name: str(getattr(fact.ledger, name)) for name in COUNTS}
