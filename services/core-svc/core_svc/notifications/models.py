"""What a user should know of, and whether it was read."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from chassis.ids import uuid7
from core_svc.base import Base

KINDS = ("import_applied", "import_failed", "import_cancelled", "import_held")


class Notification(Base):
    __tablename__ = "notifications"
    __table_args__ = (
        # An event that is applied again notifies nobody a second time.
        UniqueConstraint("user_id", "kind", "subject_id", "create_time"),
        Index(None, "user_id", "create_time", "id"),
        Index("ix_notifications_unread", "user_id", "create_time", "id", postgresql_where=text("read_time IS NULL")),
        Index(None, "create_time"),
        CheckConstraint(f"kind IN ({', '.join(map(repr, KINDS))})", name="kind"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    kind: Mapped[str]
    # What it is about, such as the import's id.
    subject_id: Mapped[str]
    data: Mapped[dict[str, str]] = mapped_column(JSONB)
    # When it happened.
    create_time: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    read_time: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
