from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, Index, Numeric, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from catalog_svc.base import Base, contract_checks
from chassis.ids import uuid7
from pm.catalog.v1 import offers_pb2 as pb

COLUMN_OF = {"ref": "supplier_ref"}
PRICE_TYPES = ("purchase", "list", "sale", "msrp", "map")
CONTRACT_FIELDS = ("ref", "gtin", "title", "description", "brand", "category", "mpn", "image_url", "stock", "pack_size")


class Offer(Base):
    """What one supplier says of one product, in the supplier's own words. Values are compared directly: no row hash."""

    __tablename__ = "supplier_products"
    __table_args__ = (
        *contract_checks(pb.Offer.DESCRIPTOR, {field: COLUMN_OF.get(field, field) for field in CONTRACT_FIELDS}),
        CheckConstraint("price >= 0", name="price"),
        CheckConstraint("list_price >= 0", name="list_price"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency"),
        CheckConstraint("currency IS NOT NULL OR (price IS NULL AND list_price IS NULL)", name="priced_in_a_currency"),
        UniqueConstraint("supplier_id", "supplier_ref"),
        # For references typed with or without their marks.
        Index("ix_supplier_products_condensed_ref", text("condensed(supplier_ref)")),
        Index("ix_supplier_products_product_id", "product_id"),
        # To count a supplier's offers without reading them.
        Index("ix_supplier_products_supplier_id_active", "supplier_id", postgresql_where=text("active")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    supplier_id: Mapped[UUID]
    supplier_ref: Mapped[str]
    gtin: Mapped[str | None]
    product_id: Mapped[UUID]
    title: Mapped[str | None]
    description: Mapped[str | None]
    brand: Mapped[str | None]
    category: Mapped[str | None]
    mpn: Mapped[str | None]
    image_url: Mapped[str | None]
    price: Mapped[Decimal | None] = mapped_column(Numeric(18, 6))
    list_price: Mapped[Decimal | None] = mapped_column(Numeric(18, 6))
    currency: Mapped[str | None]
    stock: Mapped[int | None]
    pack_size: Mapped[int | None]
    active: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    run_id: Mapped[UUID | None]
    file_row: Mapped[int | None]
    create_time: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    # When the supplier last said something else.
    update_time: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    version: Mapped[int] = mapped_column(default=1, server_default=text("1"))


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
