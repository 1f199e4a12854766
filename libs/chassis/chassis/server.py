"""A service process: a gRPC server that holds to its contracts, answers for its health and stops gracefully."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from typing import Any

import grpc
import structlog
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_health.v1._async import HealthServicer as StandardHealth
from grpc_reflection.v1alpha import reflection

from chassis.auth import Signer, Verifier
from chassis.client import service_channel
from chassis.health import HealthServicer
from chassis.interceptor import ContractInterceptor
from chassis.revocations import Ask, Follower
from chassis.settings import ServiceSettings
from chassis.wire import LEAST_KEEPALIVE_MS, MAX_MESSAGE_BYTES
from pm.common.v1 import health_pb2_grpc as dependencies_grpc
from pm.common.v1 import revocations_pb2_grpc

log = structlog.get_logger(__name__)

GRACE_SECONDS = 10
UPKEEP_SECONDS = 3600
OPTIONS = [
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    # New replicas are only seen when a name is resolved again.
    ("grpc.max_connection_age_ms", 300_000),
    ("grpc.max_connection_age_grace_ms", 60_000),
    ("grpc.so_reuseport", 0),
    # gRPC bears a ping each five minutes, or none at all where no call runs, and cuts a channel that asks more often.
    ("grpc.http2.min_ping_interval_without_data_ms", LEAST_KEEPALIVE_MS),
    ("grpc.keepalive_permit_without_calls", 1),
]

# Adds a servicer to a server: a generated `add_...Servicer_to_server` with its servicer bound.
Registration = Callable[[grpc.aio.Server], None]


class Service:
    """One service's server. `opening` are awaited before the first call, `closing` after the last, `upkeep` every hour.

    It follows what core-svc revokes; core-svc itself says by `revoked` where it finds that.
    """

    def __init__(
        self,
        name: str,
        settings: ServiceSettings,
        *,
        registrations: Sequence[Registration],
        health_servicer: HealthServicer,
        opening: Sequence[Callable[[], Awaitable[Any]]] = (),
        closing: Sequence[Callable[[], Awaitable[Any]]] = (),
        upkeep: Sequence[Callable[[], Awaitable[Any]]] = (),
        revoked: Ask | None = None,
    ) -> None:
        self.name = name
        self._settings = settings
        self._opening = opening
        self._closing = closing
        self._upkeep = upkeep
        self._keeping: asyncio.Task[None] | None = None
        self._following = AsyncExitStack()
        self._health = StandardHealth()
        self._revoked = revoked
        self._verifier = Verifier(name, settings.keys_dir)
        self.server = grpc.aio.server(interceptors=[ContractInterceptor(self._verifier)], options=OPTIONS)
        for register in registrations:
            register(self.server)
        dependencies_grpc.add_HealthServiceServicer_to_server(health_servicer, self.server)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self.server)
        reflection.enable_server_reflection([reflection.SERVICE_NAME, health.SERVICE_NAME], self.server)

    async def start(self) -> int:
        """Listen and report healthy; returns the port. Raises RuntimeError when the address is taken."""
        for prepare in self._opening:
            await prepare()
        port = self.server.add_insecure_port(self._settings.bind)
        self._following = await self._follow()
        await self.server.start()
        await self._health.set("", health_pb2.HealthCheckResponse.SERVING)
        if self._upkeep:
            self._keeping = asyncio.create_task(self._keep_up())
        log.info("serving", service=self.name, port=port)
        return port

    async def stop(self) -> None:
        """Tell balancers first, let running calls end, then close what the service opened."""
        await self._health.enter_graceful_shutdown()
        await self.server.stop(GRACE_SECONDS)
        await self._following.aclose()
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.wait([self._keeping])
        for close in self._closing:
            await close()

    async def _follow(self) -> AsyncExitStack:
        """Follow what is revoked; the stack ends it."""
        async with AsyncExitStack() as stack:
            ask = self._revoked
            if ask is None:
                signer = Signer(self.name, self._settings.keys_dir)
                channel = await stack.enter_async_context(service_channel(self._settings.core_address, signer, "core-svc"))
                ask = revocations_pb2_grpc.RevocationServiceStub(channel).ListRevocations
            follower = Follower(self._verifier.revocations, ask)
            follower.start()
            stack.push_async_callback(follower.stop)
            return stack.pop_all()

    async def _keep_up(self) -> None:
        while True:
            for work in self._upkeep:
                try:
                    await work()
                except Exception as error:  # whatever it is, the next hour may be better
                    log.warning("upkeep failed", service=self.name, exc_info=error)
            await asyncio.sleep(UPKEEP_SECONDS)

    async def serve(self) -> None:
        """Run until SIGTERM or SIGINT."""
        stopping = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stopping.set)
        await self.start()
        await stopping.wait()
        await self.stop()
