from sqlalchemy import delete

from core_svc.first_start import prepare
from core_svc.roles.models import role_permissions
from core_svc.roles.permissions import DEFAULT_ROLES, declared_permissions
from core_svc.roles.repository import RoleRepository
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
    assert set(roles["viewer"].permissions) == {name for name in declared if name.endswith(".read")}
    business = {name for name in declared if name.startswith(("catalog.", "imports."))}
    assert set(roles["manager"].permissions) == business | {"core.me.read"}
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
