"""Reads that are answered with what is kept: by two gateways, to readers who may see more and less."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

import httpx
import pytest

from chassis.invalidation import Announcer
from gateway.settings import Settings
from gateway.tests.servicers import PRODUCT, Told

PATH = f"/api/v1/products/{PRODUCT}"
READ, PRICES = "catalog.products.read", "catalog.prices.read"

Client = Callable[..., httpx.AsyncClient]


@pytest.fixture
async def announcer(settings: Settings) -> AsyncIterator[Announcer]:
    """The word of catalog-svc; what tests before kept is out of date."""
    opened = Announcer(settings.redis_url, "catalog")
    await opened.start()
    yield opened
    await opened.close()


@pytest.fixture
async def gateways(
    settings: Settings,
    serve: Callable[[Settings], AbstractAsyncContextManager[str]],
    announcer: Announcer,
) -> AsyncIterator[list[str]]:
    """Two gateways that keep answers, once both hear of changes."""
    keeping = settings.model_copy(update={"cache_bytes": 1_000_000})
    async with serve(keeping) as one, serve(keeping) as other:
        yield [one, other]


@pytest.fixture
def reader(signed_in: Client) -> Client:
    def client(url: str, *permissions: str) -> httpx.AsyncClient:
        return signed_in(*(permissions or (READ, PRICES)), url=url)

    return client


async def kept(client: httpx.AsyncClient, told: Told, path: str = PATH) -> httpx.Response:
    """The answer, as soon as the gateway gives it without asking the service."""
    while True:
        before = len(told.requests)
        reply = await client.get(path)
        if len(told.requests) == before:
            return reply
        await asyncio.sleep(0.02)


async def test_the_service_is_asked_once(gateways: list[str], reader: Client, told: Told) -> None:
    async with reader(gateways[0]) as one, reader(gateways[1]) as other:
        fresh = await one.get(PATH)
        for client in (one, other):
            reply = await kept(client, told)
            assert (reply.json(), reply.headers["etag"]) == (fresh.json(), fresh.headers["etag"])
            unchanged = await client.get(PATH, headers={"if-none-match": reply.headers["etag"]})
            assert (unchanged.status_code, unchanged.content) == (304, b"")


@pytest.mark.parametrize("topics", [{f"product:{PRODUCT}"}, {"catalog"}])
async def test_a_change_is_seen_through_every_gateway(
    gateways: list[str], reader: Client, told: Told, announcer: Announcer, topics: set[str]
) -> None:
    # Written in capitals it is the same product.
    paths = (PATH, f"/api/v1/products/{PRODUCT.upper()}")
    for url in gateways:
        async with reader(url) as client:
            for path in paths:
                await kept(client, told, path)
    told.stock = 5
    await announcer.announce(topics)
    for url in gateways:
        async with reader(url) as client:
            for path in paths:
                while (await client.get(path)).json()["stock"] != told.stock:  # noqa: ASYNC110 - the word is on its way
                    await asyncio.sleep(0.001)
                assert (await kept(client, told, path)).json()["stock"] == told.stock


@pytest.mark.parametrize("first", [(READ, PRICES), (READ,)])
async def test_a_purchase_price_is_not_shown_to_who_may_not_see_it(
    gateways: list[str], reader: Client, told: Told, first: tuple[str, ...]
) -> None:
    for path in (PATH, "/api/v1/products", "/api/v1/products:search?query=boss"):
        for url in gateways:
            async with reader(url, *first) as client:
                assert ("0.79" in (await kept(client, told, path)).text) == (PRICES in first)
        for url in gateways:
            for permissions in ((READ,), (READ, PRICES)):
                async with reader(url, *permissions) as client:
                    for reply in (await client.get(path), await kept(client, told, path)):
                        assert ("0.79" in reply.text) == (PRICES in permissions)


async def test_prices_can_not_be_found_out_by_asking(gateways: list[str], reader: Client) -> None:
    async with reader(gateways[0], READ) as client:
        for asked in (
            "price_min=1&currency=EUR",
            "price_max=1&currency=EUR",
            "sort=SORT_PRICE_ASCENDING&currency=EUR",
            "facets=FACET_PRICE",
        ):
            reply = await client.get(f"/api/v1/products:search?query=boss&{asked}")
            assert (reply.status_code, reply.json()["reason"]) == (403, "MISSING_PERMISSION"), asked
            assert reply.json()["metadata"] == {"permission": PRICES}


async def test_what_is_kept_is_for_those_who_may_read_it(gateways: list[str], reader: Client, told: Told) -> None:
    async with reader(gateways[0]) as client, reader(gateways[0], "imports.jobs.read") as stranger:
        await kept(client, told)
        assert (await stranger.get(PATH)).status_code == 403
        assert (await client.get(PATH, headers={"authorization": "Bearer nonsense"})).status_code == 401


async def test_a_reader_may_ask_past_it(gateways: list[str], reader: Client, told: Told) -> None:
    async with reader(gateways[0]) as client:
        await kept(client, told)
        before = len(told.requests)
        await client.get(PATH, headers={"cache-control": "no-cache"})
        assert len(told.requests) == before + 1


async def test_a_refusal_is_not_kept(gateways: list[str], reader: Client, told: Told) -> None:
    async with reader(gateways[0]) as client:
        await kept(client, told)
        before = len(told.requests)
        for _ in range(2):
            assert (await client.get("/api/v1/products/nonsense")).status_code == 400
        assert len(told.requests) == before
