"""Keys with which programs call."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, update

from chassis.auth import Verifier
from chassis.testing import error_of
from chassis.times import now
from core_svc.api_keys.models import COARSE, ApiKey
from core_svc.api_keys.repository import LIMIT
from core_svc.revocations.repository import RevocationRepository
from pm.core.v1 import api_keys_pb2 as pb
from pm.core.v1 import users_pb2

READ = "catalog.products.read"


@pytest.fixture
async def ann(add_user, login, bearer):
    """A viewer who signed in: the user and the metadata of calls."""
    user = await add_user("ann", roles=["viewer"])
    return user, bearer(await login("ann"))


@pytest.fixture
def make(api_keys, ann):
    async def call(*permissions, metadata=ann[1], **fields):
        request = pb.CreateMyApiKeyRequest(name="nightly", permissions=permissions, **fields)
        return await api_keys.CreateMyApiKey(request, metadata=metadata)

    return call


@pytest.fixture
def exchange(api_keys, as_service):
    async def call(secret):
        request = pb.ExchangeApiKeyRequest(secret=secret)
        return await api_keys.ExchangeApiKey(request, metadata=as_service("gateway", "core-svc"))

    return call


@pytest.fixture
def change_user(users, admin):
    async def call(id, **fields):
        user = users_pb2.User(id=id, **fields)
        await users.UpdateUser(users_pb2.UpdateUserRequest(user=user, update_mask={"paths": list(fields)}), metadata=admin)

    return call


async def test_a_key_is_exchanged_for_a_short_token_with_its_permissions(ann, make, exchange, keys_dir):
    made = await make(READ, READ, "core.me.read")

    answer = await exchange(made.secret)

    principal = Verifier("catalog-svc", keys_dir).verify(answer.access_token)
    assert (principal.user_id, principal.session, principal.api_key) == (ann[0].id, made.api_key.id, True)
    assert principal.permissions == {READ, "core.me.read"}
    assert principal.expires <= now().timestamp() + answer.expires_in == pytest.approx(now().timestamp() + 300, abs=5)


async def test_a_key_is_shown_once_and_kept_as_a_hash(ann, make, api_keys, database):
    made = await make(READ)
    listed = (await api_keys.ListMyApiKeys(pb.ListMyApiKeysRequest(), metadata=ann[1])).api_keys

    assert list(listed) == [made.api_key]
    assert made.secret.startswith(made.api_key.prefix) and len(made.api_key.prefix) < 20
    assert made.secret not in str(listed)
    async with database.transaction() as session:
        assert made.secret not in str(vars((await session.scalars(select(ApiKey))).one()))


async def test_nobody_makes_a_key_that_may_do_more(make, as_user):
    assert (await error_of(make("catalog.products.write"))).reason == "PERMISSIONS_NOT_HELD"
    assert (await error_of(make())).reason == "INVALID_MESSAGE"


async def test_what_the_owner_loses_the_key_loses(ann, make, exchange, change_user, database, keys_dir):
    made = await make(READ, "core.me.read")
    await change_user(ann[0].id, roles=["manager"])
    await change_user(ann[0].id, roles=[])

    principal = Verifier("catalog-svc", keys_dir).verify((await exchange(made.secret)).access_token)

    assert principal.permissions == frozenset()
    async with database.transaction() as session:
        assert ann[0].id in {str(one.subject) for one in await RevocationRepository(session).since(None)}


async def test_a_key_of_a_user_who_is_not_active_opens_nothing(ann, make, exchange, change_user):
    made = await make(READ)
    await change_user(ann[0].id, active=False)

    assert (await error_of(exchange(made.secret))).reason == "INVALID_API_KEY"


async def test_a_revoked_key_opens_nothing_and_what_was_exchanged_is_revoked(ann, make, exchange, api_keys, database):
    made = await make(READ)
    await exchange(made.secret)

    await api_keys.DeleteMyApiKey(pb.DeleteMyApiKeyRequest(id=made.api_key.id), metadata=ann[1])

    assert (await error_of(exchange(made.secret))).reason == "INVALID_API_KEY"
    assert not (await api_keys.ListMyApiKeys(pb.ListMyApiKeysRequest(), metadata=ann[1])).api_keys
    async with database.transaction() as session:
        assert [str(one.subject) for one in await RevocationRepository(session).since(None)] == [made.api_key.id]


async def test_a_key_is_revoked_by_its_owner_or_an_administrator(add_user, login, bearer, make, exchange, api_keys, admin, ann):
    await add_user("bob")
    made = await make(READ)
    by_bob = bearer(await login("bob"))

    stranger = api_keys.DeleteMyApiKey(pb.DeleteMyApiKeyRequest(id=made.api_key.id), metadata=by_bob)
    assert (await error_of(stranger)).reason == "API_KEY_NOT_FOUND"
    assert (await api_keys.ListApiKeys(pb.ListApiKeysRequest(user_id=ann[0].id), metadata=admin)).api_keys
    await api_keys.DeleteApiKey(pb.DeleteApiKeyRequest(id=made.api_key.id), metadata=admin)

    assert (await error_of(exchange(made.secret))).reason == "INVALID_API_KEY"


async def test_a_key_expires(make, exchange, database):
    made = await make(READ, expire_days=1)
    assert made.api_key.expire_time.ToDatetime() - made.api_key.create_time.ToDatetime() <= timedelta(days=1, seconds=1)
    async with database.transaction() as session:
        await session.execute(update(ApiKey).values(expire_time=ApiKey.expire_time - timedelta(days=1)))

    assert (await error_of(exchange(made.secret))).reason == "INVALID_API_KEY"


@pytest.mark.parametrize("guess", ["pmk_", "pmk_x", "pmk_é", "x", "eyJ.x.y", "pmk_" + "A" * 64])
async def test_a_guess_opens_nothing(exchange, guess):
    assert (await error_of(exchange(guess))).reason == "INVALID_API_KEY"


async def test_the_secret_of_one_key_does_not_open_another(make, exchange):
    one, other = await make(READ), await make(READ)

    mixed = one.secret[:24] + other.secret[24:]

    assert (await error_of(exchange(mixed))).reason == "INVALID_API_KEY"


async def test_the_last_use_is_noted_now_and_then(make, exchange, database):
    made = await make(READ)

    async def last_use():
        async with database.transaction() as session:
            return await session.scalar(select(ApiKey.last_use_time))

    assert await last_use() is None
    await exchange(made.secret)
    first = await last_use()
    await exchange(made.secret)
    assert await last_use() == first

    async with database.transaction() as session:
        await session.execute(update(ApiKey).values(last_use_time=ApiKey.last_use_time - COARSE))
    await exchange(made.secret)
    assert await last_use() > first


async def test_a_key_makes_no_keys(api_keys, make, exchange):
    made = await make(READ)
    metadata = (("authorization", f"Bearer {(await exchange(made.secret)).access_token}"),)

    assert (await error_of(make(READ, metadata=metadata))).reason == "SIGN_IN_NEEDED"


async def test_a_user_has_a_hundred_keys_at_most(ann, make, database):
    async with database.transaction() as session:
        session.add_all(ApiKey.make(UUID(ann[0].id), "x", [READ], 1)[0] for _ in range(LIMIT - 1))

    assert await make(READ)
    assert (await error_of(make(READ))).reason == "TOO_MANY_API_KEYS"
