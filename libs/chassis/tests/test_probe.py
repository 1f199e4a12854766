import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2
from prometheus_client import start_http_server

from chassis import probe
from chassis.health import HealthServicer
from chassis.server import Service
from chassis.settings import ServiceSettings


async def test_a_server_that_serves_one_that_ends_and_one_that_is_gone(keys_dir: Path) -> None:
    settings = ServiceSettings(keys_dir=keys_dir)
    service = Service("media-svc", settings, registrations=[], health_servicer=HealthServicer({}))
    address = f"127.0.0.1:{await service.start()}"
    assert await asyncio.to_thread(probe.grpc_serving, address)
    await service._health.set("", health_pb2.HealthCheckResponse.NOT_SERVING)
    assert not await asyncio.to_thread(probe.grpc_serving, address)
    await service.stop()
    assert not await asyncio.to_thread(probe.grpc_serving, address)


async def test_a_grpc_server_without_health_is_not_serving() -> None:
    server = grpc.aio.server()
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    assert not await asyncio.to_thread(probe.grpc_serving, f"127.0.0.1:{port}")
    await server.stop(None)


async def test_a_gateway_that_answers_one_that_does_not_and_one_that_is_gone() -> None:
    status = "200 OK"

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert (await reader.readline()).startswith(b"GET /health ")
        writer.write(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        assert await asyncio.to_thread(probe.http_ok, address, "/health")
        status = "503 Service Unavailable"
        assert not await asyncio.to_thread(probe.http_ok, address, "/health")
    assert not await asyncio.to_thread(probe.http_ok, address, "/health")


@pytest.fixture
def mute() -> Iterator[str]:
    """The address of one who takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


def test_one_that_hangs_is_not_waited_for(mute: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "PROBE_SECONDS", 0.1)
    assert not probe.grpc_serving(mute)
    assert not probe.http_ok(mute, "/health")


@pytest.mark.parametrize(("arguments", "status"), [(("metrics",), 0), (("grpc",), 1), ((), 2), (("telnet",), 2)])
def test_the_command(arguments: tuple[str, ...], status: int) -> None:
    page, thread = start_http_server(0, "127.0.0.1")
    told = f"0.0.0.0:{page.server_port}"
    done = subprocess.run(
        [sys.executable, "-m", "chassis.probe", *arguments],
        env=os.environ | {"PM_BIND": "0.0.0.0:1", "PM_METRICS_BIND": told},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, bool(done.stderr)) == (status, status == 2)
    page.shutdown()
    thread.join()
