"""Browsers' sessions: the refresh token in a cookie that no script reads and no other site sends.

The cookie is HttpOnly, SameSite=Strict, bound to the paths of sign-in, and Secure behind TLS. What comes with it must come from
a page of ours: the Origin header, which no page can forge, names this host or one of PM_CORS_ORIGINS. Programs keep the token in
the body.
"""

from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from chassis.errors import PermissionDenied, Unauthenticated
from gateway.auth.door import Door
from gateway.endpoints.transcoding import Binding, Operation
from gateway.http.errors import service_failed
from gateway.http.routing import PREFIX
from gateway.services import Channels

COOKIE = "pm_refresh"
PATH = f"{PREFIX}/v1/auth"
SERVICE = "pm.core.v1.AuthService"
LOGIN, REFRESH, LOGOUT = (f"{SERVICE}.{name}" for name in ("Login", "Refresh", "Logout"))

# Why core-svc refuses a refresh token for good.
OVER = frozenset({"INVALID_REFRESH_TOKEN", "SESSION_ENDED", "REFRESH_TOKEN_REUSED"})


class OriginNotAllowed(PermissionDenied):
    def __init__(self, origin: str) -> None:
        super().__init__(
            "A session in a cookie is only for pages of this host, and of those that PM_CORS_ORIGINS names. The Origin header "
            f"says {origin[:200] or 'nothing'}.",
            origin=origin[:200],
        )


class BrowserOperation(Operation):
    """Login, Refresh and Logout, with the refresh token in the body or in the cookie."""

    def __init__(self, binding: Binding, channels: Channels, door: Door, origins: Sequence[str]) -> None:
        super().__init__(binding, channels, door)
        self._name = binding.method.full_name
        self._origins = frozenset(origins)

    async def read(self, request: Request) -> Any:
        message = await super().read(request)
        if self._name == LOGIN:
            by_cookie = message.use_cookie
        elif by_cookie := not message.refresh_token and COOKIE in request.cookies:
            message.refresh_token = request.cookies[COOKIE]
        if by_cookie:
            self._check_origin(request)
        request.state.by_cookie = by_cookie
        return message

    async def __call__(self, request: Request) -> Response:
        try:
            return await super().__call__(request)
        except Unauthenticated as error:
            if error.reason not in OVER or not request.state.by_cookie:
                raise
            # Else the browser would send it with each page, and be refused with each.
            response = await service_failed(request, error)
            self._keep(request, response, "", 0)
            return response

    def respond(self, request: Request, reply: Any) -> Response:
        token, seconds = "", 0
        if request.state.by_cookie and self._name != LOGOUT:
            token, seconds = reply.refresh_token, reply.refresh_expires_in
            reply.refresh_token = ""
        response = super().respond(request, reply)
        if request.state.by_cookie:
            self._keep(request, response, token, seconds)
        return response

    def _keep(self, request: Request, response: Response, token: str, seconds: int) -> None:
        secure = request.url.scheme == "https"
        response.set_cookie(COOKIE, token, max_age=seconds, path=PATH, secure=secure, httponly=True, samesite="strict")

    def _check_origin(self, request: Request) -> None:
        origin = request.headers.get("origin", "")
        # A scheme, a host and a port (RFC 6454, section 6.2), or whatever a program makes of it.
        host = origin.partition("://")[2]
        if origin not in self._origins and (not host or host != request.headers.get("host")):
            raise OriginNotAllowed(origin)
