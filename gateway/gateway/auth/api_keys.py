"""API keys, each exchanged at core-svc for an access token that is used until shortly before its end."""

import asyncio
import hashlib
import time
from dataclasses import dataclass, field

import grpc

from chassis.errors import Unauthenticated
from chassis.outgoing import DEADLINE_SECONDS
from pm.core.v1 import api_keys_pb2 as pb
from pm.core.v1 import api_keys_pb2_grpc

PREFIX = "pmk_"
# A token is replaced so long before its end, so that it lives through the call.
RENEW_SECONDS = 30.0
# A key that was refused is not asked about again for so long.
REFUSED_SECONDS = 10.0
REMEMBERED = 10_000


@dataclass
class _Known:
    """What came of a key, and until when that counts; one exchange at a time."""

    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    until: float = 0.0
    token: str = ""
    refusal: Unauthenticated | None = None


class ApiKeys:
    """Remembers by a hash of the key, so that no key stays in memory."""

    def __init__(self, core: grpc.aio.Channel) -> None:
        self._stub = api_keys_pb2_grpc.ApiKeyServiceStub(core)
        self._known: dict[bytes, _Known] = {}

    async def exchange(self, key: str) -> str:
        """An access token for the key; raises what core-svc raises."""
        if len(self._known) >= REMEMBERED:
            self._known.clear()
        known = self._known.setdefault(_digest(key), _Known())
        if known.until <= time.monotonic():
            async with known.turn:
                if known.until <= time.monotonic():
                    await self._ask(key, known)
        if known.refusal is not None:
            raise type(known.refusal)(known.refusal.message, reason=known.refusal.reason)
        return known.token

    def forget(self, key: str) -> None:
        """Ask core-svc again next time."""
        self._known.pop(_digest(key), None)

    async def _ask(self, key: str, known: _Known) -> None:
        try:
            answer = await self._stub.ExchangeApiKey(pb.ExchangeApiKeyRequest(secret=key), timeout=DEADLINE_SECONDS)
        except Unauthenticated as refusal:
            known.refusal, known.until = refusal, time.monotonic() + REFUSED_SECONDS
        else:
            known.token, known.refusal = answer.access_token, None
            known.until = time.monotonic() + answer.expires_in - RENEW_SECONDS


def _digest(key: str) -> bytes:
    return hashlib.blake2b(key.encode(), digest_size=16).digest()
