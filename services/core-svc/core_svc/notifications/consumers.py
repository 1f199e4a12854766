from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.consumers import Consumer, Event
from chassis.ids import uuid7
from core_svc.notifications.repository import NotificationRepository
from pm.imports.v1.events_pb2 import ImportFinished
from pm.imports.v1.imports_pb2 import Job

KINDS = {
    Job.STATE_APPLIED: "import_applied",
    Job.STATE_FAILED: "import_failed",
    Job.STATE_CANCELLED: "import_cancelled",
}
COUNTS = ("read", "created", "updated", "unchanged", "rejected", "skipped", "warnings")


class ImportNotifications(Consumer):
    """Tells users how the imports ended that they started."""

    name = "import-notifications"
    producer = "imports-svc"
    facts = (ImportFinished,)

    async def apply(self, session: AsyncSession, events: Sequence[Event]) -> None:
        await NotificationRepository(session).add(list(_notifications(events)))


def _notifications(events: Sequence[Event]) -> Iterator[Mapping[str, Any]]:
    for event in events:
        finished = event.fact
        assert isinstance(finished, ImportFinished)
        # What nobody started, such as a schedule, nobody waits for.
        if finished.user_id:
            yield {
                "id": uuid7(),
                "user_id": UUID(finished.user_id),
                "kind": KINDS[finished.state],
                "subject_id": finished.job_id,
                "data": _data(finished),
                "create_time": event.time,
            }


def _data(finished: ImportFinished) -> dict[str, str]:
    data = {"supplier_name": finished.supplier_name, "file_name": finished.file_name}
    if finished.state == Job.STATE_FAILED:
        return data | {"failure_reason": finished.failure_reason, "failure_message": finished.failure_message}
    return data | {name: str(getattr(finished.ledger, name)) for name in COUNTS}
