from decimal import Decimal
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Column,
    DateTime,
    Index,
    Integer,
    Numeric,
    Table,
    Text,
    Uuid,
    func,
    text,
)
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
