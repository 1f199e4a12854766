"""Who did what to whose access: actions, not values."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, Index, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from chassis.ids import uuid7
from chassis.times import now
from core_svc.base import Base


class AuditRecord(Base):
    """One action. It outlives whom it names, so it refers to nothing."""

    __tablename__ = "audit_records"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    create_time: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)
    action: Mapped[str] = mapped_column(Text)
    user_id: Mapped[UUID | None]
    actor_id: Mapped[UUID | None]
    address: Mapped[str] = mapped_column(Text)
    details: Mapped[dict[str, str]] = mapped_column(JSONB)


Index("ix_audit_records_user_id_id", AuditRecord.user_id, AuditRecord.id)
