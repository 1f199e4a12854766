"""What every call passes on its way in: sign-in, right, validation, and errors on the way out. All of it follows the contract."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import lru_cache, partial
from types import TracebackType
from typing import Any

import grpc
import protovalidate
import structlog
from google.protobuf import descriptor_pool
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message

from chassis import auth, metrics, status, tracing
from chassis.counts import recounted
from chassis.db import out_of, uncontended
from chassis.errors import InvalidArgument, PermissionDenied, ServiceError
from chassis.outgoing import code_of, due_in
from chassis.visibility import MissingPermission, check_sent, hide
from pm.common.v1 import options_pb2

log = structlog.get_logger(__name__)

# The standard services that describe a server; they show nothing of the business.
OPEN_SERVICES = ("/grpc.health.v1.", "/grpc.reflection.")


class CallerNotAllowed(PermissionDenied):
    def __init__(self, caller: str) -> None:
        super().__init__(f"{caller} may not call this method.", caller=caller)


class SignInNeeded(PermissionDenied):
    def __init__(self) -> None:
        super().__init__("Only a user who signed in may call this; an API key or a service may not.")


class InvalidMessage(InvalidArgument):
    def __init__(self, violations: dict[str, str]) -> None:
        fields = "; ".join(f"{field}: {problem}" for field, problem in violations.items())
        super().__init__(f"The request breaks its contract. {fields}", violations=violations)


@lru_cache(maxsize=1024)
def method_descriptor(path: str) -> MethodDescriptor:
    """The contract of a method called by gRPC path `/package.Service/Method`."""
    return descriptor_pool.Default().FindMethodByName(path.lstrip("/").replace("/", "."))


def authorize(method: MethodDescriptor, principal: auth.Principal | None) -> None:
    """Raise unless the contract lets this caller in. What the contract does not open is closed."""
    options = method.GetOptions()
    if options.Extensions[options_pb2.public]:
        return
    if principal is None:
        raise auth.InvalidToken("This method needs a token.")
    if callers := options.Extensions[options_pb2.callers]:
        if principal.kind != "service" or principal.subject not in callers:
            raise CallerNotAllowed(principal.subject)
        return
    if options.Extensions[options_pb2.signed_in]:
        if principal.kind != "user" or principal.api_key:
            raise SignInNeeded
        return
    permission = options.Extensions[options_pb2.permission]
    if not permission or permission not in principal.permissions:
        raise MissingPermission(permission or f"to call {method.full_name}")


def validate(message: Message) -> None:
    """Raise InvalidMessage with every violated constraint of the contract."""
    try:
        protovalidate.validate(message)
    except protovalidate.ValidationError as error:
        raise InvalidMessage({_path(v.proto): _said(message, v.proto) for v in error.violations}) from None


def _path(violation: Any) -> str:
    return ".".join(element.field_name for element in violation.field.elements)


def _said(message: Message, violation: Any) -> str:
    """What is wrong, in words: a pattern is said as its contract says it."""
    if violation.rule_id == "string.pattern":
        descriptor: Any = message.DESCRIPTOR
        field: Any = None
        for element in violation.field.elements:
            field = descriptor.fields_by_name[element.field_name]
            descriptor = field.message_type
        if field is not None and (says := field.GetOptions().Extensions[options_pb2.says]):
            return f"must be {says}"
    return recounted(violation.message)


class ContractInterceptor(grpc.aio.ServerInterceptor):
    """Holds every method of a server to its contract."""

    def __init__(self, verifier: auth.Verifier) -> None:
        self._verifier = verifier

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Any]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Any:
        handler: Any = await continuation(handler_call_details)
        path = handler_call_details.method
        if handler is None or path.startswith(OPEN_SERVICES):
            return handler
        method = method_descriptor(path)

        def admit(metadata: dict[str, str], request: Message | None = None) -> Callable[[Any], Any]:
            """Let the caller and what it asks for in; what comes back shows each reply to it."""
            token = metadata.get("authorization", "")
            principal = self._verifier.verify(token.removeprefix("Bearer ")) if token else None
            authorize(method, principal)
            auth.enter(principal)
            if request is not None:
                validate(request)
            # A service sees everything.
            if principal is None or principal.kind != "user":
                return lambda reply: reply
            if request is not None:
                check_sent(request, principal.permissions)
            return partial(hide, permissions=principal.permissions)

        async def stream_unary(requests: AsyncIterator[Message], context: Any) -> Any:
            async with _Answering(path, context) as metadata:
                return admit(metadata)(await handler.stream_unary(_validated(requests), context))

        async def unary_stream(request: Message, context: Any) -> AsyncIterator[Message]:
            async with _Answering(path, context) as metadata:
                show = admit(metadata, request)
                async for reply in handler.unary_stream(request, context):
                    yield show(reply)

        async def unary_unary(request: Message, context: Any) -> Any:
            async with _Answering(path, context) as metadata:
                return admit(metadata, request)(await uncontended(partial(handler.unary_unary, request, context)))

        made = (handler.request_deserializer, handler.response_serializer)
        if handler.response_streaming:
            return grpc.unary_stream_rpc_method_handler(unary_stream, *made)
        if handler.request_streaming:
            return grpc.stream_unary_rpc_method_handler(stream_unary, *made)
        return grpc.unary_unary_rpc_method_handler(unary_unary, *made)


async def _validated(requests: AsyncIterator[Message]) -> AsyncIterator[Message]:
    async for request in requests:
        validate(request)
        yield request


class _Answering:
    """One call: it goes on in its caller's trace and time, and is timed.

    What the method raises becomes the status the caller sees; what nobody foresaw is logged and said to be internal.
    """

    def __init__(self, path: str, context: Any) -> None:
        self._path = path
        self._context = context

    async def __aenter__(self) -> dict[str, str]:
        metadata: dict[str, str] = dict(self._context.invocation_metadata() or ())
        tracing.enter(metadata.get(tracing.TRACEPARENT, ""), metadata.get(tracing.REQUEST_ID, ""))
        due_in(self._context.time_remaining())
        self._span = tracing.span(self._path.lstrip("/"), "SERVER", **{"rpc.system": "grpc"})
        self._span.__enter__()
        self._started = time.monotonic()
        return metadata

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if lacking := out_of(error):
            log.warning("database away", method=self._path, exc_info=error)
            error = lacking(self._path.removeprefix("/pm.").partition(".")[0])
        foreseen = error is None or isinstance(error, ServiceError) or not isinstance(error, Exception)
        code = code_of(error) if foreseen else grpc.StatusCode.INTERNAL
        metrics.timed(metrics.RPC_SERVER, self._path.lstrip("/"), code.name)(time.monotonic() - self._started)
        if not foreseen:
            log.error("method failed", method=self._path, exc_info=error)
        self._span.__exit__(kind, error, trace)
        if isinstance(error, ServiceError):
            await self._context.abort_with_status(status.encode(error))
        if not foreseen:
            await self._context.abort(grpc.StatusCode.INTERNAL, "The service failed; its log says why.")
