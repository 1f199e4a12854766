"""A client that costs little: HTTP/1.1 with keep-alive on bare asyncio, for answers of known length.

httpx spends more on a request than the gateway does, and here both share the machine.
"""

import asyncio
import math
import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlsplit

_LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)\r\n", re.IGNORECASE)


class Request(NamedTuple):
    """`body` is JSON; without one it is a GET."""

    path: str
    method: str = "GET"
    body: bytes = b""


def _ignore(_request: Request, _answer: bytes) -> None:
    pass


class Connection(asyncio.Protocol):
    """One connection; one request at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport
        self._received = bytearray()
        self._answer: asyncio.Future[bytes]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            return
        head = bytes(self._received[: end + 2])
        length = _LENGTH.search(head)
        if length is None or head[9:12] != b"200":
            self._fail(f"the gateway answered {head.splitlines()[0].decode()}: {bytes(self._received[end + 4 :])[:300]!r}")
        elif len(self._received) >= end + 4 + int(length[1]):
            body = bytes(self._received[end + 4 :])
            self._received.clear()
            self._answer.set_result(body)

    def connection_lost(self, error: Exception | None) -> None:
        self._fail(f"the gateway closed the connection ({error or 'no error'})")

    def _fail(self, why: str) -> None:
        if hasattr(self, "_answer") and not self._answer.done():
            self._answer.set_exception(ConnectionError(why))

    async def send(self, request: bytes) -> bytes:
        """The body of the answer. Raises ConnectionError for any status but 200."""
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def close(self) -> None:
        self._transport.close()


@dataclass(frozen=True)
class Load:
    """What requests took: each one in ms, and all of them in seconds."""

    milliseconds: Sequence[float]
    seconds: float

    def percentile(self, percent: int) -> float:
        """Nearest rank."""
        return sorted(self.milliseconds)[math.ceil(len(self.milliseconds) * percent / 100) - 1]


def load(
    url: str,
    token: str,
    requests: Iterable[Request],
    connections: int,
    take: Callable[[Request, bytes], None] = _ignore,
    *,
    cached: bool = False,
) -> Load:
    """Send every request over so many connections at once, each when a connection is free for it; `take` gets the answers.

    Answers are made anew unless they may be `cached`. Raises ConnectionError.
    """
    address = urlsplit(url)
    fields = {"Host": address.netloc, "Authorization": f"Bearer {token}"} | ({} if cached else {"Cache-Control": "no-cache"})
    head = " HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return asyncio.run(_load((address.hostname or "", address.port or 80), head.encode(), iter(requests), connections, take))


async def _load(
    address: tuple[str, int], head: bytes, requests: Iterator[Request], connections: int, take: Callable[[Request, bytes], None]
) -> Load:
    milliseconds: list[float] = []

    async def work(connection: Connection) -> None:
        for request in requests:
            began = time.perf_counter()
            answer = await connection.send(_encoded(request, head))
            milliseconds.append((time.perf_counter() - began) * 1000)
            take(request, answer)

    loop = asyncio.get_running_loop()
    opened = [(await loop.create_connection(Connection, *address))[1] for _ in range(connections)]
    try:
        began = time.perf_counter()
        await asyncio.gather(*map(work, opened))
        return Load(milliseconds, time.perf_counter() - began)
    finally:
        for connection in opened:
            connection.close()


def _encoded(request: Request, head: bytes) -> bytes:
    line = f"{request.method} {request.path}".encode() + head
    if not request.body:
        return line + b"\r\n"
    return b"%bContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (line, len(request.body), request.body)
