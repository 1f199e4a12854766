"""Servers on this machine whose answers a test writes byte by byte, so that they can lie, break off and dawdle."""

import asyncio
import random
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TypeAlias

from fetching.settings import FetchingSettings


@dataclass(frozen=True)
class Asked:
    method: str
    target: str
    # By their names in lower case.
    headers: dict[str, str]


BODY = random.Random(7).randbytes(300_000)
TEXT = b"".join(b"%d;Kaffeetasse %d;%d.90\n" % (n, n * 7919, n % 50) for n in range(20_000))
NEW = b"new" + BODY[:200_000]
TAG = '"v1"'
Answer: TypeAlias = bytes | Callable[[Asked, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Loopback:
    """`answers` are by target; more than one are given one after the other, the last one for ever."""

    address: str = ""
    answers: dict[str, list[Answer]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    connections: int = 0
    most_at_once: int = 0
    _now: int = 0

    def gives(self, target: str, *answers: Answer) -> str:
        """Answer like this at `target`; returns the address of it."""
        self.answers[target] = list(answers)
        return self.address + target

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._now += 1
        self.most_at_once = max(self.most_at_once, self._now)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                while await self._answer(reader, writer):
                    pass
        finally:
            self._now -= 1
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, target, _ = head[0].split(" ")
        pairs = (line.partition(":") for line in head[1:] if line)
        asked = Asked(method, target, {name.lower(): value.strip() for name, _, value in pairs})
        self.asked.append(asked)
        if body := await reader.readexactly(int(asked.headers.get("content-length", "0"))):
            self.bodies.append(body)
        left = self.answers.get(target, [answer(status="404 Not Found")])
        given = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(given, bytes):
            writer.write(given)
        else:
            await given(asked, writer)
        await writer.drain()
        return b"Connection: close" not in (given if isinstance(given, bytes) else b"") and not writer.is_closing()


def answer(body: bytes = b"", status: str = "200 OK", length: int | None = None, **headers: str) -> bytes:
    """An answer; `length` is what it says of its length (-1: nothing), and names of headers have _ for -."""
    told = len(body) if length is None else length
    lines = [f"HTTP/1.1 {status}", *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items())]
    lines += [f"Content-Length: {told}"] if told >= 0 else ["Connection: close"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8") + body


def cut(whole: bytes, after: int) -> Callable[[Asked, asyncio.StreamWriter], Awaitable[None]]:
    """The beginning of an answer, `after` bytes of its body, then nobody."""

    async def give(_: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(whole[: whole.index(b"\r\n\r\n") + 4 + after])
        await writer.drain()
        writer.close()

    return give


@asynccontextmanager
async def loopback(host: str = "127.0.0.1", context: ssl.SSLContext | None = None) -> AsyncIterator[Loopback]:
    found = Loopback()
    server = await asyncio.start_server(found.serve, host, 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    shown = f"[{host}]" if ":" in host else host
    found.address = f"{'https' if context else 'http'}://{shown}:{port}"
    try:
        yield found
    finally:
        server.close()


def settings(**values: object) -> FetchingSettings:
    """Of this machine's environment nothing counts."""
    usual: dict[str, object] = {"inside": ("127.0.0.1", "::1"), "requests_per_second": 1000, "http_proxy": "", "https_proxy": ""}
    return FetchingSettings(**(usual | values))  # type: ignore[arg-type]


class Names:
    """What names stand for: for each look-up the next answer, the last one for ever."""

    def __init__(self, **names: Sequence[Sequence[str]]) -> None:
        self._left = {name: [list(answer) for answer in answers] for name, answers in names.items()}
        self.asked: list[str] = []

    async def look_up(self, host: str, port: int) -> list[str]:
        self.asked.append(host)
        left = self._left.get(host.replace(".", "_"))
        if left is None:
            raise OSError("no such name")
        return left.pop(0) if len(left) > 1 else left[0]


class Kept:
    """A sink that keeps what the last call brought."""

    def __init__(self) -> None:
        self.body = b""
        self.calls = 0

    async def __call__(self, pieces: AsyncIterator[bytes]) -> None:
        self.calls += 1
        self.body = b""
        async for piece in pieces:
            self.body += piece


def part(body: bytes, first: int, of: int | None = None, last: int | None = None, **headers: str) -> bytes:
    """A 206 that says it is the bytes from `first` on."""
    end = len(body) - 1 if last is None else last
    told = {"ETag": TAG, "Content_Range": f"bytes {first}-{end}/{len(body) if of is None else of}"} | headers
    return answer(body[first : end + 1], "206 Partial Content", **told)


def untold(given: bytes, name: str) -> bytes:
    """The same without a header."""
    head, end, body = given.partition(b"\r\n\r\n")
    return b"\r\n".join(line for line in head.split(b"\r\n") if not line.startswith(name.encode() + b":")) + end + body
