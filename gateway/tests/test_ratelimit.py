"""Callers are held to their limits, whatever becomes of Redis."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractContextManager, AsyncExitStack

import httpx
import limits
import pytest

from chassis.ids import uuid7
from gateway.auth import ratelimit
from gateway.auth.ratelimit import Counters, Policy, RateLimited
from gateway.settings import Settings
from gateway.tests.servicers import PRODUCT
from productsmanager import ports
from productsmanager.embedded import standalone
from productsmanager.embedded.valkey import Valkey

READ = f"/api/v1/products/{PRODUCT}"
LOGIN = {"username": "ann", "password": "correct horse battery"}
PATIENCE_SECONDS = 30


@pytest.fixture
async def gateway(settings: Settings, serve, valkey_server: str) -> AsyncIterator[Callable[..., object]]:
    """Starts a gateway with these settings; gives its URL."""
    async with AsyncExitStack() as stack:

        async def start(**changed: object) -> str:
            return await stack.enter_async_context(serve(settings.model_copy(update=changed)))

        yield start


@pytest.fixture
def user(as_user) -> Callable[[str], httpx.AsyncClient]:
    """A client of a new user of the gateway at a URL."""

    def client(url: str) -> httpx.AsyncClient:
        metadata = as_user("catalog.products.read", user_id=str(uuid7()))
        return httpx.AsyncClient(base_url=url, timeout=20, headers=dict(metadata))

    return client


async def until(met: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            if await met():
                return
            await asyncio.sleep(0.2)


async def statuses(client: httpx.AsyncClient, path: str, count: int, **headers: str) -> list[int]:
    return [(await client.get(path, headers=headers)).status_code for _ in range(count)]


async def test_a_user_is_told_what_is_left_and_refused_when_nothing_is(gateway, user) -> None:
    url = await gateway(rate_limit_user="3/minute")
    ann, bob = user(url), user(url)
    first = await ann.get(READ)
    assert first.status_code == 200
    assert first.headers["ratelimit-policy"] == '"user";q=3;w=60'
    assert re.fullmatch(r'"user";r=2;t=[0-9]{1,2}', first.headers["ratelimit"])
    assert await statuses(ann, READ, 2) == [200, 200]
    refused = await ann.get(READ)
    assert (refused.status_code, refused.json()["reason"]) == (429, "RATE_LIMITED")
    assert refused.headers["content-type"] == "application/problem+json"
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert refused.headers["ratelimit"] == f'"user";r=0;t={refused.headers["retry-after"]}'
    # Another user has a limit of their own, from the same address.
    assert await statuses(bob, READ, 1) == [200]


async def test_a_refusal_ends_with_its_time(gateway, user) -> None:
    ann = user(await gateway(rate_limit_user="2/2 seconds"))
    assert await statuses(ann, READ, 3) == [200, 200, 429]

    async def admitted() -> bool:
        return await statuses(ann, READ, 1) == [200]

    await until(admitted)


async def test_dear_routes_count_more(gateway, user) -> None:
    ann = user(await gateway(rate_limit_user="6/minute"))
    search = await ann.get("/api/v1/products:search?query=pen")
    assert search.headers["ratelimit"].startswith('"user";r=1;')
    assert await statuses(ann, READ, 2) == [200, 429]
    assert (await ann.get("/api/v1/openapi.json")).status_code == 429
    # Health is asked by machines, and says nothing of anybody.
    assert (await ann.get("/health")).status_code == 200


async def test_an_api_key_has_a_limit_of_its_own(gateway) -> None:
    url = await gateway(rate_limit_api_key="2/minute", rate_limit_user="1/minute")
    async with httpx.AsyncClient(base_url=url, timeout=20, headers={"authorization": f"Bearer pmk_{uuid7()}"}) as program:
        first = await program.get(READ)
        assert first.headers["ratelimit-policy"] == '"api-key";q=2;w=60'
        assert await statuses(program, READ, 2) == [200, 429]


async def test_whoever_shows_nothing_valid_counts_by_address(gateway, user) -> None:
    # IPv6 documentation addresses, so that no other test counts with this one.
    url = await gateway(rate_limit_address="2/minute", trusted_proxies=("127.0.0.1/32",))
    stranger = {"x-forwarded-for": "2001:db8:1::1"}
    async with httpx.AsyncClient(base_url=url, timeout=20) as client:
        assert (await client.post("/api/v1/auth/login", json=LOGIN, headers=stranger)).status_code == 200
        assert (await client.get(READ, headers=stranger | {"authorization": "Bearer nonsense"})).status_code == 401
        # The same customer's network.
        refused = await client.post("/api/v1/auth/login", json=LOGIN, headers={"x-forwarded-for": "2001:db8:1::2"})
        assert (refused.status_code, refused.headers["ratelimit-policy"]) == (429, '"address";q=2;w=60')
        assert (
            await client.post("/api/v1/auth/login", json=LOGIN, headers={"x-forwarded-for": "2001:db8:2::1"})
        ).status_code == 200
    # Who is known does not suffer from strangers at the same address.
    assert await statuses(user(url), READ, 3, **stranger) == [200, 200, 200]


async def test_keys_that_are_guessed_are_not_asked_about_without_end(gateway, keys) -> None:
    url = await gateway(rate_limit_address="3/minute", trusted_proxies=("127.0.0.1/32",))
    keys.refuse, asked = True, len(keys.asked)
    try:
        async with httpx.AsyncClient(base_url=url, timeout=20, headers={"x-forwarded-for": "2001:db8:3::1"}) as client:
            answers = [
                (await client.get(READ, headers={"authorization": f"Bearer pmk_{uuid7()}"})).status_code for _ in range(10)
            ]
    finally:
        keys.refuse = False
    assert answers[:3] == [401] * 3
    assert set(answers[3:]) == {429}
    # One more may be asked about before it is known that the address has nothing left.
    assert len(keys.asked) - asked <= 2 * 4


async def test_only_a_trusted_proxy_says_who_the_client_is(gateway) -> None:
    url = await gateway(rate_limit_address="1/minute", trusted_proxies=("192.0.2.0/24",))
    async with httpx.AsyncClient(base_url=url, timeout=20) as client:
        answers = [
            (await client.get("/api/v1/openapi.json", headers={"x-forwarded-for": f"203.0.113.{number}"})).status_code
            for number in range(3)
        ]
    assert answers[1:] == [429, 429]


async def test_limits_can_be_switched_off(gateway, user, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PM_RATE_LIMIT_USER", "off")
    assert Settings().rate_limit_user is None
    answer = await user(await gateway(rate_limit_user=None)).get(READ)
    assert (answer.status_code, "ratelimit" in answer.headers) == (200, False)
    monkeypatch.setenv("PM_RATE_LIMIT_USER", "many")
    with pytest.raises(ValueError, match="rate_limit_user"):
        Settings()


async def test_two_gateways_count_together(gateway, user, as_user) -> None:
    urls = [await gateway(rate_limit_user="4/minute") for _ in range(2)]
    metadata = dict(as_user("catalog.products.read", user_id=str(uuid7())))
    answers = []
    for number in range(6):
        async with httpx.AsyncClient(base_url=urls[number % 2], timeout=20, headers=metadata) as client:
            answers += await statuses(client, READ, 1)
    assert answers == [200, 200, 200, 200, 429, 429]


async def test_lots_add_up_to_the_limit(valkey_server: str) -> None:
    policy = Policy("user", limits.parse("1000/hour"))
    replicas, caller = [Counters(valkey_server) for _ in range(2)], str(uuid7())
    taken = 0
    refused: set[int] = set()
    while len(refused) < len(replicas):
        for number, counters in enumerate(replicas):
            try:
                await counters.take(policy, caller, 3)
                taken += 3
            except RateLimited:
                refused.add(number)
    # Each may have the rest of one lot left that is too little for this cost.
    assert 1000 - 2 * 2 - 2 <= taken <= 1000


@pytest.fixture
def own_valkey(tmp_path_factory: pytest.TempPathFactory) -> Valkey:
    return Valkey(tmp_path_factory.mktemp("limits") / "valkey", ports.choose(()), "unguessed")


async def test_without_redis_each_gateway_counts_alone_until_it_is_back(
    gateway, as_user, own_valkey: Valkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ratelimit, "AWAY_SECONDS", 0.5)
    urls = [await gateway(rate_limit_user="4/minute", redis_url=own_valkey.url(0)) for _ in range(2)]

    async def answers(user_id: str) -> list[int]:
        """Of six requests, to one gateway and the other in turn."""
        found = []
        for number in range(6):
            metadata = dict(as_user("catalog.products.read", user_id=user_id))
            async with httpx.AsyncClient(base_url=urls[number % 2], timeout=20, headers=metadata) as client:
                found += await statuses(client, READ, 1)
        return found

    with running(own_valkey):
        assert await answers(str(uuid7())) == [200] * 4 + [429] * 2
    assert await answers(str(uuid7())) == [200] * 6
    with running(own_valkey):

        async def together() -> bool:
            return (await answers(str(uuid7()))).count(200) == 4

        await until(together)


def running(server: Valkey) -> AbstractContextManager[None]:
    return standalone.serving(server.process())


async def test_a_redis_that_does_not_answer_is_not_waited_for_each_time(as_user) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    counters, policy = Counters(f"redis://127.0.0.1:{port}/0"), Policy("user", limits.parse("10/minute"))
    for _ in range(10):
        await counters.take(policy, "ann", 1)
    with pytest.raises(RateLimited):
        await counters.take(policy, "ann", 1)
    server.close()
