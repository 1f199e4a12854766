from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from catalog_svc.base import Base
from catalog_svc.suppliers.models import facet_numbers
from chassis.ids import uuid7


class Brand(Base):
    """A brand; two spellings that differ only in case are one."""

    __tablename__ = "brands"
    __table_args__ = (
        CheckConstraint("char_length(name) BETWEEN 1 AND 200", name="name"),
        Index("uq_brands_lower_name", text("lower(name)"), unique=True),
        Index("uq_brands_facet", "facet", unique=True),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    name: Mapped[str]
    facet: Mapped[int] = mapped_column(facet_numbers, server_default=facet_numbers.next_value())


class Category(Base):
    """A category as suppliers write it."""

    __tablename__ = "categories"
    __table_args__ = (
        CheckConstraint("char_length(path) BETWEEN 1 AND 1000", name="path"),
        Index("uq_categories_lower_path", text("lower(path)"), unique=True),
        Index("uq_categories_facet", "facet", unique=True),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    path: Mapped[str]
    facet: Mapped[int] = mapped_column(facet_numbers, server_default=facet_numbers.next_value())
