"""Ways to a server that can break, and say what a PostgreSQL says while it restarts."""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

SSL_REQUEST = struct.pack("!I", 80877103)
STARTING_UP = b"SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0"


class Line:
    """Passes connections on to a server on this machine, until it is cut."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._passing: set[asyncio.StreamWriter] = set()
        # A connection breaks when this was passed on, before the answer.
        self.last_words = b""

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[int]:
        """The port to connect to."""
        server = await asyncio.start_server(self._taken, "127.0.0.1", 0)
        async with server:
            yield server.sockets[0].getsockname()[1]
            self.cut()

    def cut(self) -> None:
        """Break every connection; new ones pass."""
        for writer in self._passing:
            writer.transport.abort()

    async def _taken(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if await self._admit(reader, writer):
                answers, asked = await asyncio.open_connection("127.0.0.1", self._port)
                self._passing |= {writer, asked}
                await asyncio.gather(self._pass_on(reader, asked, writer), self._pass_on(answers, writer))
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            self._passing.discard(writer)
            writer.close()

    async def _admit(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        return True

    async def _pass_on(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, asking: asyncio.StreamWriter | None = None
    ) -> None:
        try:
            while piece := await reader.read(1 << 16):
                writer.write(piece)
                await writer.drain()
                if asking is not None and self.last_words and self.last_words in piece:
                    asking.transport.abort()
        finally:
            writer.close()


class Gate(Line):
    """A way to PostgreSQL. While it is closed, new connections are told that the server starts up."""

    def __init__(self, url: str) -> None:
        self._url = urlsplit(url)
        super().__init__(self._url.port or 5432)
        self.closed = False
        self.turned_away = 0

    def url(self, port: int) -> str:
        """The URL of the database behind the gate."""
        return self._url._replace(netloc=self._url.netloc.replace(f":{self._url.port}", f":{port}")).geturl()

    def close(self) -> None:
        """As a server that is stopped at once."""
        self.closed = True
        self.cut()

    def open(self) -> None:
        """Let connections pass again."""
        self.closed = False

    async def _admit(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        if self.closed:
            if (await reader.readexactly(8))[4:] == SSL_REQUEST:
                writer.write(b"N")
                await reader.readexactly(8)
            writer.write(b"E" + struct.pack("!I", 4 + len(STARTING_UP)) + STARTING_UP)
            self.turned_away += 1
        return not self.closed
