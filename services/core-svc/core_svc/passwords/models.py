"""Tokens that let a user in who has forgotten the password."""

import hashlib
import secrets
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import DateTime, ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from chassis.times import now
from core_svc.base import Base

PREFIX = "pmp_"
LIFETIME = timedelta(hours=1)


class PasswordReset(Base):
    """The one token of a user; only its hash is kept, and it goes when it is used."""

    __tablename__ = "password_resets"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    expire_time: Mapped[datetime] = mapped_column(DateTime(timezone=True))

    @classmethod
    def issue(cls, user_id: UUID) -> tuple["PasswordReset", str]:
        """A new one and its token."""
        token = PREFIX + secrets.token_urlsafe(32)
        return cls(user_id=user_id, token_hash=digest(token), expire_time=now() + LIFETIME), token


def digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
