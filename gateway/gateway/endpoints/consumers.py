"""Those who follow what services tell, of all services at once.

GET  /api/v1/events/consumers                          how far each is
POST /api/v1/events/consumers/{service}/{name}:replay  sets one back
POST /api/v1/events/consumers/{service}/{name}:skip    lets one that is stopped pass the event by
GET  /api/v1/events/consumers/{service}/{name}/skipped what it has passed by so
"""

import asyncio
from collections.abc import Iterator, Mapping
from typing import TypeAlias

from starlette.requests import Request
from starlette.responses import Response

from chassis.errors import DeadlineExceeded, NotFound, Unavailable
from gateway.auth.door import Door, Guard, Metadata
from gateway.endpoints.transcoding import JSON, Asking, read_limited
from gateway.http.decoding import read_body
from gateway.http.encoding import to_json
from gateway.http.routing import PREFIX, Endpoint
from gateway.services import Channels
from pm.common.v1 import events_pb2 as pb

# The services that follow others.
FOLLOWERS = ("analytics", "core")
PATH = "/v1/events/consumers"
METHODS = pb.DESCRIPTOR.services_by_name["ConsumerService"].methods_by_name

OfOne: TypeAlias = pb.ReplayConsumerRequest | pb.SkipEventRequest | pb.ListSkippedEventsRequest


class ServiceFollowsNobody(NotFound):
    def __init__(self, service: str) -> None:
        where = f"GET {PREFIX}{PATH} (`pm events`) lists all consumers"
        super().__init__(f"{service} follows nobody, or is no service: {where}.", service=service)


def endpoints(channels: Channels, door: Door) -> Iterator[Endpoint]:
    """The list, the replay, the skip, and what was skipped."""
    consumers = Consumers(channels, door)
    yield Endpoint("GET", PATH, consumers.list)
    yield Endpoint("POST", f"{PATH}/{{service}}/{{name}}:replay", consumers.replay)
    yield Endpoint("POST", f"{PATH}/{{service}}/{{name}}:skip", consumers.skip)
    yield Endpoint("GET", f"{PATH}/{{service}}/{{name}}/skipped", consumers.skipped)


class Consumers:
    """Asks each service that follows others."""

    def __init__(self, channels: Channels, door: Door) -> None:
        self._list = _asking(channels, "ListConsumers")
        self._replay = _asking(channels, "ReplayConsumer")
        self._skip = _asking(channels, "SkipEvent")
        self._skipped = _asking(channels, "ListSkippedEvents")
        self._reader = Guard(door, METHODS["ListConsumers"])
        self._replayer = Guard(door, METHODS["ReplayConsumer"])
        self._skipper = Guard(door, METHODS["SkipEvent"])
        self._skipped_reader = Guard(door, METHODS["ListSkippedEvents"])

    async def list(self, request: Request) -> Response:
        """Every consumer; `missing` names the services that don't answer."""
        metadata = await self._reader.admit(request)
        answers = await asyncio.gather(*(self._ask(name, metadata, request) for name in self._list))
        found = [consumer for each in answers if each is not None for consumer in each.consumers]
        missing = [name for name, each in zip(self._list, answers, strict=True) if each is None]
        return Response(to_json(pb.AllConsumers(consumers=found, missing=missing)), media_type=JSON)

    async def replay(self, request: Request) -> Response:
        metadata = await self._replayer.admit(request)
        wanted = pb.ReplayConsumerRequest()
        read_body(await read_limited(request), wanted)
        return await _of_one(self._replay, wanted, metadata, request)

    async def skip(self, request: Request) -> Response:
        metadata = await self._skipper.admit(request)
        wanted = pb.SkipEventRequest()
        read_body(await read_limited(request), wanted)
        return await _of_one(self._skip, wanted, metadata, request)

    async def skipped(self, request: Request) -> Response:
        metadata = await self._skipped_reader.admit(request)
        return await _of_one(self._skipped, pb.ListSkippedEventsRequest(), metadata, request)

    async def _ask(self, service: str, metadata: Metadata, request: Request) -> pb.ListConsumersResponse | None:
        try:
            found: pb.ListConsumersResponse = await self._list[service](pb.ListConsumersRequest(), metadata, request)
        except (Unavailable, DeadlineExceeded):
            return None
        return found


def _asking(channels: Channels, method: str) -> dict[str, Asking]:
    return {f"{name}-svc": Asking(channels, name, METHODS[method]) for name in FOLLOWERS}


async def _of_one(asking: Mapping[str, Asking], wanted: OfOne, metadata: Metadata, request: Request) -> Response:
    """What the service of the path answers about its consumer of that name."""
    service, wanted.name = request.path_params.values()
    if service not in asking:
        raise ServiceFollowsNobody(service)
    return Response(to_json(await asking[service](wanted, metadata, request)), media_type=JSON)
