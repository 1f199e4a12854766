import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
import urllib3

from chassis import storage as storages
from chassis.settings import StorageSettings
from chassis.storage import Storage, StorageAway, StorageFailing

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


async def _pieces() -> AsyncIterator[bytes]:
    yield b"x"


async def test_uploads_that_wait_for_their_senders_keep_nobody_else_waiting(s3_server, tmp_path: Path) -> None:
    storage = Storage(
        StorageSettings(endpoint=s3_server.endpoint, access_key=s3_server.access_key, secret_key=s3_server.secret_key)
    )
    await storage.ensure_bucket("slow")
    begun, sent = asyncio.Semaphore(0), asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield b"first, "
        begun.release()
        await sent.wait()
        yield b"last"

    # More than the event loop has threads for everything else.
    uploads = [asyncio.create_task(storage.put("slow", f"file {number}", slowly())) for number in range(40)]
    async with asyncio.timeout(60):
        for _ in uploads:
            await begun.acquire()
        await storage.ping()
        assert (await storage.put("slow", "quick", _pieces())).size == 1
        sent.set()
        await asyncio.gather(*uploads)
    await storage.download("slow", "file 39", tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == b"first, last"


async def test_a_store_that_takes_connections_and_says_nothing_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storages, "TIMEOUT", urllib3.Timeout(connect=0.3, read=0.3))
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        host, port = silent.getsockname()
        storage = Storage(StorageSettings(endpoint=f"{host}:{port}", access_key="key", secret_key="secret"))
        with pytest.raises(StorageAway):
            await storage.put("bucket", "key", _pieces())
        with pytest.raises(StorageAway):
            await storage.download("bucket", "key", tmp_path / "copy")
        with pytest.raises(StorageAway):
            await storage.remove("bucket", "key")


@pytest.mark.parametrize("status", ["500 Internal Server Error", "507 Insufficient Storage"])
async def test_a_store_out_of_room_is_not_away(status: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        body = b"<Error><Code>XMinioStorageFull</Code><Message>no room</Message></Error>"
        writer.write(f"HTTP/1.1 {status}\r\nContent-Type: application/xml\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    storage = Storage(StorageSettings(endpoint=f"{host}:{port}", access_key="key", secret_key="secret"))
    with pytest.raises(StorageFailing, match="make room"):
        await storage.remove("bucket", "key")
    server.close()
