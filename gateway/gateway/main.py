"""`python -m gateway`: reads the settings, wires the gateway together and serves it."""

import gc
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI

from chassis import logs, metrics, tracing
from chassis.auth import Verifier
from gateway import errors, health, live, openapi, problem_rows, transcoding, uploads
from gateway.edge import Edge
from gateway.routing import Routes
from gateway.services import connect
from gateway.settings import Settings
from gateway.telemetry import Telemetry

GRACE_SECONDS = 5
# Longer than a proxy keeps an idle connection, so that it never sends into one we are closing.
KEEP_ALIVE_SECONDS = 95


def create(settings: Settings) -> FastAPI:
    """The gateway; its channels are opened when it starts."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with connect(settings) as channels:
            verifier = Verifier("gateway", settings.keys_dir)
            contracts = Routes(
                [
                    *transcoding.endpoints(channels, verifier),
                    *uploads.endpoints(channels, verifier, settings),
                    *problem_rows.endpoints(channels, verifier),
                    *live.endpoints(channels, verifier),
                    *openapi.endpoints(),
                ]
            )
            app.router.routes += [contracts, *health.routes(channels)]
            # What is imported and wired by now lives as long as the process: keep the collector from walking it.
            gc.freeze()
            yield

    # Slashes are not corrected: the redirect would be built from the Host header, which anyone may forge.
    app = FastAPI(
        title="ProductsManager",
        openapi_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
        # FastAPI looks for a tracer on every request even when there is none, at a tenth of the gateway's time.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.add_middleware(Edge)
    # Outside of it: the last is the first to be passed.
    app.add_middleware(Telemetry)
    for kind, handler in errors.HANDLERS.items():
        app.add_exception_handler(kind, handler)
    return app


def server(settings: Settings) -> uvicorn.Server:
    """The HTTP server with the gateway in it."""
    host, _, port = settings.bind.rpartition(":")
    config = uvicorn.Config(
        create(settings),
        host=host,
        port=int(port),
        loop="uvloop",
        http="httptools",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    return uvicorn.Server(config)


def main() -> None:
    settings = Settings()
    logs.configure(settings.log_level, "gateway", settings.log_format)
    tracing.start("gateway")
    metrics.serve("gateway", settings.metrics_bind)
    serving = server(settings)
    serving.run()
    if not serving.started:
        sys.exit(f"The gateway did not start on {settings.bind}; the log above says why.")
