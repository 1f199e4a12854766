"""The services behind the gateway and the contracts each of them keeps."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import grpc
from google.protobuf.descriptor import ServiceDescriptor

from chassis.auth import Signer
from chassis.client import OPTIONS, service_channel
from chassis.outgoing import Circuit
from gateway.settings import Settings
from pm.analytics.v1 import analytics_pb2
from pm.catalog.v1 import changes_pb2, offers_pb2, products_pb2, search_pb2, suppliers_pb2, taxonomy_pb2
from pm.code2asin.v1 import code2asin_pb2
from pm.core.v1 import api_keys_pb2, audit_pb2, auth_pb2, notifications_pb2, passwords_pb2, roles_pb2, sessions_pb2, users_pb2
from pm.exports.v1 import exports_pb2
from pm.imports.v1 import imports_pb2
from pm.media.v1 import media_pb2

# A new file of contracts needs its module here and nothing else in the gateway.
CONTRACTS = {
    "core": (auth_pb2, users_pb2, sessions_pb2, passwords_pb2, api_keys_pb2, roles_pb2, audit_pb2, notifications_pb2),
    "catalog": (changes_pb2, products_pb2, offers_pb2, search_pb2, suppliers_pb2, taxonomy_pb2),
    "imports": (imports_pb2,),
    "exports": (exports_pb2,),
    "media": (media_pb2,),
    "code2asin": (code2asin_pb2,),
    "analytics": (analytics_pb2,),
}


@dataclass(frozen=True)
class Channels:
    """Two channels to each service, by its name: one for calls with the user's own token, one that signs as the gateway.

    The users' calls to a service share a circuit; the gateway's own calls ask how a service is, and are never refused.
    """

    user: dict[str, grpc.aio.Channel]
    gateway: dict[str, grpc.aio.Channel]
    circuits: dict[str, Circuit]


@asynccontextmanager
async def connect(settings: Settings) -> AsyncIterator[Channels]:
    """Channels to every service; a service that is not up yet is found when it comes."""
    signer = Signer("gateway", settings.keys_dir)
    async with AsyncExitStack() as stack:
        channels = Channels({}, {}, {})
        for name in CONTRACTS:
            address = settings.address(name)
            user = grpc.aio.insecure_channel(address, options=OPTIONS)
            channels.user[name] = await stack.enter_async_context(user)
            channels.circuits[name] = Circuit(f"{name}-svc")
            signed = service_channel(address, signer, f"{name}-svc", breaking=False)
            channels.gateway[name] = await stack.enter_async_context(signed)
        yield channels


def contracts() -> Iterator[tuple[str, ServiceDescriptor]]:
    """Every gRPC service with the name of the service that keeps it."""
    for owner, modules in CONTRACTS.items():
        for module in modules:
            for descriptor in module.DESCRIPTOR.services_by_name.values():
                yield owner, descriptor
