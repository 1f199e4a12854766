import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from sqlalchemy import delete

from chassis.testing import error_of
from core_svc.first_start import prepare
from core_svc.revocations.repository import RevocationRepository
from core_svc.roles.models import role_permissions
from core_svc.roles.permissions import DEFAULT_ROLES, declared_permissions
from core_svc.roles.repository import RoleRepository
from pm.core.v1 import roles_pb2
from pm.core.v1 import users_pb2 as pb


async def granted(database):
    async with database.transaction() as session:
        return {role.name: {p.name for p in role.permissions} for role in await RoleRepository(session).all()}


async def sync(database, permissions):
    async with database.transaction() as session:
        await RoleRepository(session).sync(frozenset(permissions), DEFAULT_ROLES)


def test_permissions_are_those_of_every_contract():
    declared = declared_permissions()

    assert {"core.users.write", "core.me.read", "catalog.products.write", "imports.jobs.read"} <= declared
    assert "" not in declared


async def test_the_roles_of_a_first_start(users, admin):
    roles = {role.name: role for role in (await users.ListRoles(pb.ListRolesRequest(), metadata=admin)).roles}
    declared = declared_permissions()

    assert list(roles) == ["admin", "manager", "viewer"]
    assert list(roles["admin"].permissions) == sorted(declared)
    withheld = {"core.audit.read", "core.sessions.read", "core.apikeys.read"}
    assert set(roles["viewer"].permissions) == {name for name in declared if name.endswith(".read")} - withheld
    business = {name for name in declared if name.startswith(("catalog.", "imports."))}
    assert set(roles["manager"].permissions) == business | {"core.jobs.read", "core.jobs.write", "core.me.read"}
    assert all(role.description for role in roles.values())


async def test_a_second_start_changes_nothing(database, passwords, password_file):
    await prepare(database, passwords, password_file)
    first = await granted(database)

    await prepare(database, passwords, password_file)

    assert await granted(database) == first


async def test_a_new_permission_reaches_the_roles_it_belongs_to(database):
    await sync(database, {"core.me.read", "catalog.products.read"})

    await sync(database, {"core.me.read", "catalog.products.read", "catalog.products.write", "media.files.read"})

    assert await granted(database) == {
        "admin": {"core.me.read", "catalog.products.read", "catalog.products.write", "media.files.read"},
        "manager": {"core.me.read", "catalog.products.read", "catalog.products.write"},
        "viewer": {"core.me.read", "catalog.products.read", "media.files.read"},
    }


async def test_what_was_taken_from_a_role_stays_taken_but_for_admin(database):
    await sync(database, {"core.me.read", "catalog.products.read"})
    async with database.transaction() as session:
        await session.execute(delete(role_permissions).where(role_permissions.c.permission_name == "catalog.products.read"))

    await sync(database, {"core.me.read", "catalog.products.read"})

    assert await granted(database) == {
        "admin": {"core.me.read", "catalog.products.read"},
        "manager": {"core.me.read"},
        "viewer": {"core.me.read"},
    }


@pytest.fixture
def change(roles, admin):
    """Changes the fields of a role that are given: `await change("buyer", permissions=[...])`."""

    async def call(name, *, metadata=admin, **fields):
        request = roles_pb2.UpdateRoleRequest(role=pb.Role(name=name, **fields), update_mask=FieldMask(paths=list(fields)))
        return await roles.UpdateRole(request, metadata=metadata)

    return call


@pytest.fixture
def add_role(roles, admin):
    async def call(name, *permissions, metadata=admin):
        return await roles.CreateRole(
            roles_pb2.CreateRoleRequest(role=pb.Role(name=name, permissions=permissions)), metadata=metadata
        )

    return call


async def test_a_role_is_made_changed_and_deleted(users, roles, admin, add_role, change):
    assert (await add_role("buyer", "catalog.products.read")).permissions == ["catalog.products.read"]
    changed = await change("buyer", permissions=["core.me.read", "catalog.products.read"], description="Buys.")
    listed = (await users.ListRoles(pb.ListRolesRequest(), metadata=admin)).roles

    assert changed == next(role for role in listed if role.name == "buyer")
    assert (list(changed.permissions), changed.description) == (["catalog.products.read", "core.me.read"], "Buys.")
    await roles.DeleteRole(roles_pb2.DeleteRoleRequest(name="buyer"), metadata=admin)
    assert (await error_of(change("buyer", description="x"))).reason == "ROLE_NOT_FOUND"


async def test_what_a_role_may_not_be(add_role):
    await add_role("buyer")

    assert (await error_of(add_role("buyer"))).reason == "ROLE_TAKEN"
    assert (await error_of(add_role("seller", "catalog.nothing.read"))).reason == "UNKNOWN_PERMISSION"
    assert (await error_of(add_role("Seller 1"))).reason == "INVALID_MESSAGE"


async def test_nobody_puts_into_a_role_what_he_does_not_have(add_role, change, as_user):
    some = as_user("core.roles.write", "catalog.products.read")

    assert await add_role("buyer", "catalog.products.read", metadata=some)
    refused = [
        await error_of(add_role("seller", "catalog.products.write", metadata=some)),
        await error_of(change("manager", metadata=some, permissions=["core.me.read", "core.users.write"])),
    ]
    assert {error.reason for error in refused} == {"PERMISSIONS_NOT_HELD"}
    assert [error.metadata["missing_permissions"] for error in refused] == ["catalog.products.write", "core.users.write"]
    # What is there already may stay: it is not given.
    assert await change("manager", metadata=some, permissions=["core.me.read"])


async def test_the_roles_of_every_installation_stay_and_admin_as_it_is(roles, admin, change):
    for name in ("admin", "manager", "viewer"):
        error = await error_of(roles.DeleteRole(roles_pb2.DeleteRoleRequest(name=name), metadata=admin))
        assert error.reason == "ROLE_FIXED"
    assert (await error_of(change("admin", permissions=[]))).reason == "ROLE_FIXED"


async def test_a_role_that_somebody_has_is_not_deleted(roles, admin, add_role, add_user):
    await add_role("buyer")
    await add_user("ann", roles=["buyer"])

    error = await error_of(roles.DeleteRole(roles_pb2.DeleteRoleRequest(name="buyer"), metadata=admin))

    assert (error.reason, error.metadata["users"]) == ("ROLE_IN_USE", "1")


async def test_a_changed_role_renews_the_tokens_of_whoever_has_it(database, add_role, add_user, change):
    await add_role("buyer")
    ann, _ = await add_user("ann", roles=["buyer"]), await add_user("bob")

    await change("buyer", permissions=["core.me.read"])

    async with database.transaction() as session:
        assert [str(one.subject) for one in await RevocationRepository(session).since(None)] == [ann.id]


async def test_a_role_that_is_sent_again_is_made_once(roles, admin):
    request = roles_pb2.CreateRoleRequest(role=pb.Role(name="once", permissions=["core.users.read"]), request_id="once")
    first = await roles.CreateRole(request, metadata=admin)
    assert await roles.CreateRole(request, metadata=admin) == first
    request.role.name = "another"
    assert (await error_of(roles.CreateRole(request, metadata=admin))).reason == "REQUEST_ID_REUSED"
