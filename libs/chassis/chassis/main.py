"""The command line of every service: `python -m <service> serve | migrate`."""

import argparse
import asyncio
import gc
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import uvloop

from chassis import logs, metrics, tracing
from chassis.server import Service
from chassis.settings import ServiceSettings, read

S = TypeVar("S", bound=ServiceSettings)


def run(name: str, settings: type[S], build: Callable[[S, str], Service], *, roles: tuple[str, ...] = ("api",)) -> None:
    """Parse the command and run it. `build(settings, role)` wires the service together inside the event loop."""
    parser = argparse.ArgumentParser(prog=name)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("migrate", help="bring the database to the newest schema")
    serve = commands.add_parser("serve", help="answer calls until stopped")
    serve.add_argument("--role", choices=roles, default=roles[0])
    arguments = parser.parse_args()
    environment = read(settings, name)
    logs.configure(environment.log_level, name, environment.log_format)
    if arguments.command == "migrate":
        # Alembic is a second and a half of imports that a server has no use for.
        from chassis import migrations  # noqa: PLC0415

        migrations.upgrade(_package_directory(build) / "migrations", environment.database_url)
        return

    tracing.start(name)
    metrics.serve(name, environment.metrics_bind)

    async def serve_forever() -> None:
        service = build(environment, arguments.role)
        # What is imported and wired by now lives as long as the process: keep the collector from walking it.
        gc.freeze()
        gc.enable()
        await service.serve()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve_forever())


def _package_directory(build: Callable[[S, str], Service]) -> Path:
    return Path(build.__code__.co_filename).parent
