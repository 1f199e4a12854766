from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, exists, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from chassis.db import violated_constraint
from core_svc.errors import UserNotFound
from core_svc.roles.models import ADMIN, Role, role_permissions, user_roles
from core_svc.users.errors import UsernameTaken
from core_svc.users.models import USERNAME_INDEX, User


class UserRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, id: UUID, *, for_update: bool = False) -> User:
        """The user with roles, locked until the transaction ends when it is for an update; raises UserNotFound."""
        statement = _with_roles().where(User.id == id)
        if for_update:
            statement = statement.with_for_update()
        user = (await self._session.scalars(statement)).one_or_none()
        if user is None:
            raise UserNotFound(id)
        return user

    async def page(self, *, after: UUID | None, limit: int) -> Sequence[User]:
        """Users with roles in the order of their ids, behind `after`."""
        statement = _with_roles().order_by(User.id).limit(limit)
        if after is not None:
            statement = statement.where(User.id > after)
        return (await self._session.scalars(statement)).all()

    async def find(self, username: str) -> User | None:
        """The user of this name in any case, without roles."""
        statement = select(User).where(func.lower(User.username) == func.lower(username))
        return (await self._session.scalars(statement)).one_or_none()

    async def permissions(self, id: UUID) -> list[str]:
        """What the user's roles permit, by name."""
        granted = select(role_permissions.c.permission_name).distinct()
        granted = granted.join(user_roles, user_roles.c.role_name == role_permissions.c.role_name)
        granted = granted.where(user_roles.c.user_id == id).order_by(role_permissions.c.permission_name)
        return list(await self._session.scalars(granted))

    async def none_exists(self) -> bool:
        return not await self._session.scalar(select(exists(select(User.id))))

    async def create(self, user: User) -> None:
        """Add the user; raises UsernameTaken."""
        self._session.add(user)
        try:
            await self._session.flush()
        except IntegrityError as error:
            if violated_constraint(error) == USERNAME_INDEX:
                raise UsernameTaken(user.username) from None
            raise

    async def is_last_admin(self, user: User) -> bool:
        """Whether `user` is the only active administrator; holds until the transaction ends."""
        if not user.is_active_admin:
            return False
        # Two administrators may be removing each other: the second waits here and then sees what the first did.
        await self._session.execute(select(Role.name).where(Role.name == ADMIN).with_for_update(key_share=True))
        others = select(User.id).join(user_roles).where(User.active, User.id != user.id, user_roles.c.role_name == ADMIN)
        return not await self._session.scalar(select(exists(others)))


def _with_roles() -> Select[tuple[User]]:
    return select(User).options(selectinload(User.roles))
