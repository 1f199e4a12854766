"""Those who follow what services tell, of all services at once.

GET  /api/v1/events/consumers                          how far each is
POST /api/v1/events/consumers/{service}/{name}:replay  sets one back
POST /api/v1/events/consumers/{service}/{name}:skip    lets one that is stopped pass the event by
"""

import asyncio
from collections.abc import Iterator, Mapping

from starlette.requests import Request
from starlette.responses import Response

from chassis.errors import DeadlineExceeded, NotFound, Unavailable
from gateway.auth import Door, Guard, Metadata
from gateway.decoding import read_body
from gateway.encoding import to_json
from gateway.routing import Endpoint
from gateway.services import Channels
from gateway.transcoding import JSON, Asking, read_limited
from pm.common.v1 import events_pb2 as pb

# The services that follow others.
FOLLOWERS = ("analytics", "core")
PATH = "/v1/events/consumers"
METHODS = pb.DESCRIPTOR.services_by_name["ConsumerService"].methods_by_name


class ServiceFollowsNobody(NotFound):
    def __init__(self, service: str) -> None:
        super().__init__(f"{service} follows nobody: {PATH} lists all consumers.", service=service)


def endpoints(channels: Channels, door: Door) -> Iterator[Endpoint]:
    """The list, the replay and the skip."""
    consumers = Consumers(channels, door)
    yield Endpoint("GET", PATH, consumers.list)
    yield Endpoint("POST", f"{PATH}/{{service}}/{{name}}:replay", consumers.replay)
    yield Endpoint("POST", f"{PATH}/{{service}}/{{name}}:skip", consumers.skip)


class Consumers:
    """Asks each service that follows others."""

    def __init__(self, channels: Channels, door: Door) -> None:
        self._list = _asking(channels, "ListConsumers")
        self._replay = _asking(channels, "ReplayConsumer")
        self._skip = _asking(channels, "SkipEvent")
        self._reader = Guard(door, METHODS["ListConsumers"])
        self._replayer = Guard(door, METHODS["ReplayConsumer"])
        self._skipper = Guard(door, METHODS["SkipEvent"])

    async def list(self, request: Request) -> Response:
        """Every consumer; `missing` names the services that don't answer."""
        metadata = await self._reader.admit(request)
        answers = await asyncio.gather(*(self._ask(name, metadata, request) for name in self._list))
        found = [consumer for each in answers if each is not None for consumer in each.consumers]
        missing = [name for name, each in zip(self._list, answers, strict=True) if each is None]
        return Response(to_json(pb.AllConsumers(consumers=found, missing=missing)), media_type=JSON)

    async def replay(self, request: Request) -> Response:
        metadata = await self._replayer.admit(request)
        return await _change(self._replay, pb.ReplayConsumerRequest(), metadata, request)

    async def skip(self, request: Request) -> Response:
        metadata = await self._skipper.admit(request)
        return await _change(self._skip, pb.SkipEventRequest(), metadata, request)

    async def _ask(self, service: str, metadata: Metadata, request: Request) -> pb.ListConsumersResponse | None:
        try:
            found: pb.ListConsumersResponse = await self._list[service](pb.ListConsumersRequest(), metadata, request)
        except (Unavailable, DeadlineExceeded):
            return None
        return found


def _asking(channels: Channels, method: str) -> dict[str, Asking]:
    return {f"{name}-svc": Asking(channels, name, METHODS[method]) for name in FOLLOWERS}


async def _change(
    asking: Mapping[str, Asking], wanted: pb.ReplayConsumerRequest | pb.SkipEventRequest, metadata: Metadata, request: Request
) -> Response:
    """Ask the service of the path for what the body says about its consumer, and show that as it is then."""
    service, name = request.path_params.values()
    if service not in asking:
        raise ServiceFollowsNobody(service)
    read_body(await read_limited(request), wanted)
    wanted.name = name
    return Response(to_json(await asking[service](wanted, metadata, request)), media_type=JSON)
