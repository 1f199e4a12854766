"""API keys in place of tokens."""

import asyncio
import time
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from chassis.auth import Signer, Verifier
from chassis.errors import Unauthenticated
from gateway.auth import api_keys
from gateway.auth.api_keys import ApiKeys
from gateway.auth.door import Door
from gateway.tests.servicers import KEY_ID, KEY_OWNER, Keys

PATH = "/api/v1/products/01890000-0000-7000-8000-0000000000aa"


@pytest.fixture(autouse=True)
def _fresh(keys: Keys) -> None:
    keys.asked.clear()
    keys.permissions = ["catalog.products.read"]
    keys.refuse = False


def with_key(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


async def test_key_is_exchanged_once_and_its_token_passed_on(
    anonymous: httpx.AsyncClient, keys: Keys, told: Any, keys_dir: Any
) -> None:
    replies = [await anonymous.get(PATH, headers=with_key("pmk_one")) for _ in range(3)]

    assert [reply.status_code for reply in replies] == [200, 200, 200]
    assert keys.asked == ["pmk_one"]
    token = told.metadata["authorization"].removeprefix("Bearer ")
    assert "pmk_" not in str(told.metadata)
    assert Verifier("catalog-svc", keys_dir).verify(token).user_id == KEY_OWNER


async def test_many_requests_at_once_ask_once(anonymous: httpx.AsyncClient, keys: Keys) -> None:
    replies = await asyncio.gather(*(anonymous.get(PATH, headers=with_key("pmk_many")) for _ in range(20)))

    assert {reply.status_code for reply in replies} == {200}
    assert keys.asked == ["pmk_many"]


async def test_key_may_do_what_it_was_made_for_and_nothing_else(anonymous: httpx.AsyncClient) -> None:
    reply = await anonymous.patch(PATH, headers=with_key("pmk_reader"), json={"title": "x"})
    assert (reply.status_code, reply.json()["reason"]) == (403, "MISSING_PERMISSION")
    own = await anonymous.get("/api/v1/me/sessions", headers=with_key("pmk_reader"))
    assert (own.status_code, own.json()["reason"]) == (403, "SIGN_IN_NEEDED")


async def test_refused_key_is_told_so_and_not_asked_about_again_at_once(anonymous: httpx.AsyncClient, keys: Keys) -> None:
    keys.refuse = True
    replies = [await anonymous.get(PATH, headers=with_key("pmk_revoked")) for _ in range(3)]

    assert [(reply.status_code, reply.json()["reason"]) for reply in replies] == [(401, "INVALID_API_KEY")] * 3
    assert keys.asked == ["pmk_revoked"]


@pytest.fixture
async def door(keys_dir: Any, settings: Any) -> AsyncIterator[Door]:
    """A door of its own, whose revocations a test writes."""
    from chassis.client import service_channel

    signer = Signer("gateway", keys_dir)
    async with service_channel(settings.core_address, signer, "core-svc") as core:
        yield Door(Verifier("gateway", keys_dir), signer, ApiKeys(core))


def asked(key: str) -> Any:
    """As much of a request as a door looks at."""
    return SimpleNamespace(headers=with_key(key), scope={})


async def test_token_whose_rights_changed_is_exchanged_anew(door: Door, keys: Keys) -> None:
    before, _ = await door.caller(asked("pmk_changed"))
    keys.permissions = []
    door._verifier.revocations.note(KEY_OWNER, time.time())
    await asyncio.sleep(0.002)  # tokens are told apart by milliseconds

    after, principal = await door.caller(asked("pmk_changed"))

    assert before != after
    assert principal.permissions == frozenset()


async def test_revoked_key_is_refused_although_its_token_lives(door: Door, keys: Keys) -> None:
    await door.caller(asked("pmk_ended"))
    keys.refuse = True
    door._verifier.revocations.note(KEY_ID, time.time() + 10)

    with pytest.raises(Unauthenticated) as refused:
        await door.caller(asked("pmk_ended"))

    assert refused.value.reason == "INVALID_API_KEY"


async def test_token_is_replaced_before_it_ends(door: Door, keys: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    await door.caller(asked("pmk_long"))
    later = time.monotonic() + 300 - api_keys.RENEW_SECONDS
    # Only here: the clock of the event loop is the same, and whoever sleeps by it would sleep five minutes longer.
    monkeypatch.setattr(api_keys, "time", SimpleNamespace(monotonic=lambda: later))

    await door.caller(asked("pmk_long"))

    assert keys.asked == ["pmk_long", "pmk_long"]


async def test_no_key_is_kept_in_memory(door: Door) -> None:
    await door.caller(asked("pmk_hidden"))

    assert b"pmk_hidden" not in door._keys._known
    assert "pmk_hidden" not in str(vars(door._keys))
