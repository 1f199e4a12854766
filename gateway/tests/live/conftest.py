"""Streams of a user with rights, and what services announce to them."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from chassis.auth import Signer
from chassis.invalidation import Announcer
from gateway.tests.live.streams import RIGHTS, USER, Say, by_events, by_socket


@pytest.fixture(autouse=True)
def no_jobs(background: dict[str, Any]) -> Any:
    """The jobs of imports-svc; none yet."""
    background["imports"].jobs[:] = []
    return background["imports"].jobs


@pytest.fixture
async def say(valkey_server: str) -> AsyncIterator[Say]:
    """Announces topics, as a service does."""
    announcer = Announcer(valkey_server, "imports")

    async def announce(*topics: str) -> None:
        await announcer.announce(set(topics))

    yield announce
    await announcer.close()


@pytest.fixture(params=[by_events, by_socket])
def follow(request: pytest.FixtureRequest, url: str, token: Callable[..., str]) -> Any:
    """Opens a stream of a user with all rights, or with those that are given."""

    def opened(*names: str, last_id: str = "", rights: tuple[str, ...] = RIGHTS) -> Any:
        return request.param(url, token(*rights), *names, last_id=last_id)

    return opened


@pytest.fixture
def token(keys_dir: Any) -> Callable[..., str]:
    signer = Signer("core-svc", keys_dir)
    return lambda *rights, user_id=USER, seconds=900: signer.access_token(user_id, list(rights), seconds=seconds)
