"""Whose tokens ended before their time."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime
from sqlalchemy.orm import Mapped, mapped_column

from core_svc.base import Base


class Revocation(Base):
    """Tokens of one user, session or API key that were issued until a moment are refused."""

    __tablename__ = "revocations"

    subject: Mapped[UUID] = mapped_column(primary_key=True)
    issued_until: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    # Followers ask for what was changed since they asked last.
    update_time: Mapped[datetime] = mapped_column(DateTime(timezone=True), index=True)
