"""What goes on, as it goes on: `GET /api/v1/live`, as server-sent events, or over a WebSocket at the same address.

begin         what is followed; read what you show when you have it, and nothing that comes later is missed
job           a job of any kind that changed, as it is now
notification  a new one of the caller's; `unread` says how many there are that were not read
products      entries of the feed of changed products, as GET /api/v1/changes shows them
reload        that more came than is told one by one: read what you show of the subject anew
problem       why the stream ends, as a problem document

Each has an id. A client that comes back with the last one it saw goes on from there. What a client has seen already may come once
more; that does no harm, as each event says how something is, or which product is to be read.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, suppress
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import WebSocketRoute
from starlette.types import Scope
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from chassis import tracing
from chassis.addresses import network_of
from chassis.auth import InvalidToken, Principal
from chassis.errors import ServiceError
from gateway.auth.door import Door, bearer
from gateway.auth.ratelimit import RateLimits
from gateway.caching.changes import Changes
from gateway.endpoints.live.following import Caller, Following, Streams
from gateway.endpoints.live.stream import HEARTBEAT, MEDIA_TYPE, event, event_stream
from gateway.http import errors
from gateway.http.errors import MalformedRequest, RequestTimeout
from gateway.http.routing import PREFIX, Endpoint
from gateway.services import Channels

PATH = "/v1/live"
# How long a socket has to say who it is.
HELLO_SECONDS = 10.0
# What one message of a socket may hold.
MAX_MESSAGE_BYTES = 16 * 1024
# Sockets that have not said who they are yet, of all addresses and of one: nobody closes the door to others alone.
MAX_STRANGERS = 200
MAX_STRANGERS_OF_ONE_ADDRESS = 20
# Of a WebSocket that ends with a problem: 4000 and the status (RFC 6455, section 7.4.2).
CLOSE_CODE = 4000
TRY_LATER = 1013


class Live:
    """Both forms of the stream."""

    def __init__(self, channels: Channels, door: Door, changes: Changes, rate_limits: RateLimits) -> None:
        self._channels = channels
        self._door = door
        self._changes = changes
        self._rate_limits = rate_limits
        self._streams = Streams()
        self._strangers: Counter[str] = Counter()

    def endpoints(self) -> Iterator[Endpoint]:
        yield Endpoint("GET", PATH, self.events)

    def socket(self) -> WebSocketRoute:
        """The WebSocket's route."""
        return WebSocketRoute(PREFIX + PATH, self._accept)

    async def events(self, request: Request) -> Response:
        """Server-sent events."""
        caller = Caller(self._door, bearer(request))
        await caller.renew()
        request.scope["user_id"] = caller.principal.user_id
        names = [name for given in request.query_params.getlist("subjects") for name in given.split(",") if name]
        last_id = request.headers.get("last-event-id") or request.query_params.get("last_id", "")
        following = Following(self._channels, self._changes, caller, names, last_id)
        if request.method == "HEAD":
            return Response(media_type=MEDIA_TYPE)
        # The stream takes its room when it begins; here a refusal is still a problem document.
        self._streams.expect_room(caller.principal)
        return event_stream(self._lines(request.scope, following, caller.principal))

    async def _lines(self, scope: Scope, following: Following, principal: Principal) -> AsyncIterator[bytes]:
        try:
            with self._streams.one_more(principal):
                async with aclosing(following.events()) as events:
                    async for told in events:
                        yield HEARTBEAT if told is None else event(told.name, told.data, following.last_id)
        except ServiceError as error:
            yield event("problem", errors.describe(scope, error))

    async def _accept(self, socket: WebSocket) -> None:
        """A WebSocket, from its handshake to its end."""
        place = tracing.enter("", "")
        socket.scope.update(trace_id=place.trace_id, request_id=place.request_id, answer_headers=[])
        await socket.accept()
        try:
            await self._serve(socket)
        except WebSocketDisconnect:
            return
        except ServiceError as error:
            await _end(socket, error)

    async def _serve(self, socket: WebSocket) -> None:
        hello = await self._hello(socket)
        caller = Caller(self._door, hello["token"])
        await caller.renew()
        socket.scope["caller"] = caller.known
        await self._rate_limits.take(socket)
        following = Following(self._channels, self._changes, caller, hello["subjects"], hello["last_id"])
        with self._streams.one_more(caller.principal):
            telling = asyncio.create_task(_tell(socket, following))
            hearing = asyncio.create_task(_hear(socket, caller))
            try:
                done, _ = await asyncio.wait((telling, hearing), return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in (telling, hearing):
                    task.cancel()
                await asyncio.wait((telling, hearing))
            for task in done:
                task.result()

    async def _hello(self, socket: WebSocket) -> dict[str, Any]:
        """The first message. Raises RateLimited, RequestTimeout, MalformedRequest and InvalidToken."""
        address = network_of(socket.client.host if socket.client else "")
        if self._strangers[address] >= MAX_STRANGERS_OF_ONE_ADDRESS or self._strangers.total() >= MAX_STRANGERS:
            await socket.close(TRY_LATER)
            raise WebSocketDisconnect(TRY_LATER)
        self._strangers[address] += 1
        try:
            await self._rate_limits.take(socket)
            async with asyncio.timeout(HELLO_SECONDS):
                return _read(await _receive(socket))
        except TimeoutError:
            raise RequestTimeout(HELLO_SECONDS) from None
        finally:
            self._strangers[address] -= 1
            if not self._strangers[address]:
                del self._strangers[address]


async def _tell(socket: WebSocket, following: Following) -> None:
    async with aclosing(following.events()) as events:
        async for told in events:
            if told is None:
                await socket.send_text('{"event":"heartbeat"}')
            else:
                message = {"event": told.name, "id": following.last_id, "data": told.data}
                await socket.send_text(orjson.dumps(message).decode())


async def _hear(socket: WebSocket, caller: Caller) -> None:
    """Take newer tokens. Raises WebSocketDisconnect when the client has gone, Unauthenticated for a token that is none."""
    while True:
        await caller.renew(_read(await _receive(socket))["token"])


async def _receive(socket: WebSocket) -> str:
    """The next message; raises MalformedRequest for one that is no text, WebSocketDisconnect at the end."""
    message = await socket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code", 1005))
    text = message.get("text")
    if text is None:
        raise MalformedRequest({"message": "must be text that holds a JSON object"})
    return str(text)


def _read(text: str) -> dict[str, Any]:
    """A client's message: a token, and at the beginning subjects and the last id. Raises MalformedRequest, InvalidToken."""
    try:
        message = orjson.loads(text)
    except orjson.JSONDecodeError:
        message = None
    if not isinstance(message, dict):
        raise MalformedRequest({"message": 'must be a JSON object, such as {"token": "...", "subjects": ["jobs"]}'})
    token, subjects, last_id = message.get("token"), message.get("subjects", []), message.get("last_id", "")
    if not isinstance(token, str) or not token:
        raise InvalidToken('This needs a token: {"token": "..."} is the first message.')
    if not isinstance(subjects, list) or not all(isinstance(name, str) for name in subjects):
        raise MalformedRequest({"subjects": "must be a list of names"})
    if not isinstance(last_id, str):
        raise MalformedRequest({"last_id": "must be text"})
    return {"token": token, "subjects": subjects, "last_id": last_id}


async def _end(socket: WebSocket, error: ServiceError) -> None:
    """Tell why, and close."""
    if socket.application_state != WebSocketState.CONNECTED:
        return
    problem = errors.describe(socket.scope, error)
    with suppress(WebSocketDisconnect, RuntimeError):
        await socket.send_text(orjson.dumps({"event": "problem", "data": problem}).decode())
        await socket.close(CLOSE_CODE + problem["status"])
