from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from core_svc.roles.errors import UnknownRole
from core_svc.roles.models import ADMIN, Permission, Role, role_permissions
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
