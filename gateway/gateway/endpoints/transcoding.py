"""HTTP routes read off the contracts: `google.api.http` gives verb, path and body, `permission` the right.

A method without a path, or one that only services may call, gets no route. What can be known beforehand is worked out once per
route, so that a call costs little more than its two messages.
"""

import asyncio
import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import grpc
import orjson
from google.api import annotations_pb2
from google.protobuf import message_factory
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from chassis import status
from chassis.errors import ServiceError
from chassis.outgoing import Outgoing
from gateway.auth.door import Door, Guard, Metadata
from gateway.http.decoding import Parameter, Query, parameter, parameters, read_body
from gateway.http.encoding import converter
from gateway.http.errors import MalformedRequest, PayloadTooLarge, UnsupportedMediaType
from gateway.http.routing import BODY_MAX_BYTES
from gateway.services import Channels, contracts
from pm.common.v1 import options_pb2

JSON = "application/json"
# A call that takes longer than this is worth cancelling when its client leaves; shorter ones are not worth watching.
WATCHED_AFTER_SECONDS = 0.1
_VARIABLE = re.compile(r"{([a-z0-9_.]+)}")
_NO_VERSION = 2**31 - 1
_VERSION = re.compile(r'(?:W/)?"([0-9]{1,9})(?:[.][0-9a-f]*)?"')

Call = Callable[..., "grpc.aio.UnaryUnaryCall[Any, Any]"]


@dataclass(frozen=True)
class Binding:
    """One HTTP route of one method."""

    owner: str
    method: MethodDescriptor
    verb: str
    path: str
    body: str
    # Whether the method has a route before this one.
    is_additional: bool

    @property
    def variables(self) -> list[str]:
        """The fields in the path, such as `product.id`."""
        return _VARIABLE.findall(self.path)

    def query(self) -> list[Parameter]:
        """The fields that come as query parameters: all that neither the path nor the body holds."""
        if self.body == "*":
            return []
        return list(parameters(self.method.input_type, {*self.variables, self.body}))


def bindings() -> Iterator[Binding]:
    """Every route of every contract."""
    for owner, service in contracts():
        for method in service.methods:
            if not method.GetOptions().Extensions[options_pb2.callers]:
                yield from _bindings(owner, method)


def _bindings(owner: str, method: MethodDescriptor) -> Iterator[Binding]:
    rule = method.GetOptions().Extensions[annotations_pb2.http]
    for each in (rule, *rule.additional_bindings):
        if verb := each.WhichOneof("pattern"):
            yield Binding(owner, method, verb.upper(), getattr(each, verb), each.body, each is not rule)


class Asking:
    """One method of a service, called for users: each call is an `Outgoing`, and raises what the service raised."""

    def __init__(self, channels: Channels, owner: str, method: MethodDescriptor) -> None:
        self._path = f"/{method.containing_service.full_name}/{method.name}"
        self._circuit = channels.circuits[owner]
        self._call: Call = channels.user[owner].unary_unary(
            self._path,
            request_serializer=message_factory.GetMessageClass(method.input_type).SerializeToString,
            response_deserializer=message_factory.GetMessageClass(method.output_type).FromString,
        )

    async def __call__(
        self, message: Message, metadata: Metadata, request: Request | None = None, seconds: float | None = None
    ) -> Any:
        """The reply; the call is cancelled when the client of `request` leaves."""
        with Outgoing(self._circuit, self._path, seconds) as outgoing:
            call = self._call(message, metadata=(*metadata, *outgoing.metadata), timeout=outgoing.seconds)
            return await answer(call, request)


class Operation:
    """Answers the requests of one route."""

    def __init__(self, binding: Binding, channels: Channels, door: Door) -> None:
        method = binding.method
        fields = method.input_type.fields_by_name
        self._guard = Guard(door, method)
        self._make: type[Message] = message_factory.GetMessageClass(method.input_type)
        self._ask = Asking(channels, binding.owner, method)
        self._path = [parameter(method.input_type, name) for name in binding.variables]
        self._query = Query(binding.query())
        self._body = binding.body
        self._masked = binding.verb == "PATCH" and "update_mask" in fields
        self._versioned = binding.verb == "PATCH" and "version" in fields
        self._repeatable = "request_id" in fields
        self._tagged = "version" in method.output_type.fields_by_name
        self._read = binding.verb == "GET"
        self._convert = converter(method.output_type)

    async def __call__(self, request: Request) -> Response:
        metadata = await self._guard.admit(request)
        message = await self.read(request)
        try:
            reply = await self._ask(message, metadata, request)
        except ServiceError as error:
            raise self._renamed(error) from None
        return self.respond(request, reply)

    async def read(self, request: Request) -> Any:
        """The request as a message; raises MalformedRequest and what else a body may be refused for."""
        message = self._make()
        if self._body:
            await self._read_body(request, message)
        if request.scope["query_string"]:
            self._query.read(request.query_params.multi_items(), message)
        for bound, value in zip(self._path, request.path_params.values(), strict=True):
            bind(bound, value, message)
        if self._versioned or self._repeatable:
            self._read_headers(request.headers, message)
        return message

    def respond(self, request: Request, reply: Any) -> Response:
        """The reply as a response."""
        body = orjson.dumps(self._convert(reply))
        if not self._tagged:
            return Response(body, 200, None, JSON)
        tag = entity_tag(reply, body)
        if self._read and is_known(tag, request):
            return Response(status_code=304, headers={"etag": f"W/{tag}"})
        return Response(body, 200, {"etag": f"W/{tag}"}, JSON)

    async def _read_body(self, request: Request, message: Any) -> None:
        body = await read_limited(request)
        if body and request.headers.get("content-type", "").partition(";")[0].strip().lower() != JSON:
            raise UnsupportedMediaType(request.headers.get("content-type", ""), JSON)
        target = message
        if self._body != "*":
            target = getattr(message, self._body)
            target.SetInParent()
        given = read_body(body, target)
        if self._masked:
            bound = {variable.path[-1] for variable in self._path}
            message.update_mask.paths.extend(name for name in given if name not in bound)

    def _read_headers(self, headers: Mapping[str, str], message: Any) -> None:
        wanted = headers.get("if-match", "*")
        if self._versioned and headers.get("if-none-match", "").strip() == "*":
            # Only what is not there may be changed (RFC 9110): no version is this one.
            message.version = _NO_VERSION
            return
        if self._versioned and wanted != "*":
            match = _VERSION.fullmatch(wanted)
            if match is None:
                raise MalformedRequest({"If-Match": 'must be the ETag of the resource, such as W/"3"'})
            message.version = int(match[1])
        if self._repeatable and "idempotency-key" in headers:
            message.request_id = headers["idempotency-key"]

    def _renamed(self, error: ServiceError) -> ServiceError:
        """Violations by the names the client used: what a body holds is not called `product.title` there."""
        prefix = f"{self._body}."
        error.violations = {field.removeprefix(prefix): text for field, text in error.violations.items()}
        return error


def is_known(tag: str, request: Request) -> bool:
    """Whether the client has what `tag` names, or says that anything will do."""
    known = request.headers.get("if-none-match", "")
    return tag in known or known.strip() == "*"


def entity_tag(reply: Any, body: bytes) -> str:
    """A digest, behind the version if there is one, which a change may be held to: what a product shows of offers has none."""
    digest = hashlib.blake2b(body, digest_size=6).hexdigest()
    return f'"{reply.version}.{digest}"' if "version" in reply.DESCRIPTOR.fields_by_name else f'"{digest}"'


def cost_of(method: MethodDescriptor) -> int:
    """What a call counts against the caller's limit."""
    cost: int = method.GetOptions().Extensions[options_pb2.cost]
    return cost or 1


async def answer(call: "grpc.aio.UnaryUnaryCall[Any, Any]", request: Request | None) -> Any:
    """The reply of a call, which is cancelled when the client of `request` leaves; raises what the service raised."""
    try:
        if request is None:
            return await call
        with cancelled_when_left(request, call.cancel):
            return await call
    except grpc.aio.AioRpcError as error:
        raise status.decode(error) from None


@contextmanager
def cancelled_when_left(request: Request, cancel: Callable[[], object]) -> Iterator[None]:
    """Call `cancel` when the client leaves before the block ends; what that cancelled raises ClientDisconnect."""
    watch: list[asyncio.Task[None]] = []

    async def look() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass
        cancel()

    timer = asyncio.get_running_loop().call_later(WATCHED_AFTER_SECONDS, lambda: watch.append(asyncio.create_task(look())))
    try:
        yield
    except asyncio.CancelledError:
        if any(task.done() for task in watch):
            raise ClientDisconnect from None
        raise
    finally:
        timer.cancel()
        for task in watch:
            task.cancel()


async def read_limited(request: Request) -> bytes:
    """The whole body; raises PayloadTooLarge when it grows too large without having said so."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_MAX_BYTES:
            raise PayloadTooLarge(BODY_MAX_BYTES)
    return bytes(body)


def bind(bound: Parameter, value: str, message: Message) -> None:
    """Write a variable of the path into the message; a body that says otherwise is refused."""
    target: Any = message
    for parent in bound.path[:-1]:
        target = getattr(target, parent)
    name = bound.path[-1]
    given = getattr(target, name)
    if given and str(given) != value:
        raise MalformedRequest({name: "differs from the one in the path"})
    bound.set(message, [value])
