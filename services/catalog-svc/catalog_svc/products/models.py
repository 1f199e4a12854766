from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    Numeric,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from catalog_svc.base import Base
from catalog_svc.fields.columns import product_checks, product_columns

# The golden record. Hot columns only: prices and stock live in `product_best`, words in `product_search`.
#
# References without foreign keys, here and on offers: their per-row checks were 40 % of an import. The bulk path proves each
# batch as a set instead (docs/adr/0004), and nothing a reference points at is ever deleted.
Table(
    "products",
    Base.metadata,
    Column("id", Uuid, primary_key=True),
    *product_columns(),
    # Supplier, run, file and row of every value hang on this offer; `locked_fields` are the exceptions a person made.
    Column("winning_offer_id", Uuid),
    Column("locked_fields", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    Column("run_created", Uuid),
    Column("create_time", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("update_time", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("version", Integer, nullable=False, server_default=text("1")),
    # Of one in the trash. Its offers go on, and its codes stay taken.
    Column("trash_time", DateTime(timezone=True)),
    *product_checks(),
    Index("uq_products_gtin", "gtin", unique=True, postgresql_where=text("gtin IS NOT NULL")),
    Index("uq_products_sku", "sku", unique=True, postgresql_where=text("sku IS NOT NULL")),
    # For codes typed with or without their marks.
    Index("ix_products_condensed_sku", text("condensed(sku)"), postgresql_where=text("sku IS NOT NULL")),
    Index("ix_products_condensed_mpn", text("condensed(mpn)"), postgresql_where=text("mpn IS NOT NULL")),
    # The last digits, read from the end: all that end alike lie side by side.
    Index("ix_products_gtin_end", text("(reverse(right(gtin, 8))::integer)"), postgresql_where=text("gtin <> ''")),
    # The few that the search must not show.
    Index("ix_products_trashed", "id", postgresql_where=text("trash_time IS NOT NULL")),
    # Prices and stocks change no row of this table, so their feeds never write it.
    Index("ix_products_update_time_id", "update_time", "id"),
)


class ProductBest(Base):
    """What the winning offer says today: narrow and without an index on amounts, so that price runs stay HOT updates."""

    __tablename__ = "product_best"
    product_id: Mapped[UUID] = mapped_column(primary_key=True)
    offer_id: Mapped[UUID]
    price: Mapped[Decimal | None] = mapped_column(Numeric(18, 6))
    currency: Mapped[str | None]
    stock: Mapped[int | None]
    offer_count: Mapped[int]


class Change(Base):
    """The one record of change: which fields, and what they held before. Monthly partitions, nothing for creations."""

    __tablename__ = "change_log"
    __table_args__ = (
        # The one way in for a product's history; its number alone finds nothing, as nobody asks for it.
        PrimaryKeyConstraint("product_id", "seq", "at"),
        Index("ix_change_log_run_id", "run_id", postgresql_where=text("run_id IS NOT NULL")),
        {"postgresql_partition_by": "RANGE (at)"},
    )

    seq: Mapped[int] = mapped_column(BigInteger, Identity())
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    product_id: Mapped[UUID]
    offer_id: Mapped[UUID | None]
    run_id: Mapped[UUID | None]
    user_id: Mapped[UUID | None]
    fields: Mapped[list[str]] = mapped_column(ARRAY(Text))
    before: Mapped[dict[str, Any]] = mapped_column(JSONB)
