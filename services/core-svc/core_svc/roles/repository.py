from collections.abc import Collection, Iterable, Sequence
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from core_svc.roles.errors import RoleNotFound, RoleTaken, UnknownPermission, UnknownRole
from core_svc.roles.models import ADMIN, Permission, Role, role_permissions, user_roles
from core_svc.roles.permissions import DefaultRole


class RoleRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def take_turns(self) -> None:
        """Wait until no other transaction is past this point."""
        await self._session.execute(select(func.pg_advisory_xact_lock(func.hashtext("core-svc first start"))))

    async def all(self) -> Sequence[Role]:
        """Every role with its permissions, by name."""
        return (await self._session.scalars(select(Role).options(selectinload(Role.permissions)).order_by(Role.name))).all()

    async def get(self, name: str) -> Role:
        """The role with its permissions, locked until the transaction ends; raises RoleNotFound."""
        role = await self._session.get(Role, name, options=[selectinload(Role.permissions)], with_for_update=True)
        if role is None:
            raise RoleNotFound(name)
        return role

    async def create(self, role: Role) -> None:
        """Add the role; raises RoleTaken."""
        self._session.add(role)
        try:
            await self._session.flush()
        except IntegrityError:
            raise RoleTaken(role.name) from None

    async def delete(self, role: Role) -> None:
        await self._session.execute(delete(role_permissions).where(role_permissions.c.role_name == role.name))
        await self._session.execute(delete(Role).where(Role.name == role.name))

    async def permissions(self) -> list[str]:
        """Every permission there is, by name."""
        return list(await self._session.scalars(select(Permission.name).order_by(Permission.name)))

    async def permissions_named(self, names: Collection[str]) -> list[Permission]:
        """Raises UnknownPermission for any that does not exist."""
        statement = select(Permission).where(Permission.name.in_(names)).order_by(Permission.name)
        permissions = list(await self._session.scalars(statement))
        if unknown := set(names) - {permission.name for permission in permissions}:
            raise UnknownPermission(unknown)
        return permissions

    async def permitted(self, roles: Collection[str]) -> list[str]:
        """What these roles permit together."""
        granted = select(role_permissions.c.permission_name).where(role_permissions.c.role_name.in_(roles)).distinct()
        return list(await self._session.scalars(granted))

    async def holders(self, role: Role) -> Sequence[UUID]:
        """The users who have the role."""
        return (await self._session.scalars(select(user_roles.c.user_id).where(user_roles.c.role_name == role.name))).all()

    async def named(self, names: Collection[str]) -> list[Role]:
        """The roles with these names; raises UnknownRole for any that does not exist."""
        roles = list(await self._session.scalars(select(Role).where(Role.name.in_(names)).order_by(Role.name)))
        if unknown := set(names) - {role.name for role in roles}:
            raise UnknownRole(unknown)
        return roles

    async def sync(self, declared: frozenset[str], defaults: Iterable[DefaultRole]) -> None:
        """Add the permissions and default roles that are missing.

        A default role is granted what is new; what an installation took from it since stays taken, but for admin's. A permission
        no contract declares any more is kept, because the release before, to which one may go back, still asks for it.
        """
        new = await self._add_permissions(declared)
        for role in defaults:
            is_new = await self._add_role(role)
            await self._grant(role.name, role.granted(declared if is_new or role.name == ADMIN else new))

    async def _add_permissions(self, names: frozenset[str]) -> frozenset[str]:
        """Add what is missing of these; returns what was."""
        statement = insert(Permission).values([{"name": name} for name in sorted(names)])
        added = await self._session.scalars(statement.on_conflict_do_nothing().returning(Permission.name))
        return frozenset(added)

    async def _add_role(self, role: DefaultRole) -> bool:
        """Add the role unless it exists; returns whether it was added."""
        statement = insert(Role).values(name=role.name, description=role.description)
        added = await self._session.scalars(statement.on_conflict_do_nothing().returning(Role.name))
        return added.first() is not None

    async def _grant(self, role: str, permissions: frozenset[str]) -> None:
        if permissions:
            grants = [{"role_name": role, "permission_name": permission} for permission in sorted(permissions)]
            await self._session.execute(insert(role_permissions).values(grants).on_conflict_do_nothing())
