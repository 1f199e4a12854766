from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Index,
    Integer,
    Numeric,
    String,
    Table,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from catalog_svc.base import Base, contract_checks
from catalog_svc.fields.columns import offer_checks, offer_columns
from catalog_svc.fields.sets import PRICE_TYPES
from pm.catalog.v1 import offers_pb2 as pb

_NOW = func.now()

# What one supplier says of one product, in the supplier's own words. Values are compared directly: no row hash.
Table(
    "supplier_products",
    Base.metadata,
    Column("id", Uuid, primary_key=True),
    Column("supplier_id", Uuid, nullable=False),
    Column("supplier_ref", String, nullable=False),
    Column("product_id", Uuid, nullable=False),
    *offer_columns(),
    Column("active", Boolean, nullable=False, server_default=text("true")),
    # Of one that a person excluded; it is not active, and no delivery makes it so.
    Column("exclude_time", DateTime(timezone=True)),
    # Of one that a whole list of its supplier no longer had, with the run of that list; not active until a list has it again.
    Column("vanish_time", DateTime(timezone=True)),
    Column("vanish_run_id", Uuid),
    Column("run_id", Uuid),
    Column("file_row", Integer),
    Column("create_time", DateTime(timezone=True), nullable=False, server_default=_NOW),
    # When the supplier last said something else.
    Column("update_time", DateTime(timezone=True), nullable=False, server_default=_NOW),
    Column("version", Integer, nullable=False, server_default=text("1")),
    *offer_checks(),
    CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency"),
    CheckConstraint("currency IS NOT NULL OR (price IS NULL AND list_price IS NULL)", name="priced_in_a_currency"),
    UniqueConstraint("supplier_id", "supplier_ref"),
    # For references typed with or without their marks.
    Index("ix_supplier_products_condensed_ref", text("condensed(supplier_ref)")),
    Index("ix_supplier_products_product_id", "product_id"),
    # For products of our own list, which may come behind those who name their SKUs.
    Index("ix_supplier_products_our_sku", "our_sku", postgresql_where=text("our_sku IS NOT NULL")),
    # The few that a list of them shows.
    Index("ix_supplier_products_excluded", "supplier_id", "supplier_ref", postgresql_where=text("exclude_time IS NOT NULL")),
    Index("ix_supplier_products_vanished", "supplier_id", "supplier_ref", postgresql_where=text("vanish_time IS NOT NULL")),
    # To count a supplier's offers without reading them.
    Index("ix_supplier_products_supplier_id_active", "supplier_id", postgresql_where=text("active")),
)


class Price(Base):
    """A price that is not one per offer. Narrow, and no index on amounts, so that price runs stay HOT updates.

    Without a foreign key: who writes it has just written or locked the offer (docs/adr/0004), and offers are never deleted.
    """

    __tablename__ = "product_prices"
    __table_args__ = (
        *contract_checks(pb.OfferPrice.DESCRIPTOR, {"min_quantity": "min_quantity"}),
        CheckConstraint("amount >= 0", name="amount"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency"),
        CheckConstraint(f"type IN {PRICE_TYPES}", name="type"),
    )

    offer_id: Mapped[UUID] = mapped_column(primary_key=True)
    type: Mapped[str] = mapped_column(primary_key=True)
    min_quantity: Mapped[int] = mapped_column(primary_key=True)
    currency: Mapped[str] = mapped_column(primary_key=True)
    amount: Mapped[Decimal] = mapped_column(Numeric(18, 6))
    tax_included: Mapped[bool] = mapped_column(server_default=text("false"))
    valid_from: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    valid_to: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class Stock(Base):
    """What lies in one of a supplier's locations; the offer's own `stock` is the total."""

    __tablename__ = "product_stocks"
    __table_args__ = tuple(contract_checks(pb.OfferStock.DESCRIPTOR, {"location": "location", "quantity": "quantity"}))

    offer_id: Mapped[UUID] = mapped_column(primary_key=True)
    location: Mapped[str] = mapped_column(primary_key=True)
    quantity: Mapped[int]
    restock_time: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
