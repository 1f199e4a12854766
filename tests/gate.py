"""A way to PostgreSQL that can say what a server says while it restarts."""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

SSL_REQUEST = struct.pack("!I", 80877103)
STARTING_UP = b"SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0"


class Gate:
    """Passes connections on to the server of `url`; while it is closed it ends them, and answers new ones that it starts up."""

    def __init__(self, url: str) -> None:
        self._url = urlsplit(url)
        self._passing: set[asyncio.StreamWriter] = set()
        self.closed = False
        self.turned_away = 0

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[str]:
        """The URL of the database behind the gate."""
        server = await asyncio.start_server(self._taken, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server:
            yield self._url._replace(netloc=self._url.netloc.replace(f":{self._url.port}", f":{port}")).geturl()
            self.close()

    def close(self) -> None:
        """As a server that is stopped at once."""
        self.closed = True
        for writer in self._passing:
            writer.close()

    def open(self) -> None:
        """Let connections pass again."""
        self.closed = False

    async def _taken(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if self.closed:
                if (await reader.readexactly(8))[4:] == SSL_REQUEST:
                    writer.write(b"N")
                    await reader.readexactly(8)
                writer.write(b"E" + struct.pack("!I", 4 + len(STARTING_UP)) + STARTING_UP)
                self.turned_away += 1
                return
            answers, asked = await asyncio.open_connection(self._url.hostname, self._url.port)
            self._passing |= {writer, asked}
            await asyncio.gather(_pass_on(reader, asked), _pass_on(answers, writer))
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            self._passing.discard(writer)
            writer.close()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while piece := await reader.read(1 << 16):
            writer.write(piece)
            await writer.drain()
    finally:
        writer.close()
