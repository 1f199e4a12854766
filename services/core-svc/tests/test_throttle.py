"""How guessing is slowed down, and whom it does not concern."""

import asyncio
from datetime import timedelta
from operator import attrgetter

import pytest
from sqlalchemy import select, update

from chassis.auth import Signer
from chassis.testing import error_of, serving
from core_svc.first_start import prepare
from core_svc.main import registrations
from core_svc.throttle.models import MEMORY, Limit, Throttle, address, name
from core_svc.throttle.repository import ThrottleRepository
from core_svc.upkeep import forget
from pm.core.v1 import auth_pb2, auth_pb2_grpc

NAME = name("").limit
ADDRESS = address("").limit
ADDRESSES = [address(f"192.0.2.{number}") for number in range(20)]


@pytest.fixture
def pass_time(database):
    async def call(by):
        async with database.transaction() as session:
            times = {"update_time": Throttle.update_time - by, "blocked_until": Throttle.blocked_until - by}
            await session.execute(update(Throttle).values(**times))

    return call


@pytest.fixture
def guess(login):
    """A sign-in with a wrong password; gives the reason of the refusal."""

    async def call(username, **options):
        return (await error_of(login(username, "not the password", **options))).reason

    return call


def test_the_wait_doubles_up_to_its_limit():
    limit = Limit(free=2, longest=300)

    assert [limit.wait(failures) for failures in (1, 2)] == [None, None]
    waits = [limit.wait(failures).total_seconds() for failures in (3, 4, 5, 11, 12, 10_000)]
    assert waits == [1, 2, 4, 256, 300, 300]


@pytest.mark.parametrize("username", ["ann", "nobody-of-this-name"])
async def test_a_name_waits_whether_it_exists_or_not(add_user, login, guess, username):
    await add_user("ann")
    reasons = [await guess(username, address=f"192.0.2.{number}") for number in range(NAME.free + 2)]

    assert reasons == ["INVALID_CREDENTIALS"] * (NAME.free + 1) + ["TOO_MANY_ATTEMPTS"]
    refused = await error_of(login(username.upper()))
    assert (refused.reason, refused.metadata) == ("TOO_MANY_ATTEMPTS", {"retry_after_seconds": "1"})


async def test_a_name_that_waits_keeps_no_other_from_signing_in(add_user, login, guess):
    await add_user("ann")
    await add_user("bob")
    for _ in range(NAME.free + 2):
        await guess("ann")

    assert await login("bob")


async def test_whoever_is_signed_in_stays_so(add_user, login, guess, auth):
    await add_user("ann")
    session = await login("ann")
    for _ in range(NAME.free + 2):
        await guess("ann")

    assert await auth.Refresh(auth_pb2.RefreshRequest(refresh_token=session.refresh_token))


async def test_after_the_wait_the_password_is_looked_at_again(add_user, login, guess, pass_time):
    await add_user("ann")
    for _ in range(NAME.free + 2):
        await guess("ann")
    await pass_time(timedelta(seconds=2))
    assert await guess("ann") == "INVALID_CREDENTIALS"
    assert (await error_of(login("ann"))).metadata == {"retry_after_seconds": "2"}

    await pass_time(timedelta(seconds=3))

    assert await login("ann")
    assert [await guess("ann") for _ in range(NAME.free)] == ["INVALID_CREDENTIALS"] * NAME.free


async def test_an_address_waits_that_tries_many_names(add_user, login, guess):
    await add_user("ann")
    reasons = [await guess(f"user{number}") for number in range(ADDRESS.free + 2)]

    assert reasons == ["INVALID_CREDENTIALS"] * (ADDRESS.free + 1) + ["TOO_MANY_ATTEMPTS"]
    assert (await error_of(login("ann"))).reason == "TOO_MANY_ATTEMPTS"
    assert await login("ann", address="198.51.100.7")


async def test_whoever_has_a_network_of_addresses_has_no_more_attempts(add_user, login, guess):
    await add_user("ann")
    reasons = [await guess(f"user{number}", address=f"2001:db8:1:2::{number:x}") for number in range(ADDRESS.free + 2)]

    assert reasons == ["INVALID_CREDENTIALS"] * (ADDRESS.free + 1) + ["TOO_MANY_ATTEMPTS"]
    assert (await error_of(login("ann", address="2001:db8:1:2:ffff::1"))).reason == "TOO_MANY_ATTEMPTS"
    assert await login("ann", address="2001:db8:1:3::1")


async def test_a_success_takes_back_no_more_than_itself_of_its_address(add_user, login, guess, database):
    await add_user("ann")
    for number in range(5):
        await guess(f"user{number}")

    await login("ann")

    async with database.transaction() as session:
        assert await session.scalar(select(Throttle.failures).where(Throttle.key == address("192.0.2.1").key)) == 5
        assert await session.get(Throttle, name("ann").key) is None


async def test_failures_are_forgotten_after_a_while(guess, pass_time, database):
    for _ in range(NAME.free + 1):
        await guess("ann")
    await pass_time(MEMORY)

    assert [await guess("ann") for _ in range(NAME.free)] == ["INVALID_CREDENTIALS"] * NAME.free
    await pass_time(timedelta(days=2))
    await forget(database)
    async with database.transaction() as session:
        assert not (await session.scalars(select(Throttle))).all()


async def test_an_address_that_nobody_vouches_for_does_not_count(auth, database):
    told = (("x-client-address", "203.0.113.9"),)
    request = auth_pb2.LoginRequest(username="ann", password="not the password")

    await error_of(auth.Login(request, metadata=told))

    async with database.transaction() as session:
        assert await session.get(Throttle, address("203.0.113.9").key) is None


async def test_many_guesses_at_once_are_as_many_guesses(committed_database, passwords, password_file, keys_dir):
    await prepare(committed_database, passwords, password_file)
    services = registrations(committed_database, passwords, Signer("core-svc", keys_dir))
    async with serving("core-svc", keys_dir, services) as channel:
        auth = auth_pb2_grpc.AuthServiceStub(channel)
        request = auth_pb2.LoginRequest(username="admin", password="not the password")

        refusals = await asyncio.gather(*(error_of(auth.Login(request)) for _ in range(NAME.free + 10)))

    assert [refusal.reason for refusal in refusals].count("INVALID_CREDENTIALS") == NAME.free + 1


async def test_attempts_and_successes_at_once_wait_for_one_another(committed_database):
    """A name and an address whose rows come and go, locked by many at once: none is missed, and none waits in a circle."""
    who = name("ann")
    # Locked before the name, and after it.
    early, late = min(ADDRESSES, key=attrgetter("key")), max(ADDRESSES, key=attrgetter("key"))
    assert early.key < who.key < late.key

    async def sign_in(number):
        for turn in range(100):
            where = early if (number + turn) % 3 else late
            async with committed_database.transaction() as session:
                await ThrottleRepository(session).attempt(who, where)
            async with committed_database.transaction() as session:
                await ThrottleRepository(session).succeed(who, where)

    await asyncio.gather(*[sign_in(number) for number in range(5)])
    async with committed_database.transaction() as session:
        assert [throttle.failures for throttle in await session.scalars(select(Throttle))] == [0, 0]
