"""Whether what a service depends on answers: its database, Redis, its workers, its storage."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping

import structlog
from redis.asyncio import Redis
from sqlalchemy import text

from chassis.db import Database
from pm.common.v1 import health_pb2 as pb
from pm.common.v1 import health_pb2_grpc

log = structlog.get_logger(__name__)

PROBE_SECONDS = 2.0
Probe = Callable[[], Awaitable[object]]


class HealthServicer(health_pb2_grpc.HealthServiceServicer):
    """Runs named probes at once, each under its own deadline."""

    def __init__(self, probes: Mapping[tuple["pb.Dependency.Kind.ValueType", str], Probe]) -> None:
        self._probes = probes

    async def CheckDependencies(self, request: pb.CheckDependenciesRequest, context: object) -> pb.CheckDependenciesResponse:
        """Every dependency with its state; never fails because one of them does."""
        checks = (_check(kind, name, probe) for (kind, name), probe in self._probes.items())
        return pb.CheckDependenciesResponse(dependencies=await asyncio.gather(*checks))


async def _check(kind: "pb.Dependency.Kind.ValueType", name: str, probe: Probe) -> pb.Dependency:
    started = time.perf_counter()
    detail = ""
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            await probe()
    except Exception as error:  # whatever it is, the answer is "not healthy"
        # The text of a driver's error may hold an address; the class says enough to go and look in the log.
        detail = type(error).__name__
        log.warning("dependency unhealthy", dependency=name, exc_info=error)
    elapsed = int((time.perf_counter() - started) * 1000)
    return pb.Dependency(kind=kind, name=name, healthy=not detail, latency_ms=elapsed, detail=detail)


def database_probe(database: Database) -> Probe:
    async def probe() -> None:
        async with database.transaction() as session:
            await session.execute(text("SELECT 1"))

    return probe


def redis_probe(url: str) -> Probe:
    async def probe() -> None:
        # A connection of its own: one that is kept would fail once after each restart of the server.
        async with Redis.from_url(url, socket_timeout=PROBE_SECONDS, socket_connect_timeout=PROBE_SECONDS) as client:
            await client.ping()

    return probe
