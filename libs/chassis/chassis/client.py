"""Channels to other services: every call has a deadline, carries the caller's identity and raises what the other side raised."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from importlib.resources import files
from typing import Any

import grpc
from google.api import annotations_pb2
from google.protobuf.descriptor_pb2 import FileDescriptorSet

from chassis import status
from chassis.auth import Signer
from chassis.outgoing import Circuit, Outgoing, Unbroken
from chassis.wire import KEEPALIVE_MS, MAX_MESSAGE_BYTES
from pm.common.v1 import options_pb2


def _repeatable() -> Iterator[dict[str, str]]:
    """The methods that say in their contract that they may be called twice: all that is read, and what declares it."""
    for file in FileDescriptorSet.FromString((files("pm") / "descriptors.binpb").read_bytes()).file:
        for service in file.service:
            for method in service.method:
                extensions = method.options.Extensions
                if extensions[options_pb2.repeatable] or extensions[annotations_pb2.http].HasField("get"):
                    yield {"service": f"{file.package}.{service.name}", "method": method.name}


_SERVICE_CONFIG = json.dumps(
    {
        "loadBalancingConfig": [{"round_robin": {}}],
        "healthCheckConfig": {"serviceName": ""},
        "methodConfig": [
            {
                # UNAVAILABLE says nothing about whether the call was taken: with any other method a thing might be done twice.
                "name": list(_repeatable()),
                "retryPolicy": {
                    "maxAttempts": 3,
                    "initialBackoff": "0.05s",
                    "maxBackoff": "1s",
                    "backoffMultiplier": 3,
                    "retryableStatusCodes": ["UNAVAILABLE"],
                },
            }
        ],
    }
)
OPTIONS = [
    ("grpc.service_config", _SERVICE_CONFIG),
    ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    ("grpc.keepalive_time_ms", KEEPALIVE_MS),
    # A proxy for what leaves the installation (HTTPS_PROXY) has no business between its services.
    ("grpc.enable_http_proxy", 0),
    # A service that restarts must be found again within seconds, not after the default's two minutes.
    ("grpc.max_reconnect_backoff_ms", 2_000),
]


class DecodeErrors(grpc.aio.UnaryUnaryClientInterceptor):
    """Raises what the other side raised, for callers that bring their own token."""

    async def intercept_unary_unary(
        self,
        continuation: Callable[[grpc.aio.ClientCallDetails, Any], Awaitable[Any]],
        client_call_details: grpc.aio.ClientCallDetails,
        request: Any,
    ) -> Any:
        call = await continuation(client_call_details, request)
        try:
            await call
        except grpc.aio.AioRpcError as error:
            raise status.decode(error) from error
        return call


class ServiceIdentity(grpc.aio.UnaryUnaryClientInterceptor):
    """Signs each call for its callee and makes it an `Outgoing`; `act` is the user on whose behalf it is made."""

    def __init__(self, signer: Signer, audience: str, act: str, circuit: Circuit) -> None:
        self._signer = signer
        self._audience = audience
        self._act = act
        self._circuit = circuit

    async def intercept_unary_unary(
        self,
        continuation: Callable[[grpc.aio.ClientCallDetails, Any], Awaitable[Any]],
        client_call_details: grpc.aio.ClientCallDetails,
        request: Any,
    ) -> Any:
        method: Any = client_call_details.method
        path = method.decode() if isinstance(method, bytes) else method
        token = self._signer.service_token(self._audience, self._act)
        with Outgoing(self._circuit, path, client_call_details.timeout) as outgoing:
            details = grpc.aio.ClientCallDetails(
                method=client_call_details.method,
                timeout=outgoing.seconds,
                metadata=grpc.aio.Metadata(("authorization", f"Bearer {token}"), *outgoing.metadata),
                credentials=client_call_details.credentials,
                wait_for_ready=client_call_details.wait_for_ready,
            )
            call = await continuation(details, request)
            try:
                await call
            except grpc.aio.AioRpcError as error:
                raise status.decode(error) from error
        return call


def open_channel(address: str, signer: Signer, audience: str, act: str = "", *, breaking: bool = True) -> grpc.aio.Channel:
    """A channel to the service `audience` (such as `catalog-svc`) in the name of `signer`'s service; the caller closes it.

    With `breaking`, calls are refused at once while the service does not answer (chassis.outgoing).
    """
    circuit = Circuit(audience) if breaking else Unbroken(audience)
    return grpc.aio.insecure_channel(address, options=OPTIONS, interceptors=[ServiceIdentity(signer, audience, act, circuit)])


@asynccontextmanager
async def service_channel(
    address: str, signer: Signer, audience: str, act: str = "", *, breaking: bool = True
) -> AsyncIterator[grpc.aio.Channel]:
    """The channel of `open_channel` as long as the block."""
    async with open_channel(address, signer, audience, act, breaking=breaking) as channel:
        yield channel
