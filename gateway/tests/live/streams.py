"""Streams of either form, read event by event."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect

from pm.catalog.v1.changes_pb2 import ProductChange

PATH = "/api/v1/live"
SECONDS = 15
USER = "01890000-0000-7000-8000-000000000001"
RIGHTS = ("core.jobs.read", "core.me.read", "catalog.products.read")

Say = Callable[..., Any]


def numbered(number: int) -> str:
    return f"01890000-0000-7000-8000-{number:012x}"


def changed(number: int) -> ProductChange:
    return ProductChange(product_id=numbered(number), kinds=[ProductChange.KIND_PRICE], fields=["price"])


class Stream:
    """A stream of either form that is read event by event."""

    def __init__(self, events: AsyncIterator[dict[str, Any]]) -> None:
        self._events = events
        self.last_id = ""

    async def next(self, *but: str) -> tuple[str, Any]:
        """The next event of another name."""
        async with asyncio.timeout(SECONDS):
            async for event in self._events:
                self.last_id = event.get("id", self.last_id)
                if event["event"] not in but:
                    return event["event"], event.get("data")
        raise AssertionError("the stream has ended")


async def lines(reply: httpx.Response) -> AsyncIterator[dict[str, Any]]:
    event: dict[str, Any] = {}
    async for line in reply.aiter_lines():
        name, _, value = line.partition(": ")
        if not line and event:
            yield event
            event = {}
        elif line and name:
            event[name] = json.loads(value) if name == "data" else value


@asynccontextmanager
async def by_events(url: str, token: str, *names: str, last_id: str = "") -> AsyncIterator[Stream]:
    headers = {"authorization": f"Bearer {token}"} | ({"last-event-id": last_id} if last_id else {})
    async with (
        httpx.AsyncClient(base_url=url, timeout=SECONDS, headers=headers) as client,
        client.stream("GET", PATH, params={"subjects": ",".join(names)}) as reply,
    ):
        yield Stream(lines(reply) if reply.status_code == 200 else refused(json.loads(await reply.aread())))


async def refused(problem: dict[str, Any]) -> AsyncIterator[dict[str, Any]]:
    yield {"event": "problem", "data": problem}


@asynccontextmanager
async def socket_to(url: str, **headers: str) -> AsyncIterator[ClientConnection]:
    async with connect(url.replace("http", "ws", 1) + PATH, additional_headers=headers) as socket:
        yield socket


@asynccontextmanager
async def by_socket(url: str, token: str, *names: str, last_id: str = "") -> AsyncIterator[Stream]:
    async with socket_to(url) as socket:
        await socket.send(json.dumps({"token": token, "subjects": list(names), "last_id": last_id}))
        yield Stream(json.loads(message) async for message in socket)
