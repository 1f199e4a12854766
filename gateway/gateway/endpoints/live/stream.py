"""Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""

from collections.abc import AsyncIterator
from typing import Any

import orjson
from starlette.responses import StreamingResponse

MEDIA_TYPE = "text/event-stream"
# A comment, so that proxies and clients see that the stream lives.
HEARTBEAT = b": heartbeat\n\n"


def event(name: str, data: Any, id: str = "") -> bytes:
    """One event; with an id, a client that comes back says it in Last-Event-ID."""
    place = b"id: %s\n" % id.encode() if id else b""
    return b"event: %s\n%sdata: %s\n\n" % (name.encode(), place, orjson.dumps(data))


def event_stream(events: AsyncIterator[bytes]) -> StreamingResponse:
    """The answer that carries them."""
    # A proxy that collects the answer would show nothing until the end.
    return StreamingResponse(events, 200, {"x-accel-buffering": "no"}, MEDIA_TYPE)
