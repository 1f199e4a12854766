from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, DateTime, ForeignKey, Identity, Index, Integer, func, text
from sqlalchemy.orm import Mapped, mapped_column

from catalog_svc.base import Base, facet_numbers
from catalog_svc.fields.paths import MAX_DEPTH, MAX_PATH
from chassis.ids import uuid7
from events.ring import Xid8


class Brand(Base):
    """A brand; two spellings that differ only in case are one.

    `merged_into`: the brand that this name stands for since somebody said so; that one stands for itself.
    """

    __tablename__ = "brands"
    __table_args__ = (
        CheckConstraint("char_length(name) BETWEEN 1 AND 200", name="name"),
        Index("uq_brands_lower_name", text("lower(name)"), unique=True),
        Index("uq_brands_facet", "facet", unique=True),
        # Names that may be one brand's lie side by side.
        Index("ix_brands_key", text("brand_key(name)"), text("lower(name)"), postgresql_where=text("merged_into IS NULL")),
        CheckConstraint("merged_into <> id", name="merged_into"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    name: Mapped[str]
    facet: Mapped[int] = mapped_column(facet_numbers, server_default=facet_numbers.next_value())
    merged_into: Mapped[UUID | None] = mapped_column(ForeignKey("brands.id"))


class BrandRejection(Base):
    """Two brands of which somebody said that they are different ones; the smaller id stands first."""

    __tablename__ = "brand_rejections"
    __table_args__ = (CheckConstraint("brand_id < other_id", name="order"),)

    brand_id: Mapped[UUID] = mapped_column(ForeignKey("brands.id", ondelete="CASCADE"), primary_key=True)
    other_id: Mapped[UUID] = mapped_column(ForeignKey("brands.id", ondelete="CASCADE"), primary_key=True)


class Category(Base):
    """A node of the category tree; siblings whose names differ only in case are one.

    `path`, `depth` and `facets` follow from the ancestors and are written again when one of them is renamed or moved.
    """

    __tablename__ = "categories"
    __table_args__ = (
        CheckConstraint(f"char_length(path) BETWEEN 1 AND {MAX_PATH}", name="path"),
        CheckConstraint(f"char_length(name) BETWEEN 1 AND {MAX_PATH}", name="name"),
        CheckConstraint(f"depth BETWEEN 1 AND {MAX_DEPTH}", name="depth"),
        Index("uq_categories_lower_path", text("lower(path)"), unique=True),
        Index(
            "uq_categories_parent_id_lower_name",
            "parent_id",
            text("lower(name)"),
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        Index("uq_categories_facet", "facet", unique=True),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("categories.id"))
    name: Mapped[str]
    # The names from the root down, joined by " > ".
    path: Mapped[str]
    depth: Mapped[int] = mapped_column(server_default=text("1"))
    facet: Mapped[int] = mapped_column(facet_numbers, server_default=facet_numbers.next_value())
    # The numbers of the ancestors, the root first, and its own: what a product in it carries in product_search.vals.
    facets: Mapped[list[int]] = mapped_column(ARRAY(Integer))


class CategoryPath(Base):
    """Every path by which a category is known: its own and those it had before, which suppliers go on sending."""

    __tablename__ = "category_paths"
    __table_args__ = (
        CheckConstraint(f"char_length(path) BETWEEN 1 AND {MAX_PATH}", name="path"),
        Index("uq_category_paths_lower_path", text("lower(path)"), unique=True),
        Index("ix_category_paths_category_id", "category_id"),
    )

    path: Mapped[str] = mapped_column(primary_key=True)
    category_id: Mapped[UUID] = mapped_column(ForeignKey("categories.id", ondelete="CASCADE"))


class CategoryPlacement(Base):
    """A category that was moved or renamed: its products follow in slices, and the row goes with the last."""

    __tablename__ = "category_placements"
    # For the deletion of a category.
    __table_args__ = (Index("ix_category_placements_category_id", "category_id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    category_id: Mapped[UUID] = mapped_column(ForeignKey("categories.id", ondelete="CASCADE"))
    # The last product that is done.
    after_id: Mapped[UUID] = mapped_column(server_default=text("'00000000-0000-0000-0000-000000000000'"))
    # Else it was renamed only.
    moved: Mapped[bool]
    # Slices begin when no transaction below it runs.
    ready_txid: Mapped[str | None] = mapped_column(Xid8)
    # Who changed the tree, and so what follows from it.
    user_id: Mapped[UUID]
    create_time: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
