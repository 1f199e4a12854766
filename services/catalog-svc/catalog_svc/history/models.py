"""The one record of change: which fields, and what they held before. Monthly partitions."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    DateTime,
    Identity,
    Index,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from catalog_svc.base import Base

# Of before 2026-12: `before` holds texts, "" for nothing, brands by name, sets as they are shown; moves are not told.
SHOWN_TEXTS = 0
CREATED, CHANGED, TRASHED, RESTORED = 1, 2, 3, 4
# The offer changed, and is another product's since then; `product_id` is the one that it left.
MOVED = 5
# The last offers of the product became those of another one, `into_id`.
MERGED = 6

Table(
    "change_log",
    Base.metadata,
    Column("seq", BigInteger, Identity(), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("product_id", Uuid, nullable=False),
    Column("offer_id", Uuid),
    Column("run_id", Uuid),
    Column("user_id", Uuid),
    # The release before this column writes what the default says.
    Column("kind", SmallInteger, nullable=False, server_default=text("0")),
    Column("fields", ARRAY(Text), nullable=False),
    Column("before", JSONB, nullable=False),
    Column("into_id", Uuid),
    # The one way in for a product's history; its number alone finds nothing, as nobody asks for it.
    PrimaryKeyConstraint("product_id", "seq", "at"),
    Index("ix_change_log_run_id", "run_id", postgresql_where=text("run_id IS NOT NULL")),
    # Of which products an offer was: its history lies with each of them.
    Index("ix_change_log_moved_offer_id", "offer_id", postgresql_where=text("kind = 5")),
    postgresql_partition_by="RANGE (at)",
)
