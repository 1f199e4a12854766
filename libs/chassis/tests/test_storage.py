import asyncio
import hashlib
import random
import socket
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
from minio import Minio

from chassis import storage as storages
from chassis.settings import StorageSettings
from chassis.storage import ObjectNotFound, Storage, StorageAway, StorageFailing, Stored

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


async def test_of_an_upload_that_breaks_off_nothing_is_kept(s3_server) -> None:
    settings = StorageSettings(endpoint=s3_server.endpoint, access_key=s3_server.access_key, secret_key=s3_server.secret_key)
    storage = Storage(settings)
    await storage.ensure_bucket("broken")
    piece = b"x" * 1024 * 1024
    reached, ended = asyncio.Event(), []

    async def breaking(*, waits: bool) -> AsyncIterator[bytes]:
        try:
            for _ in range(20):
                yield piece
            reached.set()
            if waits:
                await asyncio.sleep(3600)
            raise ValueError("the sender is gone")
        finally:
            ended.append(waits)

    with pytest.raises(ValueError, match="the sender is gone"):
        await storage.put("broken", "raises", breaking(waits=False))
    reached.clear()
    given_up = asyncio.create_task(storage.put("broken", "cancelled", breaking(waits=True)))
    await asyncio.wait_for(reached.wait(), 60)
    given_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await given_up
    assert ended == [False, True]
    minio = Minio(s3_server.endpoint, s3_server.access_key, s3_server.secret_key, secure=False, region="us-east-1")
    assert list(minio.list_objects("broken", recursive=True)) == []
    assert minio._list_multipart_uploads("broken").uploads == []


async def test_what_was_sent_is_what_is_kept(s3_server, tmp_path: Path) -> None:
    storage = Storage(
        StorageSettings(endpoint=s3_server.endpoint, access_key=s3_server.access_key, secret_key=s3_server.secret_key)
    )
    await storage.ensure_bucket("whole")
    content = random.Random(5).randbytes(19 * 1024 * 1024 + 7)

    async def sent() -> AsyncIterator[bytes]:
        for start in range(0, len(content), 700_001):
            yield content[start : start + 700_001]

    stored = await storage.put("whole", "2026/01/02/préis (1)+#?.csv", sent())
    assert stored == Stored(len(content), hashlib.sha256(content).hexdigest())
    await storage.download("whole", "2026/01/02/préis (1)+#?.csv", tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == content
    await storage.remove("whole", "2026/01/02/préis (1)+#?.csv")
    with pytest.raises(ObjectNotFound):
        await storage.download("whole", "2026/01/02/préis (1)+#?.csv", tmp_path / "none")


async def test_a_store_that_takes_connections_and_says_nothing_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storages, "CONNECT_SECONDS", 0.3)
    monkeypatch.setattr(storages, "READ_SECONDS", 0.3)
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
async def test_a_store_out_of_room_is_not_away(status: str, tmp_path: Path) -> None:
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
    with pytest.raises(StorageFailing, match="make room"):
        await storage.put("bucket", "key", _pieces())
    with pytest.raises(StorageFailing, match="make room"):
        await storage.download("bucket", "key", tmp_path / "copy")
    server.close()
