"""Those who follow what services tell, of all services at once.

GET  /api/v1/events/consumers                          how far each is
POST /api/v1/events/consumers/{service}/{name}:replay  sets one back
"""

import asyncio
from collections.abc import Iterator, Mapping

import grpc
from starlette.requests import Request
from starlette.responses import Response

from chassis.client import DEADLINE_SECONDS
from chassis.errors import DeadlineExceeded, NotFound, Unavailable
from gateway.auth import Door, Guard, Metadata
from gateway.decoding import read_body
from gateway.encoding import to_json
from gateway.routing import Endpoint
from gateway.services import Channels
from gateway.transcoding import JSON, answer, read_limited
from pm.common.v1 import events_pb2 as pb
from pm.common.v1 import events_pb2_grpc

# The services that follow others.
FOLLOWERS = ("analytics", "core")
PATH = "/v1/events/consumers"
METHODS = pb.DESCRIPTOR.services_by_name["ConsumerService"].methods_by_name


class ServiceFollowsNobody(NotFound):
    def __init__(self, service: str) -> None:
        super().__init__(f"{service} follows nobody: {PATH} lists all consumers.", service=service)


def endpoints(channels: Channels, door: Door) -> Iterator[Endpoint]:
    """The list and the replay."""
    consumers = Consumers({f"{name}-svc": channels.user[name] for name in FOLLOWERS}, door)
    yield Endpoint("GET", PATH, consumers.list)
    yield Endpoint("POST", f"{PATH}/{{service}}/{{name}}:replay", consumers.replay)


class Consumers:
    """Asks each service that follows others."""

    def __init__(self, channels: Mapping[str, grpc.aio.Channel], door: Door) -> None:
        self._stubs = {name: events_pb2_grpc.ConsumerServiceStub(channel) for name, channel in channels.items()}
        self._reader = Guard(door, METHODS["ListConsumers"])
        self._writer = Guard(door, METHODS["ReplayConsumer"])

    async def list(self, request: Request) -> Response:
        """Every consumer; `missing` names the services that don't answer."""
        metadata = await self._reader.admit(request)
        answers = await asyncio.gather(*(self._ask(name, metadata, request) for name in self._stubs))
        found = [consumer for each in answers if each is not None for consumer in each.consumers]
        missing = [name for name, each in zip(self._stubs, answers, strict=True) if each is None]
        return Response(to_json(pb.AllConsumers(consumers=found, missing=missing)), media_type=JSON)

    async def replay(self, request: Request) -> Response:
        metadata = await self._writer.admit(request)
        service, name = request.path_params.values()
        if service not in self._stubs:
            raise ServiceFollowsNobody(service)
        wanted = pb.ReplayConsumerRequest()
        read_body(await read_limited(request), wanted)
        wanted.name = name
        call = self._stubs[service].ReplayConsumer(wanted, metadata=metadata, timeout=DEADLINE_SECONDS)
        return Response(to_json(await answer(call, request)), media_type=JSON)

    async def _ask(self, service: str, metadata: Metadata, request: Request) -> pb.ListConsumersResponse | None:
        call = self._stubs[service].ListConsumers(pb.ListConsumersRequest(), metadata=metadata, timeout=DEADLINE_SECONDS)
        try:
            found: pb.ListConsumersResponse = await answer(call, request)
        except (Unavailable, DeadlineExceeded):
            return None
        return found
