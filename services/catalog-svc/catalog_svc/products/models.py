from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, DateTime, Identity, Index, Numeric, PrimaryKeyConstraint, Text, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from catalog_svc.base import Base, contract_checks
from chassis.ids import uuid7
from pm.catalog.v1 import products_pb2 as pb

# Fields of the golden record that survivorship fills from offers and a person may lock.
GOLDEN_FIELDS = ("title", "description", "brand", "category", "mpn", "image_url")


class Product(Base):
    """The golden record. Hot columns only: prices and stock live in `product_best`, words in `product_search`.

    References without foreign keys, here and on offers: their per-row checks were 40 % of an import. The bulk path proves each
    batch as a set instead (docs/adr/0004), and nothing a reference points at is ever deleted.
    """

    __tablename__ = "products"
    __table_args__ = (
        *contract_checks(
            pb.Product.DESCRIPTOR,
            {name: name for name in ("gtin", "sku", "mpn", "title", "description", "image_url")},
        ),
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

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    gtin: Mapped[str | None]
    sku: Mapped[str | None]
    mpn: Mapped[str | None]
    title: Mapped[str] = mapped_column(server_default=text("''"))
    description: Mapped[str | None]
    brand_id: Mapped[UUID | None]
    category_id: Mapped[UUID | None]
    image_url: Mapped[str | None]
    # Supplier, run, file and row of every value hang on this offer; `locked_fields` are the exceptions a person made.
    winning_offer_id: Mapped[UUID | None]
    locked_fields: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default=text("'{}'"))
    run_created: Mapped[UUID | None]
    create_time: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    update_time: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    version: Mapped[int] = mapped_column(default=1, server_default=text("1"))
    # Of one in the trash. Its offers go on, and its codes stay taken.
    trash_time: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


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
