"""Tokens of every kind of caller, signed with the keys of a running stack; and every method of every contract."""

import importlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import jwt
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from google.protobuf import message_factory
from google.protobuf.descriptor import MethodDescriptor

import pm
from chassis import status
from chassis.auth import Signer
from chassis.errors import ServiceError
from core_svc.roles.permissions import declared_permissions
from pm.common.v1 import options_pb2

# Nobody of any stack, so that what a call of theirs does concerns nobody.
NOBODY = "01890000-0000-7000-8000-00000000beef"
REFUSED_TOKEN = {"INVALID_TOKEN", "TOKEN_REVOKED"}
REFUSED_CALLER = {"MISSING_PERMISSION", "CALLER_NOT_ALLOWED", "SIGN_IN_NEEDED"}

SERVICES = ("core", "catalog", "imports", "exports", "media", "code2asin", "analytics")
# Where a service of several processes, or of several services, is answered.
SERVERS = {
    "pm.catalog.v1.BulkService": ("catalog-bulk",),
    "pm.common.v1.HealthService": (*SERVICES, "catalog-bulk"),
    "pm.common.v1.EventService": ("catalog", "imports"),
    "pm.common.v1.ConsumerService": ("analytics", "core"),
    "pm.common.v1.JobService": ("imports",),
    "pm.common.v1.RevocationService": ("core",),
}


def servers(method: MethodDescriptor) -> tuple[str, ...]:
    """The processes that answer a method."""
    service = method.containing_service
    return SERVERS.get(service.full_name, (service.file.package.split(".")[1],))


def methods() -> Iterator[MethodDescriptor]:
    """Every method of every contract that is installed."""
    for root in map(Path, pm.__path__):
        for file in sorted(root.glob("*/v*/*_pb2.py")):
            module = importlib.import_module(".".join(("pm", *file.relative_to(root).with_suffix("").parts)))
            for service in module.DESCRIPTOR.services_by_name.values():
                yield from service.methods


def permissions() -> list[str]:
    """Every permission that a contract asks for."""
    return sorted(declared_permissions())


@dataclass(frozen=True)
class Rule:
    """Whom a contract lets in."""

    public: bool
    signed_in: bool
    permission: str
    callers: tuple[str, ...]


def rule(method: MethodDescriptor) -> Rule:
    options = method.GetOptions().Extensions
    return Rule(
        options[options_pb2.public],
        options[options_pb2.signed_in],
        options[options_pb2.permission],
        tuple(options[options_pb2.callers]),
    )


class Tokens:
    """Makes tokens with the private keys in a directory."""

    def __init__(self, keys: Path) -> None:
        self._keys = keys
        self._core = Signer("core-svc", keys)

    def user(self, *granted: str, api_key: bool = False) -> str:
        return self._core.access_token(NOBODY, list(granted), api_key=api_key)

    def everything(self) -> str:
        """Of a user who may do everything."""
        return self.user(*permissions())

    def service(self, caller: str, callee: str) -> str:
        return Signer(caller, self._keys).service_token(callee)

    def forged(self, **claims: Any) -> str:
        """Of a user who may do everything, but for these claims."""
        key = load_pem_private_key((self._keys / "core.pem").read_bytes(), password=None)
        base = {"sub": NOBODY, "aud": "productsmanager", "iss": "core-svc", "perms": permissions()}
        times = {"iat": int(time.time()) - 1000, "exp": int(time.time()) + 60}
        return jwt.encode(base | times | claims, key, "EdDSA", headers={"kid": "core-svc"})

    def expired(self) -> str:
        return self.forged(exp=int(time.time()) - 60)

    def for_others(self) -> str:
        return self.forged(aud="another-product")


async def refusal(channel: grpc.aio.Channel, method: MethodDescriptor, token: str = "") -> str:
    """The reason for which a call with an empty request, or a stream of none, is refused; empty when it is answered."""
    path = f"/{method.containing_service.full_name}/{method.name}"
    request = message_factory.GetMessageClass(method.input_type)()
    metadata = (("authorization", f"Bearer {token}"),) if token else ()
    codecs = {
        "request_serializer": lambda message: message.SerializeToString(),
        "response_deserializer": message_factory.GetMessageClass(method.output_type).FromString,
    }
    try:
        if method.client_streaming:
            # Nothing is sent: grpc.aio puts an INTERNAL of its own in the place of a refusal that comes while it writes.
            await channel.stream_unary(path, **codecs)(iter(()), metadata=metadata, timeout=20)
        elif method.server_streaming:
            await channel.unary_stream(path, **codecs)(request, metadata=metadata, timeout=20).read()
        else:
            await channel.unary_unary(path, **codecs)(request, metadata=metadata, timeout=20)
    except grpc.aio.AioRpcError as error:
        decoded: ServiceError = status.decode(error)
        return decoded.reason
    return ""
