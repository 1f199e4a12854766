"""Who may sign in."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, Index, false, func
from sqlalchemy.orm import Mapped, mapped_column, relationship

from chassis.errors import VersionConflict
from chassis.ids import uuid7
from chassis.rules import rules
from chassis.times import now
from core_svc.base import Base
from core_svc.roles.models import ADMIN, Role, user_roles
from core_svc.users.errors import LastAdmin
from pm.core.v1 import users_pb2 as pb

RULES = rules(pb.User.DESCRIPTOR)
USERNAME_INDEX = "uq_users_username"


class User(Base):
    """A person. The password is kept as an Argon2id hash and leaves the service in no form."""

    __tablename__ = "users"
    __table_args__ = (
        CheckConstraint(RULES["username"].check("username"), name="username"),
        CheckConstraint(RULES["display_name"].check("display_name"), name="display_name"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    username: Mapped[str]
    display_name: Mapped[str] = mapped_column(default="")
    password_hash: Mapped[str]
    # Whether somebody else chose the password.
    password_given: Mapped[bool] = mapped_column(default=False, server_default=false())
    active: Mapped[bool] = mapped_column(default=True)
    create_time: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)
    update_time: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)
    last_login_time: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    version: Mapped[int] = mapped_column(default=1)

    roles: Mapped[list[Role]] = relationship(secondary=user_roles, order_by=Role.name, lazy="raise")

    @property
    def is_active_admin(self) -> bool:
        return self.active and any(role.name == ADMIN for role in self.roles)

    def change(self, fields: Mapping[str, object], *, version: int | None, last_admin: bool) -> None:
        """Write these attributes.

        Raises VersionConflict when `version` is given and is not the present one, and LastAdmin when this is the only active
        administrator and would no longer be one.
        """
        if version is not None and version != self.version:
            raise VersionConflict(expected=version, actual=self.version)
        for name, value in fields.items():
            setattr(self, name, value)
        if last_admin and not self.is_active_admin:
            raise LastAdmin(self.id)
        self.update_time = now()
        self.version += 1

    def choose_password(self, password_hash: str) -> None:
        """Take the hash of a password that the user chose. It is no change of the user: the version stays."""
        self.password_hash, self.password_given = password_hash, False

    def sign_in(self) -> None:
        """Note that the user signed in. It is no change of the user: the version stays."""
        self.last_login_time = now()


# Unique without regard to case, so that nobody passes for somebody else.
Index(USERNAME_INDEX, func.lower(User.username), unique=True)
