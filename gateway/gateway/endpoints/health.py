"""Whether everything answers: `/health` for the gateway itself, `/health/db`, `/health/redis` and `/health/celery` behind it."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from chassis.errors import ServiceError
from gateway.services import Channels
from pm.common.v1 import health_pb2 as pb
from pm.common.v1 import health_pb2_grpc as dependencies_grpc

# A service gives each of its probes two seconds; an answer here comes within three.
CHECK_SECONDS = 2.7
PING_SECONDS = 1.0
# Anyone may ask, so the services are asked no more often than this.
REMEMBERED_SECONDS = 1.0

T = TypeVar("T")


class Remembered(Generic[T]):
    """One answer for everybody who asks at about the same time."""

    def __init__(self, ask: Callable[[], Awaitable[T]]) -> None:
        self._ask = ask
        self._turn = asyncio.Lock()
        self._known: tuple[float, T] | None = None

    async def get(self) -> T:
        async with self._turn:
            if self._known is None or self._known[0] < time.monotonic() - REMEMBERED_SECONDS:
                found = await self._ask()
                self._known = (time.monotonic(), found)
            return self._known[1]


@dataclass(frozen=True)
class Found:
    """One dependency of one service."""

    service: str
    kind: "pb.Dependency.Kind.ValueType"
    name: str
    healthy: bool
    latency_ms: int
    detail: str = ""

    def json(self) -> dict[str, Any]:
        said = {"healthy": self.healthy, "latency_ms": self.latency_ms}
        return said | ({"detail": self.detail} if self.detail else {})


def routes(channels: Channels) -> list[Route]:
    """The four pages of health."""
    health = Health(channels)
    return [
        Route("/health", health.gateway),
        Route("/health/db", health.databases),
        Route("/health/redis", health.redis),
        Route("/health/celery", health.celery),
    ]


class Health:
    """Asks the services in the gateway's own name."""

    def __init__(self, channels: Channels) -> None:
        self._channels = channels.gateway
        self._silent = Remembered(self._find_silent)
        self._found = Remembered(self._find)

    async def gateway(self, _request: Request) -> Response:
        """200 whenever the gateway runs; `degraded` names the services that don't answer."""
        silent = await self._silent.get()
        return JSONResponse({"status": "ok"} | ({"degraded": silent} if silent else {}))

    async def databases(self, _request: Request) -> Response:
        """Every service's database by name; 503 when one is down or its service does not answer."""
        found = {one.service: one for one in await self._of(pb.Dependency.KIND_DATABASE)}
        shown = {f"db_{name}": found.get(name) or _unknown(name) for name in self._channels}
        return _page({name: one.json() for name, one in shown.items()})

    async def redis(self, _request: Request) -> Response:
        """Redis as each service that uses it sees it; 503 when one can't reach it or nobody says."""
        return _page({one.service: one.json() for one in await self._of(pb.Dependency.KIND_REDIS)})

    async def celery(self, _request: Request) -> Response:
        """The workers by queue; 503 when a queue has none or nobody says."""
        return _page({one.name: one.json() for one in await self._of(pb.Dependency.KIND_CELERY)})

    async def _of(self, kind: "pb.Dependency.Kind.ValueType") -> Iterable[Found]:
        return [one for one in await self._found.get() if one.kind == kind]

    async def _find(self) -> list[Found]:
        found = await asyncio.gather(*(_dependencies(name, channel) for name, channel in self._channels.items()))
        return [one for each in found for one in each]

    async def _find_silent(self) -> list[str]:
        answers = await asyncio.gather(*(_serves(channel) for channel in self._channels.values()))
        return [name for name, serves in zip(self._channels, answers, strict=True) if not serves]


async def _dependencies(service: str, channel: grpc.aio.Channel) -> list[Found]:
    stub: Any = dependencies_grpc.HealthServiceStub(channel)
    try:
        reply = await stub.CheckDependencies(pb.CheckDependenciesRequest(), timeout=CHECK_SECONDS)
    except ServiceError:
        return []
    return [Found(service, one.kind, one.name, one.healthy, one.latency_ms, one.detail) for one in reply.dependencies]


async def _serves(channel: grpc.aio.Channel) -> bool:
    try:
        reply = await health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=PING_SECONDS)
    except ServiceError:
        return False
    return bool(reply.status == health_pb2.HealthCheckResponse.SERVING)


def _unknown(service: str) -> Found:
    detail = "its service does not answer"
    return Found(service, pb.Dependency.KIND_DATABASE, f"db_{service}", healthy=False, latency_ms=0, detail=detail)


def _page(shown: Mapping[str, Mapping[str, Any]]) -> Response:
    healthy = bool(shown) and all(one["healthy"] for one in shown.values())
    return JSONResponse(dict(shown), 200 if healthy else 503)
