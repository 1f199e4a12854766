from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, DateTime, ForeignKey, Index, LargeBinary, Text, Uuid, func, text
from sqlalchemy.orm import Mapped, mapped_column

from catalog_svc.base import Base

ZERO = text("0")


class Run(Base):
    """One supplier's part of an import job and its ledger."""

    __tablename__ = "runs"
    __table_args__ = (
        # The ledger balances in every state from the plan on; before it, nothing is counted.
        CheckConstraint(
            "plan_hash IS NULL OR staged = created + updated + unchanged + duplicate_in_file + conflict + our_sku_conflict",
            name="ledger",
        ),
        CheckConstraint("state IN ('staging', 'planned', 'applying', 'applied', 'stale', 'abandoned')", name="state"),
        Index("ix_runs_supplier_id", "supplier_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    supplier_id: Mapped[UUID] = mapped_column(ForeignKey("suppliers.id"))
    state: Mapped[str] = mapped_column(server_default=text("'staging'"))
    columns: Mapped[list[str]] = mapped_column(ARRAY(Text))
    # 24 hexadecimal digits: with a row number in the last 8 they make the ids of what the run creates, the same again if a
    # lost plan is rebuilt, and five times cheaper than a UUID per row.
    product_base: Mapped[str]
    offer_base: Mapped[str]
    # The supplier's epoch the plan was made at.
    epoch: Mapped[int | None]
    plan_hash: Mapped[str | None]
    staged: Mapped[int] = mapped_column(server_default=ZERO)
    created: Mapped[int] = mapped_column(server_default=ZERO)
    updated: Mapped[int] = mapped_column(server_default=ZERO)
    unchanged: Mapped[int] = mapped_column(server_default=ZERO)
    duplicate_in_file: Mapped[int] = mapped_column(server_default=ZERO)
    conflict: Mapped[int] = mapped_column(server_default=ZERO)
    our_sku_conflict: Mapped[int] = mapped_column(server_default=ZERO)
    our_sku_told: Mapped[int] = mapped_column(server_default=ZERO)
    gtin_shared: Mapped[int] = mapped_column(server_default=ZERO)
    # The own list ties references of the supplier to our SKUs.
    tied: Mapped[bool] = mapped_column(server_default=text("false"))
    ties_added: Mapped[int] = mapped_column(server_default=ZERO)
    ties_changed: Mapped[int] = mapped_column(server_default=ZERO)
    ties_removed: Mapped[int] = mapped_column(server_default=ZERO)
    ties_unchanged: Mapped[int] = mapped_column(server_default=ZERO)
    ties_waiting: Mapped[int] = mapped_column(server_default=ZERO)
    ties_told: Mapped[int] = mapped_column(server_default=ZERO)
    vanished: Mapped[int] = mapped_column(server_default=ZERO)
    # Its rows are not all that the supplier offers: what they don't name stays as it is.
    partial: Mapped[bool] = mapped_column(server_default=text("true"))
    products_created: Mapped[int] = mapped_column(server_default=ZERO)
    products_changed: Mapped[int] = mapped_column(server_default=ZERO)
    created_by: Mapped[UUID | None]
    create_time: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    end_time: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class SkuTie(Base):
    """A supplier's reference that the shop's own list ties to our SKU. It holds while that list is declared the own one.

    The supplier is known by his name in lower case, also before he has delivered anything.
    """

    __tablename__ = "sku_ties"
    __table_args__ = (
        *(
            CheckConstraint(f"char_length({name}) <= {limit}", name=name)
            for name, limit in (("supplier", 200), ("ref", 128), ("sku", 128))
        ),
        Index("ix_sku_ties_sku", "list_id", "sku"),
    )

    list_id: Mapped[UUID] = mapped_column(ForeignKey("suppliers.id", ondelete="CASCADE"), primary_key=True)
    supplier: Mapped[str] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(primary_key=True)
    sku: Mapped[str]


class Chunk(Base):
    """A chunk that was staged. Staging itself is unlogged: after a crash the same chunks must come again."""

    __tablename__ = "run_chunks"

    run_id: Mapped[UUID] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[bytes] = mapped_column(LargeBinary)
    rows: Mapped[int]
    # False while a chunk lost in a crash has not come again.
    staged: Mapped[bool] = mapped_column(server_default=text("true"))


class Batch(Base):
    """A range of planned rows that is applied in one transaction; the counts are written in that transaction."""

    __tablename__ = "run_batches"

    run_id: Mapped[UUID] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    batch: Mapped[int] = mapped_column(primary_key=True)
    first_row: Mapped[int]
    last_row: Mapped[int]
    apply_time: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    # When the search knew of it, and the products it must look at beside those of the batch's created offers.
    index_time: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    reindex: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), server_default=text("'{}'"))
    created: Mapped[int] = mapped_column(server_default=ZERO)
    updated: Mapped[int] = mapped_column(server_default=ZERO)
    conflict: Mapped[int] = mapped_column(server_default=ZERO)
    vanished: Mapped[int] = mapped_column(server_default=ZERO)
    products_created: Mapped[int] = mapped_column(server_default=ZERO)
    products_changed: Mapped[int] = mapped_column(server_default=ZERO)
