import asyncio
from pathlib import Path

from chassis import probe
from chassis.health import HealthServicer
from chassis.server import Service
from chassis.settings import ServiceSettings


async def test_a_server_that_serves_and_one_that_is_gone(keys_dir: Path) -> None:
    settings = ServiceSettings(keys_dir=keys_dir)
    service = Service("media-svc", settings, registrations=[], health_servicer=HealthServicer({}))
    address = f"127.0.0.1:{await service.start()}"
    assert await asyncio.to_thread(probe.grpc_serving, address)
    await service.stop()
    assert not await asyncio.to_thread(probe.grpc_serving, address)


async def test_a_gateway_that_answers_and_one_that_is_gone() -> None:
    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        assert await asyncio.to_thread(probe.http_ok, address)
    assert not await asyncio.to_thread(probe.http_ok, address)
