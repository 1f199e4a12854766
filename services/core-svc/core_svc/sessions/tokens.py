"""Refresh tokens: a session, what all tokens of it share, and what only the newest one has.

The shared part tells a token that was used before from a guess, however old it is: a guess must not end anybody's session. The
successor of a token follows from it and the session's seed, so the same token gives the same successor: two tabs that refresh at
once get one, and an answer that was lost can be asked for again. Neither the seed nor the token makes one without the other.
"""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from uuid import UUID

from core_svc.sessions.errors import InvalidRefreshToken

PREFIX = "pmr_"
PART_BYTES = 16


@dataclass(frozen=True)
class RefreshToken:
    """128 random bits shared by the session's tokens and 128 of this one."""

    session_id: UUID
    family: bytes
    secret: bytes

    @classmethod
    def first(cls, session_id: UUID) -> "RefreshToken":
        return cls(session_id, secrets.token_bytes(PART_BYTES), secrets.token_bytes(PART_BYTES))

    @classmethod
    def parse(cls, text: str) -> "RefreshToken":
        """Raises InvalidRefreshToken for what does not look like one."""
        try:
            raw = base64.b64decode(text.removeprefix(PREFIX), altchars=b"-_", validate=True)
        except ValueError:
            raise InvalidRefreshToken from None
        if not text.startswith(PREFIX) or len(raw) != 3 * PART_BYTES:
            raise InvalidRefreshToken
        return cls(UUID(bytes=raw[:PART_BYTES]), raw[PART_BYTES : 2 * PART_BYTES], raw[2 * PART_BYTES :])

    def text(self) -> str:
        return PREFIX + base64.urlsafe_b64encode(self.session_id.bytes + self.family + self.secret).decode()

    def successor(self, seed: bytes) -> "RefreshToken":
        return RefreshToken(self.session_id, self.family, hmac.digest(seed, self.secret, "sha256")[:PART_BYTES])


def digest(part: bytes) -> bytes:
    """What is kept of a part. It is random, so a plain hash can't be guessed back."""
    return hashlib.sha256(part).digest()
