"""Sessions and their refresh tokens."""

import asyncio
import base64
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from chassis.auth import Signer, TokenRevoked, Verifier
from chassis.testing import error_of, serving
from chassis.times import now
from core_svc.audit.models import AuditRecord
from core_svc.first_start import prepare
from core_svc.main import registrations
from core_svc.revocations.servicer import RevocationServicer
from core_svc.sessions.models import GRACE, IDLE, LIFETIME, Session
from pm.common.v1 import revocations_pb2
from pm.core.v1 import auth_pb2, auth_pb2_grpc, users_pb2
from pm.core.v1 import sessions_pb2 as pb

PASSWORD = "correct horse battery"
ANOTHER = "01890000-0000-7000-8000-0000000000ff"


@pytest.fixture
def refresh(auth):
    async def call(token):
        return await auth.Refresh(auth_pb2.RefreshRequest(refresh_token=token))

    return call


@pytest.fixture
def pass_time(database):
    """Lets every session's last use and begin lie so much further back."""

    async def call(by):
        async with database.transaction() as session:
            times = {"last_use_time": Session.last_use_time - by, "create_time": Session.create_time - by}
            await session.execute(update(Session).values(expire_time=Session.expire_time - by, **times))

    return call


@pytest.fixture
def actions(database):
    async def call():
        async with database.transaction() as session:
            return list(await session.scalars(select(AuditRecord.action).order_by(AuditRecord.id)))

    return call


@pytest.fixture
def revoked(database):
    async def call():
        answer = await RevocationServicer(database).revoked(revocations_pb2.ListRevocationsRequest())
        return {one.subject for one in answer.revocations}

    return call


async def test_a_session_goes_on_by_tokens_that_are_each_used_once(add_user, login, refresh, keys_dir):
    await add_user("ann", roles=["viewer"])
    first = await login("ann")
    second = await refresh(first.refresh_token)
    third = await refresh(second.refresh_token)

    assert len({first.refresh_token, second.refresh_token, third.refresh_token}) == 3
    principals = [Verifier("catalog-svc", keys_dir).verify(answer.access_token) for answer in (first, second, third)]
    assert len({principal.session for principal in principals}) == 1
    assert len({principal.permissions for principal in principals}) == 1
    assert third.refresh_expires_in == IDLE.total_seconds()


async def test_what_the_roles_permit_shows_with_the_next_token(add_user, login, refresh, users, admin, keys_dir):
    ann = await add_user("ann", roles=["viewer"])
    first = await login("ann")
    changed = users_pb2.UpdateUserRequest(user=users_pb2.User(id=ann.id), update_mask={"paths": ["roles"]})
    await users.UpdateUser(changed, metadata=admin)

    second = await refresh(first.refresh_token)

    assert Verifier("catalog-svc", keys_dir).verify(second.access_token).permissions == frozenset()


async def test_two_tabs_that_refresh_at_once_get_the_same_successor(committed_database, passwords, password_file, keys_dir):
    await prepare(committed_database, passwords, password_file)
    services = registrations(committed_database, passwords, Signer("core-svc", keys_dir))
    async with serving("core-svc", keys_dir, services) as channel:
        auth = auth_pb2_grpc.AuthServiceStub(channel)
        password = password_file.read_text().strip()
        first = await auth.Login(auth_pb2.LoginRequest(username="admin", password=password))
        request = auth_pb2.RefreshRequest(refresh_token=first.refresh_token)

        answers = await asyncio.gather(*(auth.Refresh(request) for _ in range(8)))

        assert len({answer.refresh_token for answer in answers}) == 1
        assert await auth.Refresh(auth_pb2.RefreshRequest(refresh_token=answers[0].refresh_token))


async def test_a_token_that_comes_back_ends_the_session_and_is_told(
    add_user, login, refresh, pass_time, actions, revoked, keys_dir
):
    await add_user("ann")
    first = await login("ann")
    second = await refresh(first.refresh_token)
    await pass_time(GRACE + timedelta(seconds=1))

    assert (await error_of(refresh(first.refresh_token))).reason == "REFRESH_TOKEN_REUSED"
    assert (await error_of(refresh(second.refresh_token))).reason == "SESSION_ENDED"
    assert "auth.refresh_token_reused" in await actions()
    assert await revoked() == {Verifier("core-svc", keys_dir).verify(first.access_token).session}


async def test_a_token_long_past_ends_the_session_even_within_seconds(add_user, login, refresh):
    await add_user("ann")
    first = await login("ann")
    second = await refresh(first.refresh_token)
    third = await refresh(second.refresh_token)

    assert (await error_of(refresh(first.refresh_token))).reason == "REFRESH_TOKEN_REUSED"
    assert (await error_of(refresh(third.refresh_token))).reason == "SESSION_ENDED"


async def test_a_guess_ends_nobodys_session(add_user, login, refresh, auth):
    await add_user("ann")
    token = (await login("ann")).refresh_token
    raw = base64.urlsafe_b64decode(token.removeprefix("pmr_"))
    guesses = [raw[:16] + bytes(32), bytes(16) + raw[16:], raw[:32]]

    for guess in ["", "x", "pmr_", "pmr_é", *("pmr_" + base64.urlsafe_b64encode(each).decode() for each in guesses)]:
        assert (await error_of(refresh(guess))).reason == "INVALID_REFRESH_TOKEN"
        assert (await error_of(auth.Logout(auth_pb2.LogoutRequest(refresh_token=guess)))).reason == "INVALID_REFRESH_TOKEN"

    assert await refresh(token)


async def test_a_session_ends_when_it_is_not_used(add_user, login, refresh, pass_time):
    await add_user("ann")
    answer = await login("ann")

    await pass_time(IDLE)

    assert (await error_of(refresh(answer.refresh_token))).reason == "SESSION_ENDED"


async def test_a_session_ends_some_day_however_much_it_is_used(add_user, login, refresh, pass_time):
    await add_user("ann")
    answer = await login("ann")
    for _ in range(LIFETIME // timedelta(days=10) - 1):
        await pass_time(timedelta(days=10))
        answer = await refresh(answer.refresh_token)

    await pass_time(timedelta(days=10))

    assert (await error_of(refresh(answer.refresh_token))).reason == "SESSION_ENDED"


async def test_logout_ends_one_session(add_user, login, refresh, auth, revoked, actions):
    await add_user("ann")
    here, there = await login("ann"), await login("ann")

    for _ in range(2):  # again does no harm
        await auth.Logout(auth_pb2.LogoutRequest(refresh_token=here.refresh_token))

    assert (await error_of(refresh(here.refresh_token))).reason == "SESSION_ENDED"
    assert await refresh(there.refresh_token)
    assert len(await revoked()) == 1
    assert (await actions()).count("auth.logout") == 1


async def test_the_list_shows_where_one_is_signed_in(add_user, login, sessions, admin, bearer):
    ann = await add_user("ann")
    await add_user("bob")
    here, _, _ = await login("ann"), await login("ann", address="198.51.100.7"), await login("bob")

    own = (await sessions.ListMySessions(pb.ListMySessionsRequest(), metadata=bearer(here))).sessions
    seen = (await sessions.ListSessions(pb.ListSessionsRequest(user_id=ann.id), metadata=admin)).sessions

    assert [(one.address, one.user_agent, one.current) for one in own] == [
        ("198.51.100.7", "a browser", False),
        ("192.0.2.1", "a browser", True),
    ]
    assert [one.id for one in seen] == [one.id for one in own]
    assert not any(one.current for one in seen)
    nobody = await error_of(sessions.ListSessions(pb.ListSessionsRequest(user_id=ANOTHER), metadata=admin))
    assert nobody.reason == "USER_NOT_FOUND"


async def test_one_session_is_ended_by_its_owner_and_nobody_else(add_user, login, sessions, refresh, bearer):
    await add_user("ann")
    await add_user("bob")
    ann, bob = await login("ann"), await login("bob")
    (listed,) = (await sessions.ListMySessions(pb.ListMySessionsRequest(), metadata=bearer(ann))).sessions
    request = pb.DeleteMySessionRequest(id=listed.id)

    assert (await error_of(sessions.DeleteMySession(request, metadata=bearer(bob)))).reason == "SESSION_NOT_FOUND"
    await sessions.DeleteMySession(request, metadata=bearer(ann))

    assert (await error_of(refresh(ann.refresh_token))).reason == "SESSION_ENDED"
    assert (await error_of(sessions.DeleteMySession(request, metadata=bearer(ann)))).reason == "SESSION_NOT_FOUND"


@pytest.mark.parametrize("keep", [False, True])
async def test_one_signs_out_everywhere_or_everywhere_else(add_user, login, sessions, refresh, revoked, keep, bearer):
    await add_user("ann")
    here, there = await login("ann"), await login("ann")

    answer = await sessions.EndMySessions(pb.EndMySessionsRequest(keep_current=keep), metadata=bearer(here))

    assert answer.ended == len(await revoked()) == (1 if keep else 2)
    assert (await error_of(refresh(there.refresh_token))).reason == "SESSION_ENDED"
    if keep:
        assert await refresh(here.refresh_token)


async def test_an_administrator_signs_somebody_out(add_user, login, sessions, refresh, admin):
    ann = await add_user("ann")
    signed_in = await login("ann")

    assert (await sessions.EndSessions(pb.EndSessionsRequest(user_id=ann.id), metadata=admin)).ended == 1

    assert (await error_of(refresh(signed_in.refresh_token))).reason == "SESSION_ENDED"


async def test_revocations_are_told_to_verifiers_since_they_asked(add_user, login, sessions, database, keys_dir, bearer):
    await add_user("ann")
    here = await login("ann")
    verifier = Verifier("catalog-svc", keys_dir)
    before = now()
    await sessions.EndMySessions(pb.EndMySessionsRequest(), metadata=bearer(here))
    answer = await RevocationServicer(database).revoked(revocations_pb2.ListRevocationsRequest())
    (one,) = answer.revocations

    verifier.revocations.note(one.subject, one.issued_until.ToNanoseconds() / 1e9)

    with pytest.raises(TokenRevoked):
        verifier.verify(here.access_token)
    since = revocations_pb2.ListRevocationsRequest()
    since.since.FromDatetime(before)
    assert len((await RevocationServicer(database).revoked(since)).revocations) == 1
    since.since.FromDatetime(now())
    assert not (await RevocationServicer(database).revoked(since)).revocations


async def test_nothing_that_gets_in_is_kept_as_it_is(add_user, login, database):
    await add_user("ann")
    token = (await login("ann")).refresh_token
    raw = base64.urlsafe_b64decode(token.removeprefix("pmr_"))

    async with database.transaction() as session:
        kept = (await session.scalars(select(Session))).one()

    for part in (raw[16:32], raw[32:]):
        assert part not in {kept.seed, kept.family_hash, kept.secret_hash}
    assert PASSWORD not in str(vars(kept))
