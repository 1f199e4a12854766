"""What goes wrong, as problem documents (RFC 9457). Only here is the gRPC code of an error an HTTP status."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import grpc
import orjson
import structlog
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ExceptionHandler, Scope

from chassis import status
from chassis.counts import counted
from chassis.errors import InvalidArgument, ResourceExhausted, ServiceError, VersionConflict, reason_of

log = structlog.get_logger(__name__)

MEDIA_TYPE = "application/problem+json"
HTTP_STATUS = {
    grpc.StatusCode.INVALID_ARGUMENT: 400,
    grpc.StatusCode.OUT_OF_RANGE: 400,
    grpc.StatusCode.UNAUTHENTICATED: 401,
    grpc.StatusCode.PERMISSION_DENIED: 403,
    grpc.StatusCode.NOT_FOUND: 404,
    grpc.StatusCode.ALREADY_EXISTS: 409,
    grpc.StatusCode.FAILED_PRECONDITION: 409,
    grpc.StatusCode.ABORTED: 409,
    grpc.StatusCode.RESOURCE_EXHAUSTED: 429,
    grpc.StatusCode.UNAVAILABLE: 503,
    grpc.StatusCode.DEADLINE_EXCEEDED: 504,
}
# Said in place of the transport's own words, which name addresses and stacks.
_TRANSPORT = {
    503: "The service behind this is not reachable; try again in a moment.",
    504: "The service behind this did not answer in time; try again in a moment.",
}
# What a client held on to is no longer there, and will not come back: it has to begin anew, as the detail says how.
_GONE = frozenset({"CHANGES_LOST"})
_VERSION_CONFLICT = reason_of(VersionConflict)
# A version that such a header asks for is a condition of the request (RFC 9110, section 13).
_CONDITIONS = {b"if-match", b"if-none-match"}
_INTERNAL = "The server failed; its log says why under this trace_id."
RETRY_SECONDS = "1"


class MalformedRequest(InvalidArgument):
    """The request can't be read; `violations` name the fields at fault as the client wrote them."""

    def __init__(self, violations: Mapping[str, str]) -> None:
        fields = "; ".join(f"{field}: {problem}" for field, problem in violations.items())
        super().__init__(f"The request can't be read. {fields}", violations=violations)


class PayloadTooLarge(ResourceExhausted):
    """413: the request is larger than this resource takes."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"The request is larger than {counted(limit, 'byte')}, which is the limit here.", limit_bytes=limit)


class UnsupportedMediaType(InvalidArgument):
    """415: the body is of a kind this resource does not read."""

    def __init__(self, given: str, *wanted: str) -> None:
        super().__init__(
            f"A body of type {given or '(none)'} is not read here: send {' or '.join(wanted)} and say so in Content-Type.",
            content_type=given[:100],
        )


class RequestTimeout(InvalidArgument):
    """408: the client stopped sending."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"Nothing arrived for {seconds:g} s, so the upload was given up: send it again.", seconds=seconds)


_OWN_STATUS: dict[type[ServiceError], int] = {PayloadTooLarge: 413, UnsupportedMediaType: 415, RequestTimeout: 408}


def trace_id(scope: Scope) -> str:
    """The identifier of this request, in its answer and in every log line about it."""
    found: str = scope["trace_id"]
    return found


def document(
    scope: Scope,
    code: int,
    reason: str,
    detail: str,
    *,
    violations: Mapping[str, str] | None = None,
    metadata: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The members of a problem document."""
    made: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(code).phrase,
        "status": code,
        "detail": detail,
        "reason": reason,
        "trace_id": trace_id(scope),
    }
    if violations:
        made["violations"] = [{"field": field, "description": text} for field, text in violations.items()]
    if metadata:
        made["metadata"] = dict(metadata)
    return made


def describe(scope: Scope, error: ServiceError) -> dict[str, Any]:
    """The problem document of a service's error; what nobody foresaw is said to be internal and nothing more."""
    code = _OWN_STATUS.get(type(error)) or HTTP_STATUS.get(error.code, 500)
    if error.reason == _VERSION_CONFLICT and any(name in _CONDITIONS for name, _ in scope["headers"]):
        code = 412
    if error.reason in _GONE:
        code = 410
    if code == 500:
        log.error("service failed", trace_id=trace_id(scope), path=scope["path"], reason=error.reason, message=error.message)
        return document(scope, 500, "INTERNAL", _INTERNAL)
    # A service names its reason; the transport can only name the code.
    by_transport = error.reason == error.code.name
    detail = _TRANSPORT.get(code, error.message) if by_transport else error.message
    return document(scope, code, error.reason, detail, violations=error.violations, metadata=error.metadata)


def response(problem: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    """The answer that carries a problem document."""
    code = problem["status"]
    made = dict(headers or {})
    if code in {429, 503}:
        made.setdefault("retry-after", problem.get("metadata", {}).get("retry_after_seconds", RETRY_SECONDS))
    if code == 401:
        made.setdefault("www-authenticate", 'Bearer realm="productsmanager"')
    return Response(orjson.dumps(problem), code, made, MEDIA_TYPE)


async def service_failed(request: Request, error: Exception) -> Response:
    assert isinstance(error, ServiceError)
    return response(describe(request.scope, error))


async def call_failed(request: Request, error: Exception) -> Response:
    assert isinstance(error, grpc.aio.AioRpcError)
    return response(describe(request.scope, status.decode(error)))


async def http_failed(request: Request, error: Exception) -> Response:
    """Starlette's own answers: no such route, no such method."""
    assert isinstance(error, HTTPException)
    phrase = HTTPStatus(error.status_code).phrase
    detail = {
        404: f"There is nothing at {request.url.path}. The routes are listed in /api/v1/openapi.json.",
        405: f"{request.method} is not possible here; the Allow header lists what is.",
    }.get(error.status_code, error.detail)
    problem = document(request.scope, error.status_code, phrase.upper().replace(" ", "_"), detail)
    return response(problem, error.headers)


async def invalid(request: Request, error: Exception) -> Response:
    """What FastAPI refuses on hand-written routes."""
    assert isinstance(error, RequestValidationError)
    violations = {".".join(str(part) for part in problem["loc"][1:]): problem["msg"] for problem in error.errors()}
    return await service_failed(request, MalformedRequest(violations))


async def unforeseen(request: Request, error: Exception) -> Response:
    """A fault of our own: logged whole, shown as nothing but its trace_id."""
    log.error("request failed", trace_id=trace_id(request.scope), path=request.url.path, exc_info=error)
    return response(document(request.scope, 500, "INTERNAL", _INTERNAL))


async def client_left(_request: Request, _error: Exception) -> Response:
    """Nobody reads this: the client closed the connection (nginx's 499)."""
    return Response(status_code=499)


HANDLERS: dict[type[Exception], ExceptionHandler] = {
    ServiceError: service_failed,
    grpc.aio.AioRpcError: call_failed,
    HTTPException: http_failed,
    RequestValidationError: invalid,
    ClientDisconnect: client_left,
    Exception: unforeseen,
}
