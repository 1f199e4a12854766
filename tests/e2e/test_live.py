"""A screen that follows the stack: an import by its jobs, its products and its notification, in both forms of the stream."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from api import Api
from websockets.asyncio.client import connect

SECONDS = 60
FEED = "ref;title;price;stock\n{0}-1;Live pen of {0};1.50;3\n{0}-2;Live ink of {0};2.50;4\n"

Events = AsyncIterator[tuple[str, Any]]


@asynccontextmanager
async def by_events(base: str, token: str) -> AsyncIterator[Events]:
    async with (
        httpx.AsyncClient(base_url=base, timeout=SECONDS, headers={"authorization": token}) as client,
        client.stream("GET", "live") as reply,
    ):
        assert reply.headers["content-type"].startswith("text/event-stream")
        yield _read(reply)


async def _read(reply: httpx.Response) -> Events:
    name = ""
    async for line in reply.aiter_lines():
        key, _, value = line.partition(": ")
        if key == "event":
            name = value
        elif key == "data":
            yield name, json.loads(value)


@asynccontextmanager
async def by_socket(base: str, token: str) -> AsyncIterator[Events]:
    async with connect(base.replace("http", "ws", 1) + "live") as socket:
        await socket.send(json.dumps({"token": token.removeprefix("Bearer ")}))
        yield ((message["event"], message.get("data")) async for message in _messages(socket))


async def _messages(socket: Any) -> AsyncIterator[dict[str, Any]]:
    async for text in socket:
        yield json.loads(text)


@pytest.mark.parametrize("form", [by_events, by_socket])
def test_an_import_is_followed_from_its_beginning_to_its_products(api: Api, form: Callable[..., Any]) -> None:
    name = f"Live {form.__name__.removeprefix('by_')}"

    async def follow() -> dict[str, list[Any]]:
        told: dict[str, list[Any]] = {"job": [], "notification": [], "products": [], "unread": []}
        async with asyncio.timeout(SECONDS), form(str(api.http.base_url), str(api.http.headers["Authorization"])) as events:
            async for event, data in events:
                if event == "begin":
                    assert data["subjects"] == ["jobs", "notifications", "products"]
                    importing = asyncio.create_task(asyncio.to_thread(api.run, FEED.format(name).encode(), name))
                elif event in told:
                    told[event].append(data)
                    mine = [each for each in told["notification"] if each["data"].get("supplier_name") == name]
                    if mine and told["products"] and told["unread"][-1]["unread_count"]:
                        break
            job = await importing
        told["run"] = [job]
        return told

    told = asyncio.run(follow())
    (job,) = told["run"]
    states = [each["state"] for each in told["job"] if each["id"] == job["id"]]
    assert (len(states) > 1, states[-1]) == (True, "STATE_DONE")
    assert {each["kind"] for each in told["notification"] if each["subject_id"] == job["id"]} == {"KIND_IMPORT_APPLIED"}
    changed = [each["product_id"] for page in told["products"] for each in page["changes"]]
    titles = {api.get(f"/products/{product_id}")["title"] for product_id in changed}
    assert titles >= {f"Live pen of {name}", f"Live ink of {name}"}
