"""What every answer has, whatever made it: an identifier, security headers, and never a bare stack trace."""

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.http import errors

SECURITY_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    # Of answers that are no pages, and of the list of operations, which holds no script. Pages say their own.
    (b"content-security-policy", b"default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"),
]
# To be told over TLS alone (RFC 6797, section 7.2).
STRICT_TRANSPORT = (b"strict-transport-security", b"max-age=31536000")


class Edge:
    """What all answers pass. An error that nobody handled becomes a problem document unless the answer has begun."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        added = [(b"x-request-id", scope["request_id"].encode()), *SECURITY_HEADERS]
        if scope["scheme"] == "https":
            added.append(STRICT_TRANSPORT)
        # Whoever answers may change them.
        scope["answer_headers"] = added
        started = False

        async def send_with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                message["headers"] = [*message["headers"], *added]
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        except Exception as error:
            if started:
                # Half an answer can't be taken back: the broken connection says that it is incomplete.
                raise
            response = await errors.unforeseen(Request(scope), error)
            await response(scope, receive, send_with_headers)
