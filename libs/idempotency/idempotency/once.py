"""A call with a request id happens once (AIP-155): what it did and what it answered are kept in one transaction for 24 hours."""

import hashlib
from collections.abc import Awaitable, Callable
from typing import TypeVar

from google.protobuf.message import Message
from sqlalchemy.ext.asyncio import AsyncSession

from chassis import auth
from chassis.db import Connection, driver_connection
from idempotency.errors import RequestIdReused

M = TypeVar("M", bound=Message)

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
_FIRST = "SELECT method, body_sha256, response FROM requests WHERE request_id = $1"
_ANSWER = "UPDATE requests SET response = $2 WHERE request_id = $1"


async def once(
    place: AsyncSession | Connection, request: Message, answer: type[M], work: Callable[[], Awaitable[M]], *, beside: str = ""
) -> M:
    """What `work` answers, or what it answered when this caller sent the same `request_id` before.

    `place` is the transaction in which `work` works: its answer is kept with what it did, and an error keeps neither. A request
    without an id is worked at each time. Its answer must hold no secret that is kept nowhere else. `beside` is a digest of what
    belongs to the body and came beside the message, such as a file.

    Raises RequestIdReused when the id came with another body or to another method.
    """
    request_id: str = getattr(request, "request_id")  # noqa: B009  # of whatever message has one
    if not request_id:
        return await work()
    connection = await driver_connection(place) if isinstance(place, AsyncSession) else place
    # Ids are the caller's own: what one user chose tells nobody else an answer.
    caller = auth.caller()
    key = f"{caller.act or caller.subject if caller else ''}:{request_id}"
    method = request.DESCRIPTOR.full_name
    digest = hashlib.sha256(request.SerializeToString(deterministic=True) + beside.encode()).digest()
    await connection.execute(_EXPIRE)
    if await connection.fetchval(_CLAIM, key, method, digest) is None:
        first = await connection.fetchrow(_FIRST, key)
        if first is None or (first["method"], first["body_sha256"]) != (method, digest):
            raise RequestIdReused(request_id)
        return answer.FromString(bytes(first["response"]))
    made = await work()
    await connection.execute(_ANSWER, key, made.SerializeToString())
    return made
