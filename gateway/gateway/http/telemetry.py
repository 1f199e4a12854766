"""What is known of every request: its trace, how long it took, and its line in the log.

All requests are counted and timed in the metrics. A line is written for each that failed (5xx), was slow or may have changed
something, and for one in SAMPLE of the others: the metrics count those, and at full load all their lines would be gigabytes a day
and a fiftieth of the gateway's time. Which ones is decided by the trace id.
"""

import re
import time

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis import metrics, tracing

log = structlog.get_logger(__name__)

SAMPLE = 100
_SANE_ID = re.compile(r"[A-Za-z0-9._-]{8,128}")
SLOW_SECONDS = 1.0
SAFE = ("GET", "HEAD", "OPTIONS")
_REQUEST_ID, _TRACEPARENT = tracing.REQUEST_ID.encode(), tracing.TRACEPARENT.encode()
# Paths that belong to no route are as many as clients make up.
UNKNOWN_ROUTE = "(none)"
# The verbs of HTTP (RFC 9110, RFC 5789); clients make up others.
METHODS = (*SAFE, "POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT")


class Telemetry:
    """The outermost layer of the gateway."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = dict(scope["headers"])
        named = given.get(_REQUEST_ID, b"").decode("latin-1")
        parent = given.get(_TRACEPARENT, b"").decode("latin-1")
        place = tracing.enter(parent, named if _SANE_ID.fullmatch(named) else "")
        scope["trace_id"], scope["request_id"] = place.trace_id, place.request_id
        status = 0

        async def send_noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        started = time.monotonic()
        metrics.HTTP_RUNNING.inc()
        try:
            with tracing.span("HTTP", "SERVER", **{"http.request.method": _method(scope)}) as span:
                try:
                    await self._app(scope, receive, send_noting)
                finally:
                    if span is not None:
                        span.update_name(f"{_method(scope)} {_route(scope)}")
                        span.set_attributes({"http.route": _route(scope), "http.response.status_code": status})
        finally:
            metrics.HTTP_RUNNING.dec()
            _tell(scope, status, time.monotonic() - started)


def _tell(scope: Scope, status: int, seconds: float) -> None:
    method, route = _method(scope), _route(scope)
    metrics.timed(metrics.HTTP, method, route, str(status))(seconds)
    sampled = int(scope["trace_id"][-8:], 16) % SAMPLE == 0
    if sampled or status >= 500 or seconds >= SLOW_SECONDS or method not in SAFE:
        log.info(
            "request",
            method=method,
            route=route,
            path=scope["path"],
            status=status,
            duration_ms=round(seconds * 1000, 1),
            user_id=scope.get("user_id", ""),
        )


def _method(scope: Scope) -> str:
    return str(scope["method"]) if scope["method"] in METHODS else "(other)"


def _route(scope: Scope) -> str:
    """The path with the names of its variables, such as /api/v1/products/{id}."""
    # What is found beside the contracts' routes, such as /health, has no variables.
    return str(scope.get("template") or (scope["path"] if "endpoint" in scope else UNKNOWN_ROUTE))
