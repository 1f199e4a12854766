"""Sockets that do not say who they are: few of an address, so that one address does not close the door to others."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from gateway.endpoints.live import endpoint
from gateway.tests.live.streams import SECONDS, socket_to

SILENT, OTHER = {"X-Forwarded-For": "203.0.113.9"}, {"X-Forwarded-For": "203.0.113.10"}


@pytest.fixture
async def behind_proxy(settings: Any, serve: Any) -> AsyncIterator[str]:
    """A gateway that believes the proxy on this machine."""
    async with serve(settings.model_copy(update={"trusted_proxies": ("127.0.0.0/8",)})) as url:
        yield url


async def closed_with(url: str, headers: dict[str, str]) -> int:
    """With which code a socket is closed that says a token which is none."""
    async with socket_to(url, **headers) as socket:
        try:
            await socket.send('{"token": "x"}')
            while True:
                await socket.recv()
        except ConnectionClosed as closed:
            assert closed.rcvd is not None
            return closed.rcvd.code


async def expect_no_room(url: str, headers: dict[str, str]) -> None:
    """A client has its socket a moment before the gateway counts it."""
    async with asyncio.timeout(SECONDS):
        while await closed_with(url, headers) != endpoint.TRY_LATER:
            pass


async def test_silent_sockets_of_one_address_leave_room_for_others(behind_proxy: str) -> None:
    async with AsyncExitStack() as silent:
        for _ in range(endpoint.MAX_STRANGERS_OF_ONE_ADDRESS):
            await silent.enter_async_context(socket_to(behind_proxy, **SILENT))
        await expect_no_room(behind_proxy, SILENT)
        assert await closed_with(behind_proxy, OTHER) == 4401
    async with asyncio.timeout(SECONDS):
        while await closed_with(behind_proxy, SILENT) != 4401:
            pass


async def test_a_network_of_one_customer_counts_as_one_address(behind_proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoint, "MAX_STRANGERS_OF_ONE_ADDRESS", 1)
    async with socket_to(behind_proxy, **{"X-Forwarded-For": "2001:db8::1"}):
        await expect_no_room(behind_proxy, {"X-Forwarded-For": "2001:db8::2"})
        assert await closed_with(behind_proxy, {"X-Forwarded-For": "2001:db8:0:1::1"}) == 4401


async def test_all_addresses_together_have_a_limit(behind_proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoint, "MAX_STRANGERS", 1)
    async with socket_to(behind_proxy, **SILENT):
        await expect_no_room(behind_proxy, OTHER)
