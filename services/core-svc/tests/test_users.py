import asyncio

import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from chassis.ids import uuid7
from chassis.testing import error_of, statements
from core_svc.first_start import prepare
from core_svc.revocations.repository import RevocationRepository
from core_svc.roles.repository import RoleRepository
from core_svc.users.errors import LastAdmin
from core_svc.users.models import User
from core_svc.users.repository import UserRepository
from pm.core.v1 import auth_pb2
from pm.core.v1 import users_pb2 as pb

PASSWORD = "correct horse battery"


@pytest.fixture
def update(users, admin):
    """Updates with a mask made of the fields that are given: `await update(ann.id, active=False)`."""

    async def call(id, *, version=None, **fields):
        user = pb.User(id=id, **fields)
        request = pb.UpdateUserRequest(user=user, update_mask=FieldMask(paths=list(fields)), version=version)
        return await users.UpdateUser(request, metadata=admin)

    return call


async def the_admin(users, metadata):
    page = await users.ListUsers(pb.ListUsersRequest(), metadata=metadata)
    return next(user for user in page.users if user.username == "admin")


async def test_a_new_user_is_read_back_as_it_was_written(users, admin, add_user):
    made = await add_user("ann", display_name="Ann Ångström", roles=["viewer", "manager", "viewer"])

    assert made == await users.GetUser(pb.GetUserRequest(id=made.id), metadata=admin)
    assert (made.username, made.display_name, made.active, made.version) == ("ann", "Ann Ångström", True, 1)
    assert made.roles == ["manager", "viewer"]
    assert 0 < made.create_time.ToNanoseconds() <= made.update_time.ToNanoseconds()


async def test_a_user_may_be_added_inactive(add_user):
    assert not (await add_user("ann", active=False)).active


async def test_a_name_is_taken_in_any_case(add_user):
    await add_user("ann")

    error = await error_of(add_user("ANN"))

    assert (error.reason, error.metadata) == ("USERNAME_TAKEN", {"username": "ANN"})


@pytest.mark.parametrize(
    ("request_", "field", "reason"),
    [
        (pb.CreateUserRequest(user=pb.User(), password=PASSWORD), "user.username", "USERNAME_MISSING"),
        (pb.CreateUserRequest(user=pb.User(username=""), password=PASSWORD), "user.username", "INVALID_MESSAGE"),
        (pb.CreateUserRequest(user=pb.User(username="a b"), password=PASSWORD), "user.username", "INVALID_MESSAGE"),
        (pb.CreateUserRequest(user=pb.User(username="ann"), password="short"), "password", "INVALID_MESSAGE"),
        (pb.CreateUserRequest(password=PASSWORD), "user", "INVALID_MESSAGE"),
        (
            pb.CreateUserRequest(user=pb.User(username="ann", roles=["viewer", "boss"]), password=PASSWORD),
            "user.roles",
            "UNKNOWN_ROLE",
        ),
    ],
)
async def test_a_bad_user_is_refused_with_its_field(users, admin, request_, field, reason):
    error = await error_of(users.CreateUser(request_, metadata=admin))

    assert (error.reason, list(error.violations)) == (reason, [field])


async def test_an_unknown_user_is_not_found(users, admin, update):
    id = str(uuid7())

    errors = [await error_of(users.GetUser(pb.GetUserRequest(id=id), metadata=admin)), await error_of(update(id, active=True))]

    assert [(error.reason, error.metadata) for error in errors] == [("USER_NOT_FOUND", {"user_id": id})] * 2


async def test_an_update_writes_what_the_mask_names(add_user, update):
    ann = await add_user("ann", display_name="Ann", roles=["viewer"])

    renamed = await update(ann.id, display_name="Ann B.")
    assert (renamed.display_name, renamed.roles, renamed.active, renamed.version) == ("Ann B.", ["viewer"], True, 2)
    assert renamed.update_time.ToNanoseconds() > ann.update_time.ToNanoseconds()
    moved = await update(ann.id, roles=["manager"])
    assert (moved.display_name, moved.roles, moved.version) == ("Ann B.", ["manager"], 3)
    emptied = await update(ann.id, display_name="", roles=[])
    assert (emptied.display_name, emptied.roles, emptied.version) == ("", [], 4)


async def test_without_a_mask_the_fields_that_are_set_are_written(users, admin, add_user):
    ann = await add_user("ann", display_name="Ann", roles=["viewer"])

    after = await users.UpdateUser(pb.UpdateUserRequest(user=pb.User(id=ann.id, active=False)), metadata=admin)

    assert (after.active, after.display_name, after.roles) == (False, "Ann", ["viewer"])


async def test_an_update_of_an_older_version_is_refused(users, admin, add_user, update):
    ann = await add_user("ann")
    await update(ann.id, display_name="first", version=1)

    error = await error_of(update(ann.id, display_name="second", version=1))

    assert (error.reason, error.metadata) == ("VERSION_CONFLICT", {"expected_version": "1", "actual_version": "2"})
    assert (await users.GetUser(pb.GetUserRequest(id=ann.id), metadata=admin)).display_name == "first"


async def test_a_name_stays_and_a_role_must_exist(add_user, update):
    ann = await add_user("ann")

    assert (await error_of(update(ann.id, username="bob"))).reason == "INVALID_MASK"
    error = await error_of(update(ann.id, roles=["boss"]))
    assert (error.reason, error.violations) == ("UNKNOWN_ROLE", {"user.roles": "unknown: boss"})
    assert (await error_of(update("no uuid", active=True))).violations == {"user.id": "must be a UUID"}


async def test_the_last_active_admin_stays_one(users, admin, add_user, update):
    first = await the_admin(users, admin)
    await add_user("idle", roles=["admin"], active=False)

    assert (await error_of(update(first.id, active=False))).reason == "LAST_ADMIN"
    assert (await error_of(update(first.id, roles=["viewer"]))).reason == "LAST_ADMIN"
    assert (await update(first.id, roles=["admin", "viewer"])).roles == ["admin", "viewer"]

    second = await add_user("ann", roles=["admin"])
    assert not (await update(first.id, active=False)).active
    assert (await error_of(update(second.id, active=False))).reason == "LAST_ADMIN"


async def test_of_two_admins_who_remove_each_other_at_once_one_stays(committed_database, passwords, password_file):
    await prepare(committed_database, passwords, password_file)
    async with committed_database.transaction() as session:
        first = await UserRepository(session).find("admin")
        second = User(username="ann", password_hash="", roles=await RoleRepository(session).named(["admin"]))
        await UserRepository(session).create(second)

    async def deactivate(session, id):
        users = UserRepository(session)
        user = await users.get(id, for_update=True)
        user.change({"active": False}, version=None, last_admin=await users.is_last_admin(user))

    async def deactivate_second():
        async with committed_database.transaction() as session:
            await deactivate(session, second.id)

    async with committed_database.transaction() as session:
        await deactivate(session, first.id)
        waiting = text("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
        rival = asyncio.create_task(deactivate_second())
        while not rival.done() and not await session.scalar(waiting):  # noqa: ASYNC110  # a lock in PostgreSQL sets no event
            await asyncio.sleep(0.01)

    with pytest.raises(LastAdmin):
        await rival


async def test_a_list_goes_page_by_page_in_the_order_of_creation(users, admin, add_user):
    names = ["admin", *[(await add_user(f"user{number}")).username for number in range(6)]]
    seen, token, sizes = [], "", []
    while True:
        page = await users.ListUsers(pb.ListUsersRequest(page_size=3, page_token=token), metadata=admin)
        seen += [user.username for user in page.users]
        sizes.append(len(page.users))
        token = page.next_page_token
        if not token:
            break

    assert sizes == [3, 3, 1]
    assert sorted(seen) == sorted(names)
    ids = [user.id for user in (await users.ListUsers(pb.ListUsersRequest(), metadata=admin)).users]
    assert ids == sorted(ids)


@pytest.mark.parametrize("token", ["x", "MQ", "bnVsbA", "WyJub25lIiwgMV0", "é"])
async def test_a_forged_page_token_is_refused(users, admin, token):
    error = await error_of(users.ListUsers(pb.ListUsersRequest(page_token=token), metadata=admin))

    assert (error.reason, list(error.violations)) == ("INVALID_PAGE_TOKEN", ["page_token"])


async def test_a_list_asks_as_often_for_many_users_as_for_few(users, admin, add_user, engine):
    counts = []
    for names in (["a"], ["b", "c", "d", "e", "f"]):
        for name in names:
            await add_user(name, roles=["viewer", "manager"])
        with statements(engine) as seen:
            page = await users.ListUsers(pb.ListUsersRequest(), metadata=admin)
        counts.append((len(seen), len(page.users)))

    assert counts[0][0] == counts[1][0]
    assert [users for _, users in counts] == [2, 7]


async def test_me_is_the_user_of_the_token_with_what_it_carries(users, add_user, as_user):
    ann = await add_user("ann", roles=["viewer"])

    me = await users.GetMe(pb.GetMeRequest(), metadata=as_user("core.me.read", "catalog.products.read", user_id=ann.id))

    assert me.user == ann
    assert me.permissions == ["catalog.products.read", "core.me.read"]


async def test_a_password_is_in_no_answer(users, auth, admin, add_user):
    ann = await add_user("ann")
    answers = [
        ann,
        await users.GetUser(pb.GetUserRequest(id=ann.id), metadata=admin),
        await users.ListUsers(pb.ListUsersRequest(), metadata=admin),
        await auth.Login(auth_pb2.LoginRequest(username="ann", password=PASSWORD)),
    ]

    assert not [answer for answer in answers if PASSWORD in str(answer) or "argon2" in str(answer)]


@pytest.mark.parametrize("fields", [{"username": "a b"}, {"username": ""}, {"display_name": "x" * 201}])
async def test_the_database_holds_the_rules_of_the_contract(database, fields):
    with pytest.raises(IntegrityError):
        async with database.transaction() as session:
            session.add(User(**{"username": "ann", "password_hash": "", **fields}))


async def test_nobody_gives_a_role_that_permits_more_than_he_has(users, add_user, as_user):
    some = as_user("core.users.write", "core.me.read")
    ann = await add_user("ann")

    def give(role):
        request = pb.UpdateUserRequest(user=pb.User(id=ann.id, roles=[role]), update_mask=FieldMask(paths=["roles"]))
        return users.UpdateUser(request, metadata=some)

    new = pb.CreateUserRequest(user=pb.User(username="eve", roles=["admin"]), password=PASSWORD)
    assert (await error_of(give("admin"))).reason == "PERMISSIONS_NOT_HELD"
    assert (await error_of(users.CreateUser(new, metadata=some))).reason == "PERMISSIONS_NOT_HELD"


async def test_nobody_changes_a_user_who_may_do_more(users, admin, as_user):
    first = await the_admin(users, admin)
    request = pb.UpdateUserRequest(user=pb.User(id=first.id, active=False), update_mask=FieldMask(paths=["active"]))

    assert (await error_of(users.UpdateUser(request, metadata=as_user("core.users.write")))).reason == "PERMISSIONS_NOT_HELD"


@pytest.mark.parametrize(("change", "ends"), [({"roles": ["viewer"]}, False), ({"active": False}, True)])
async def test_other_roles_renew_a_users_tokens_and_deactivation_ends_the_sessions(
    auth, login, add_user, update, database, change, ends
):
    ann = await add_user("ann")
    signed_in = await login("ann")

    await update(ann.id, **change)

    async with database.transaction() as session:
        revoked = {str(one.subject) for one in await RevocationRepository(session).since(None)}
        assert ann.id in revoked
        assert len(revoked) == 1 + ends
    refresh = auth.Refresh(auth_pb2.RefreshRequest(refresh_token=signed_in.refresh_token))
    if ends:
        assert (await error_of(refresh)).reason == "SESSION_ENDED"
    else:
        assert (await refresh).access_token
