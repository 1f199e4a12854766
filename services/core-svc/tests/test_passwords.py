"""Changing a password, and getting in again without it."""

import asyncio
import threading
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select, update

from chassis.auth import Signer
from chassis.testing import error_of, serving
from core_svc.audit.models import AuditRecord
from core_svc.hashing import Passwords
from core_svc.main import registrations
from core_svc.passwords.models import LIFETIME, PasswordReset
from core_svc.roles.permissions import declared_permissions
from core_svc.throttle.models import name, own_password
from pm.core.v1 import auth_pb2, passwords_pb2_grpc, users_pb2, users_pb2_grpc
from pm.core.v1 import passwords_pb2 as pb

PASSWORD = "correct horse battery"
FRESH = "another horse entirely"
ANOTHER = "01890000-0000-7000-8000-0000000000ff"


@pytest.fixture
def issue(resets, admin):
    async def call(user_id, metadata=admin):
        return await resets.IssuePasswordReset(pb.IssuePasswordResetRequest(user_id=user_id), metadata=metadata)

    return call


@pytest.fixture
def reset(resets):
    async def call(token, password=FRESH):
        return await resets.ResetPassword(pb.ResetPasswordRequest(token=token, new_password=password))

    return call


def change(resets, metadata, current, new=FRESH):
    return resets.ChangeMyPassword(pb.ChangeMyPasswordRequest(current_password=current, new_password=new), metadata=metadata)


async def test_a_changed_password_ends_the_other_sessions(add_user, login, resets, auth, bearer):
    await add_user("ann")
    here, there = await login("ann"), await login("ann")

    await change(resets, bearer(here), PASSWORD)

    def refresh(answer):
        return auth.Refresh(auth_pb2.RefreshRequest(refresh_token=answer.refresh_token))

    assert await refresh(here)
    assert (await error_of(refresh(there))).reason == "SESSION_ENDED"
    assert (await error_of(login("ann"))).reason == "INVALID_CREDENTIALS"
    assert await login("ann", FRESH)


async def test_the_present_password_is_asked_for_and_guesses_of_it_wait(add_user, login, resets, bearer):
    await add_user("ann")
    here = await login("ann")
    free = own_password("").limit.free

    reasons = [(await error_of(change(resets, bearer(here), "not it"))).reason for _ in range(free + 2)]

    assert reasons == ["WRONG_PASSWORD"] * (free + 1) + ["TOO_MANY_ATTEMPTS"]
    assert (await error_of(change(resets, bearer(here), PASSWORD))).reason == "TOO_MANY_ATTEMPTS"


async def test_strangers_who_guess_keep_nobody_from_changing_the_password(add_user, login, resets, bearer):
    await add_user("ann")
    here = await login("ann")
    for _ in range(name("").limit.free + 2):
        await error_of(login("ann", "not it"))

    assert await change(resets, bearer(here), PASSWORD) == pb.ChangeMyPasswordResponse()


async def test_a_short_password_is_refused(add_user, login, resets, bearer):
    await add_user("ann")

    error = await error_of(change(resets, bearer(await login("ann")), PASSWORD, "short"))

    assert (error.reason, list(error.violations)) == ("INVALID_MESSAGE", ["new_password"])


async def test_a_reset_lets_in_once_and_ends_all_sessions(add_user, login, auth, issue, reset):
    ann = await add_user("ann")
    signed_in = await login("ann")
    issued = await issue(ann.id)
    for _ in range(name("").limit.free + 2):  # what brings one here
        await error_of(login("ann", "forgotten"))

    await reset(issued.token)

    assert await login("ann", FRESH)
    assert (await error_of(reset(issued.token))).reason == "INVALID_RESET_TOKEN"
    refresh = auth.Refresh(auth_pb2.RefreshRequest(refresh_token=signed_in.refresh_token))
    assert (await error_of(refresh)).reason == "SESSION_ENDED"


class Waiting(PasswordHasher):
    """Says when it begins to hash, and ends when it may."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.waits, self.begun, self.may_end = False, threading.Event(), threading.Event()

    def hash(self, password: str, *, salt: bytes | None = None) -> str:
        if self.waits:
            self.begun.set()
            self.may_end.wait(60)
        return super().hash(password, salt=salt)


async def test_nobody_waits_while_a_new_password_is_hashed(add_user, issue, database, keys_dir, admin):
    ann = await add_user("ann")
    issued = await issue(ann.id)
    hasher = Waiting()
    served = registrations(database, Passwords(hasher), Signer("core-svc", keys_dir))
    hasher.waits = True
    async with serving("core-svc", keys_dir, served) as channel, asyncio.timeout(30):
        resets, users = passwords_pb2_grpc.PasswordServiceStub(channel), users_pb2_grpc.UserServiceStub(channel)
        request = pb.ResetPasswordRequest(token=issued.token, new_password=FRESH)
        resetting = asyncio.ensure_future(resets.ResetPassword(request))
        await asyncio.to_thread(hasher.begun.wait, 30)
        # This database does one transaction at a time.
        assert (await users.GetUser(users_pb2.GetUserRequest(id=ann.id), metadata=admin)).username == "ann"
        hasher.may_end.set()
        assert await resetting == pb.ResetPasswordResponse()


async def test_a_later_token_replaces_the_one_before(add_user, issue, reset):
    ann = await add_user("ann")
    first, second = await issue(ann.id), await issue(ann.id)

    assert (await error_of(reset(first.token))).reason == "INVALID_RESET_TOKEN"
    assert await reset(second.token) == pb.ResetPasswordResponse()


async def test_a_token_is_good_for_an_hour(add_user, issue, reset, database):
    ann = await add_user("ann")
    issued = await issue(ann.id)
    async with database.transaction() as session:
        await session.execute(update(PasswordReset).values(expire_time=PasswordReset.expire_time - LIFETIME))

    assert (await error_of(reset(issued.token))).reason == "INVALID_RESET_TOKEN"
    assert timedelta(minutes=59) < LIFETIME <= timedelta(hours=1)


async def test_no_token_no_reset(add_user, reset, issue):
    await add_user("ann")

    assert (await error_of(reset("pmp_guess"))).reason == "INVALID_RESET_TOKEN"
    assert (await error_of(issue(ANOTHER))).reason == "USER_NOT_FOUND"


async def test_a_user_who_is_not_active_does_not_get_in_by_a_reset(add_user, issue, reset, users, admin):
    ann = await add_user("ann")
    issued = await issue(ann.id)
    off = users_pb2.UpdateUserRequest(user=users_pb2.User(id=ann.id, active=False), update_mask={"paths": ["active"]})
    await users.UpdateUser(off, metadata=admin)

    assert (await error_of(reset(issued.token))).reason == "INVALID_RESET_TOKEN"


async def test_nobody_resets_the_password_of_who_may_do_more(add_user, issue, as_user):
    boss = await add_user("boss", roles=["admin"])
    all_but_one = as_user(*sorted(declared_permissions())[1:])

    assert (await error_of(issue(boss.id, all_but_one))).reason == "PERMISSIONS_NOT_HELD"


async def test_tokens_and_passwords_are_in_no_table_and_no_record(add_user, issue, reset, database):
    ann = await add_user("ann")
    issued = await issue(ann.id)
    async with database.transaction() as session:
        kept = (await session.scalars(select(PasswordReset))).one()
        assert issued.token not in str(vars(kept))
    await reset(issued.token)

    async with database.transaction() as session:
        records = [str(vars(record)) for record in await session.scalars(select(AuditRecord))]
    assert len(records) == 3
    assert not [record for record in records if issued.token in record or FRESH in record or PASSWORD in record]


async def test_a_password_that_somebody_else_chose_is_to_be_changed(users, add_user, login, resets, issue, reset, bearer):
    async def must_change(password):
        me = await users.GetMe(users_pb2.GetMeRequest(), metadata=bearer(await login("ann", password)))
        return me.must_change_password

    ann = await add_user("ann", roles=["viewer"])
    assert await must_change(PASSWORD)

    await change(resets, bearer(await login("ann")), PASSWORD)
    assert not await must_change(FRESH)

    await reset((await issue(ann.id)).token, PASSWORD)
    assert not await must_change(PASSWORD)
