"""What core-svc forgets. Doing it late or never harms nothing."""

from datetime import timedelta

from chassis.db import Database
from chassis.times import now
from core_svc.audit.repository import AuditRepository
from core_svc.notifications.repository import NotificationRepository
from core_svc.passwords.repository import PasswordResetRepository
from core_svc.revocations.repository import RevocationRepository
from core_svc.sessions.repository import SessionRepository
from core_svc.throttle.repository import ThrottleRepository

AUDIT_DAYS = 400
ENDED_SESSION_DAYS = 30
NOTIFICATION_DAYS = 90


async def forget(database: Database) -> None:
    """Drop what nobody asks for any more."""
    moment = now()
    async with database.transaction() as session:
        await ThrottleRepository(session).delete_older(moment - timedelta(days=1))
        await PasswordResetRepository(session).delete_older(moment - timedelta(days=1))
        # No token lives so long.
        await RevocationRepository(session).delete_older(moment - timedelta(hours=1))
        await SessionRepository(session).delete_older(moment - timedelta(days=ENDED_SESSION_DAYS))
        await NotificationRepository(session).delete_older(moment - timedelta(days=NOTIFICATION_DAYS))
        await AuditRepository(session).delete_older(moment - timedelta(days=AUDIT_DAYS))
