"""`python -m gateway`: reads the settings, wires the gateway together and serves it."""

import gc
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from chassis import logs, metrics, tracing
from chassis.auth import Signer, Verifier
from chassis.revocations import Follower
from chassis.settings import read
from gateway.auth.api_keys import ApiKeys
from gateway.auth.door import Door
from gateway.auth.ratelimit import Counters, RateLimits
from gateway.caching.cache import Cache
from gateway.caching.changes import Changes
from gateway.endpoints import consumers, export, health, jobs, operations, problem_rows, uploads
from gateway.endpoints.live import imports
from gateway.endpoints.live.endpoint import MAX_MESSAGE_BYTES, Live
from gateway.endpoints.pages import Pages
from gateway.http import errors
from gateway.http.edge import Edge
from gateway.http.routing import Routes
from gateway.http.telemetry import Telemetry
from gateway.openapi import document as openapi
from gateway.services import connect
from gateway.settings import Settings
from pm.common.v1.revocations_pb2_grpc import RevocationServiceStub

GRACE_SECONDS = 5
# Longer than a proxy keeps an idle connection, so that it never sends into one we are closing.
KEEP_ALIVE_SECONDS = 95


def create(settings: Settings) -> FastAPI:
    """The gateway; its channels are opened when it starts."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with connect(settings) as channels:
            verifier = Verifier("gateway", settings.keys_dir)
            core = channels.gateway["core"]
            door = Door(verifier, Signer("gateway", settings.keys_dir), ApiKeys(core))
            follower = Follower(verifier.revocations, RevocationServiceStub(core).ListRevocations)
            rate_limits = RateLimits(
                Counters(settings.redis_url),
                door,
                user=settings.rate_limit_user,
                api_key=settings.rate_limit_api_key,
                address=settings.rate_limit_address,
            )
            changes = Changes(settings.redis_url)
            cache = Cache(settings.redis_url, changes, settings.cache_bytes)
            live = Live(channels, door, changes, rate_limits)
            contracts = Routes(
                rate_limits.limited(endpoint)
                for endpoint in (
                    *operations.endpoints(channels, door, cache, settings),
                    *uploads.endpoints(channels, door, settings),
                    *problem_rows.endpoints(channels, door),
                    *export.endpoints(channels, door),
                    *imports.endpoints(channels, door, changes),
                    *live.endpoints(),
                    *consumers.endpoints(channels, door),
                    *jobs.endpoints(channels, door),
                    *openapi.endpoints(),
                )
            )
            app.router.routes += [contracts, live.socket(), *health.routes(channels), Pages.of(settings.web_dir)]
            # What is imported and wired by now lives as long as the process: keep the collector from walking it.
            gc.freeze()
            gc.enable()
            follower.start()
            await changes.start()
            yield
            await changes.stop()
            await cache.close()
            await follower.stop()

    # Slashes are not corrected: the redirect would be built from the Host header, which anyone may forge.
    app = FastAPI(
        title="ProductsManager",
        openapi_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
        # FastAPI looks for a tracer on every request even when there is none, at a tenth of the gateway's time.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    if settings.cors_origins:
        app.add_middleware(CORSMiddleware, **cors(settings.cors_origins))
    app.add_middleware(Edge)
    # Outside of it: the last is the first to be passed.
    app.add_middleware(Telemetry)
    for kind, handler in errors.HANDLERS.items():
        app.add_exception_handler(kind, handler)
    return app


def cors(origins: Sequence[str]) -> dict[str, Any]:
    """What pages of other hosts may do: everything, in the name of whoever signed in there (Fetch Standard, section 3.2)."""
    return {
        "allow_origins": origins,
        "allow_credentials": True,
        "allow_methods": ["GET", "POST", "PUT", "PATCH", "DELETE"],
        "allow_headers": ["Authorization", "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match", "X-Request-Id"],
        "expose_headers": ["ETag", "Location", "RateLimit", "RateLimit-Policy", "Retry-After", "X-Request-Id"],
    }


def server(settings: Settings) -> uvicorn.Server:
    """The HTTP server with the gateway in it."""
    host, _, port = settings.bind.rpartition(":")
    config = uvicorn.Config(
        create(settings),
        host=host,
        port=int(port),
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_max_size=MAX_MESSAGE_BYTES,
        log_config=None,
        access_log=False,
        server_header=False,
        # Who the client is and whether it came by TLS is believed of these alone.
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    return uvicorn.Server(config)


def main() -> None:
    settings = read(Settings, "gateway")
    logs.configure(settings.log_level, "gateway", settings.log_format)
    tracing.start("gateway")
    metrics.serve("gateway", settings.metrics_bind)
    serving = server(settings)
    serving.run()
    if not serving.started:
        sys.exit(f"The gateway did not start on {settings.bind}; the log above says why.")
