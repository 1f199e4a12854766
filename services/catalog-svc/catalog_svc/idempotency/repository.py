import hashlib

from google.protobuf.message import Message

from catalog_svc.idempotency.errors import RequestIdReused
from chassis.db import Connection

# A second call of the same id waits here until the first one's transaction ends. Expired rows are free to be taken again.
_CLAIM = """
INSERT INTO requests (request_id, method, body_sha256) VALUES ($1, $2, $3)
ON CONFLICT (request_id) DO UPDATE SET method = excluded.method, body_sha256 = excluded.body_sha256, create_time = now()
WHERE requests.create_time < now() - interval '24 hours'
RETURNING request_id
"""
_EXPIRE = """
DELETE FROM requests WHERE request_id IN (
  SELECT request_id FROM requests WHERE create_time < now() - interval '24 hours' LIMIT 100 FOR UPDATE SKIP LOCKED
)
"""


class RequestRepository:
    """Calls by request id, kept for 24 hours in the transaction of what they did (AIP-155)."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def claim(self, request_id: str, request: Message) -> bytes | None:
        """The first call's serialized response, or None when this is the first. Raises RequestIdReused for another body."""
        await self._connection.execute(_EXPIRE)
        method = request.DESCRIPTOR.full_name
        digest = hashlib.sha256(request.SerializeToString(deterministic=True)).digest()
        if await self._connection.fetchval(_CLAIM, request_id, method, digest) is not None:
            return None
        first = await self._connection.fetchrow("SELECT * FROM requests WHERE request_id = $1", request_id)
        if (first["method"], first["body_sha256"]) != (method, digest):
            raise RequestIdReused(request_id)
        return bytes(first["response"])

    async def answer(self, request_id: str, response: Message) -> None:
        """Keep what the first call answered."""
        await self._connection.execute(
            "UPDATE requests SET response = $2 WHERE request_id = $1", request_id, response.SerializeToString()
        )
