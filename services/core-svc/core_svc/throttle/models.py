"""How often wrong passwords were tried, and from when on the next may be."""

import hashlib
import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import DateTime, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from chassis.addresses import network_of
from core_svc.base import Base

# Without a failure for so long, all is forgotten.
MEMORY = timedelta(hours=1)


@dataclass(frozen=True)
class Limit:
    """So many failures are `free`; each one more doubles the wait, which begins with a second, up to `longest` seconds."""

    free: int
    longest: int

    def wait(self, failures: int) -> timedelta | None:
        over = failures - self.free
        return timedelta(seconds=min(2 ** min(over - 1, 20), self.longest)) if over > 0 else None


@dataclass(frozen=True)
class Attempted:
    """Something that is counted: a name, an address. Of a name only a hash is kept, for people type passwords there, too."""

    kind: str
    value: str
    limit: Limit

    @property
    def key(self) -> bytes:
        return hashlib.sha256(f"{self.kind}:{self.value.lower()}".encode()).digest()


# A wait of minutes stops guessing and is no lock: a stranger who tries somebody's name delays a sign-in, never a session.
def name(username: str) -> Attempted:
    return Attempted("name", username, Limit(free=10, longest=300))


# Whole offices come from one address, and in IPv6 everybody has as many as there are.
def address(client: str) -> Attempted:
    return Attempted("address", network_of(client), Limit(free=50, longest=900))


# Of somebody who is signed in and is asked for the password again; strangers who try the name don't count here.
def own_password(user_id: str) -> Attempted:
    return Attempted("own password", user_id, Limit(free=10, longest=300))


class Throttle(Base):
    """The failures of one name or address."""

    __tablename__ = "login_throttles"

    key: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    failures: Mapped[int]
    update_time: Mapped[datetime] = mapped_column(DateTime(timezone=True), index=True)
    blocked_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    def seconds_to_wait(self, moment: datetime) -> int:
        """0 when the next attempt may be made."""
        return max(math.ceil((self.blocked_until - moment).total_seconds()), 0) if self.blocked_until else 0

    def count(self, limit: Limit, moment: datetime) -> None:
        """Count an attempt as a failure; a success takes it back."""
        self.failures = self.failures + 1 if self.update_time + MEMORY > moment else 1
        wait = limit.wait(self.failures)
        self.update_time, self.blocked_until = moment, moment + wait if wait else None

    def take_back(self) -> None:
        self.failures, self.blocked_until = max(self.failures - 1, 0), None
