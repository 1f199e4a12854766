"""Keys with which programs call in the name of a user."""

import base64
import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import DateTime, ForeignKey, LargeBinary, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from chassis.ids import uuid7
from chassis.times import now
from core_svc.api_keys.errors import InvalidApiKey
from core_svc.base import Base

PREFIX = "pmk_"
SECRET_BYTES = 32
ID_BYTES = 16
SHOWN_LENGTH = 14
# Noted no more often, so that a busy key does not write with every exchange.
COARSE = timedelta(minutes=10)


class ApiKey(Base):
    """A key; of its secret only a hash is kept."""

    __tablename__ = "api_keys"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    name: Mapped[str] = mapped_column(Text)
    prefix: Mapped[str] = mapped_column(Text)
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary)
    permissions: Mapped[list[str]] = mapped_column(ARRAY(Text))
    create_time: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)
    expire_time: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    revoke_time: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    last_use_time: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    @classmethod
    def make(cls, user_id: UUID, name: str, permissions: list[str], days: int) -> tuple["ApiKey", str]:
        """A new key and what to send: its id and 256 random bits."""
        id, secret = uuid7(), secrets.token_bytes(SECRET_BYTES)
        text = PREFIX + base64.urlsafe_b64encode(id.bytes + secret).decode()
        made = cls(
            id=id,
            user_id=user_id,
            name=name,
            prefix=text[:SHOWN_LENGTH],
            secret_hash=digest(secret),
            permissions=sorted(set(permissions)),
            create_time=now(),
            expire_time=now() + timedelta(days=days),
        )
        return made, text

    def use(self, secret: bytes) -> None:
        """Raise InvalidApiKey unless this is the secret of a key that lives; note that it was used."""
        moment = now()
        if not hmac.compare_digest(digest(secret), self.secret_hash) or self.revoke_time or self.expire_time <= moment:
            raise InvalidApiKey
        if self.last_use_time is None or self.last_use_time + COARSE < moment:
            self.last_use_time = moment


def read(text: str) -> tuple[UUID, bytes]:
    """The id and the secret in a key; raises InvalidApiKey for what does not look like one."""
    try:
        raw = base64.b64decode(text.removeprefix(PREFIX), altchars=b"-_", validate=True)
    except ValueError:
        raise InvalidApiKey from None
    if not text.startswith(PREFIX) or len(raw) != ID_BYTES + SECRET_BYTES:
        raise InvalidApiKey
    return UUID(bytes=raw[:ID_BYTES]), raw[ID_BYTES:]


def digest(secret: bytes) -> bytes:
    return hashlib.sha256(secret).digest()
