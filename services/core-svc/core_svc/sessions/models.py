"""Where users are signed in."""

import hmac
import secrets
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import DateTime, ForeignKey, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from chassis.ids import uuid7
from chassis.times import now
from core_svc.audit.origin import Origin
from core_svc.base import Base
from core_svc.sessions.errors import InvalidRefreshToken, RefreshTokenReused, SessionEnded
from core_svc.sessions.tokens import RefreshToken, digest

IDLE = timedelta(days=14)
LIFETIME = timedelta(days=90)
# Two tabs may refresh at once, and an answer may be lost.
GRACE = timedelta(seconds=10)


class Session(Base):
    """One sign-in on one device; of its refresh tokens only hashes are kept."""

    __tablename__ = "user_sessions"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    create_time: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)
    last_use_time: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)
    expire_time: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    end_time: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    address: Mapped[str] = mapped_column(Text)
    user_agent: Mapped[str] = mapped_column(Text)
    seed: Mapped[bytes] = mapped_column(LargeBinary)
    family_hash: Mapped[bytes] = mapped_column(LargeBinary)
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary)
    previous_hash: Mapped[bytes | None] = mapped_column(LargeBinary)

    @classmethod
    def begin(cls, user_id: UUID, origin: Origin) -> tuple["Session", RefreshToken]:
        """A new session and its first refresh token."""
        token = RefreshToken.first(uuid7())
        begun = cls(
            id=token.session_id,
            user_id=user_id,
            expire_time=now() + IDLE,
            address=origin.address,
            user_agent=origin.user_agent,
            seed=secrets.token_bytes(32),
            family_hash=digest(token.family),
            secret_hash=digest(token.secret),
        )
        return begun, token

    def own(self, token: RefreshToken) -> None:
        """Raise InvalidRefreshToken unless the token is, or was, one of this session."""
        if not hmac.compare_digest(digest(token.family), self.family_hash):
            raise InvalidRefreshToken

    def refresh(self, token: RefreshToken, origin: Origin) -> RefreshToken:
        """Replace the token by its successor, which is returned.

        Raises InvalidRefreshToken, SessionEnded, and RefreshTokenReused for one replaced longer ago than two tabs differ.
        """
        self.own(token)
        moment = now()
        if self.end_time is not None or self.expire_time <= moment:
            raise SessionEnded
        presented = digest(token.secret)
        if hmac.compare_digest(presented, self.secret_hash):
            successor = token.successor(self.seed)
            self.previous_hash, self.secret_hash = presented, digest(successor.secret)
            self.last_use_time, self.expire_time = moment, min(moment + IDLE, self.create_time + LIFETIME)
            self.address, self.user_agent = origin.address, origin.user_agent
            return successor
        if moment <= self.last_use_time + GRACE and hmac.compare_digest(presented, self.previous_hash or b""):
            return token.successor(self.seed)
        raise RefreshTokenReused
