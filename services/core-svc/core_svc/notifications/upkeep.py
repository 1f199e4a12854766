from datetime import timedelta

from chassis.db import Database
from chassis.times import now
from core_svc.notifications.repository import NotificationRepository

KEPT = timedelta(days=90)


async def forget_old(database: Database) -> None:
    """Delete notifications that nobody looks for any more."""
    async with database.transaction() as session:
        await NotificationRepository(session).forget(now() - KEPT)
