"""A cache's surroundings: what answers are made from, a way to Redis that may break, and more processes that keep answers."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

from chassis.invalidation import slots_of
from gateway.caching.cache import Answer, Cache, Kept

KEPT = Kept("GetThing", 60)
SLOTS = slots_of({"things", "thing:1"})
KEY = "/things/1?"


Open = Callable[..., Awaitable[Cache]]


class Line:
    """The way to Redis, which a test may cut, or stop without closing it."""

    def __init__(self, redis_url: str) -> None:
        self._address = urlsplit(redis_url)
        self._open: set[asyncio.StreamWriter] = set()
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._cut = False

    @asynccontextmanager
    async def laid(self) -> AsyncIterator[str]:
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        yield self._address._replace(netloc=f"{self._address.netloc.rpartition(':')[0]}:{port}").geturl()
        self.cut()
        self.restore()
        server.close()

    def cut(self) -> None:
        self._cut = True
        for writer in self._open:
            writer.transport.abort()

    def stop(self) -> None:
        self._flowing.clear()

    def restore(self) -> None:
        self._cut = False
        self._flowing.set()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._cut:
            writer.transport.abort()
            return
        assert self._address.port
        there, back = await asyncio.open_connection(self._address.hostname, self._address.port)
        ends = {writer, back}
        self._open |= ends
        with suppress(OSError):
            await asyncio.gather(self._carry(reader, back), self._carry(there, writer))
        self._open -= ends
        for end in ends:
            end.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            await self._flowing.wait()
            writer.write(data)
            await writer.drain()
        writer.close()


class Source:
    """What answers are made from: a value that a test changes, read slowly when it says so."""

    def __init__(self) -> None:
        self.value = "old"
        self.reads = 0
        self.reading = asyncio.Event()
        self.go_on = asyncio.Event()
        self.go_on.set()

    async def make(self) -> Answer:
        self.reads += 1
        value = self.value
        self.reading.set()
        await self.go_on.wait()
        return Answer(f'"{value}"', value.encode())


async def until(condition: Callable[[], object]) -> None:
    while not condition():  # noqa: ASYNC110 - nobody tells when
        await asyncio.sleep(0.01)


async def heard(cache: Cache) -> None:
    await until(lambda: cache._changes.heard)


async def unheard(cache: Cache) -> None:
    await until(lambda: not cache._changes.heard)


async def read(cache: Cache, source: Source, key: str = KEY) -> str:
    return (await cache.get(KEPT, key, SLOTS, source.make)).body.decode()
