"""What a user may do: roles and the permissions they grant. Both are known by name, in tokens as in contracts."""

from sqlalchemy import Column, ForeignKey, Table
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core_svc.base import Base

# The role that always has every permission, and that somebody active always has.
ADMIN = "admin"

role_permissions = Table(
    "role_permissions",
    Base.metadata,
    Column("role_name", ForeignKey("roles.name"), primary_key=True),
    Column("permission_name", ForeignKey("permissions.name"), primary_key=True),
)

user_roles = Table(
    "user_roles",
    Base.metadata,
    Column("user_id", ForeignKey("users.id"), primary_key=True),
    Column("role_name", ForeignKey("roles.name"), primary_key=True, index=True),
)


class Permission(Base):
    """A right that some method of some service asks for, such as `catalog.products.read`."""

    __tablename__ = "permissions"

    name: Mapped[str] = mapped_column(primary_key=True)


class Role(Base):
    """A named set of permissions."""

    __tablename__ = "roles"

    name: Mapped[str] = mapped_column(primary_key=True)
    description: Mapped[str]

    permissions: Mapped[list[Permission]] = relationship(secondary=role_permissions, order_by=Permission.name, lazy="raise")
