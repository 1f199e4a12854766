from collections.abc import AsyncIterator, Callable

import pytest
from loopback import Kept, Loopback, Names, loopback, settings

from fetching.fetcher import Fetcher
from fetching.guard import Guard
from fetching.requests import Request


@pytest.fixture
async def server() -> AsyncIterator[Loopback]:
    async with loopback() as found:
        yield found


@pytest.fixture
async def fetcher() -> AsyncIterator[Fetcher]:
    """It may ask 127.0.0.1 and ::1."""
    async with Fetcher(settings()) as fetcher:
        yield fetcher


@pytest.fixture
def fetcher_with() -> Callable[..., Fetcher]:
    """A fetcher that is not opened yet, with names and settings of the test's own."""

    def make(names: Names | None = None, **values: object) -> Fetcher:
        told = settings(**values)
        return Fetcher(told, Guard(told.inside, names.look_up) if names else None)

    return make


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.fixture
def get(fetcher: Fetcher, kept: Kept) -> Callable[..., object]:
    """Fetches an address into `kept`."""

    async def fetch(url: str, limits: object = None, **request: object) -> object:
        return await fetcher.fetch(Request(url, **request), kept, limits)  # type: ignore[arg-type]

    return fetch
