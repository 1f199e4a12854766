import asyncio
from contextlib import suppress
from pathlib import Path

import pytest

from chassis.settings import StorageSettings
from chassis.storage import Storage

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\nContent-Type: application/octet-stream\r\n\r\n"


async def _endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answers any request with an object that does not end."""
    with suppress(ConnectionError):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(HEAD)
        while True:
            writer.write(b"x" * 65536)
            await writer.drain()


async def test_a_download_ends_with_whoever_waits_for_it(tmp_path: Path) -> None:
    server = await asyncio.start_server(_endless, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    storage = Storage(StorageSettings(endpoint=f"{host}:{port}", access_key="key", secret_key="secret"))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await storage.download("bucket", "object", tmp_path / "copy")
    kept = (tmp_path / "copy").stat().st_size
    assert kept > 0
    await asyncio.sleep(0.05)
    assert (tmp_path / "copy").stat().st_size == kept
    server.close()
