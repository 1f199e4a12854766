"""The feed of changed products (docs/adr/0046): a row says what one transaction did to products, those alike in one row."""

from collections.abc import Collection
from typing import TypeAlias
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Column, Identity, Index, Integer, SmallInteger, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import TIMESTAMP

from catalog_svc.base import Base
from events.ring import Ring, Xid8

# Of six weeks one is being written and one is empty: an entry is kept for at least four.
RING = Ring("change_feed", slots=6, seconds=7 * 86400)
# A row is read as a whole for each page of it.
MAX_PRODUCTS = 20_000
CREATED, CHANGED, TRASHED, RESTORED, MERGED = 1, 2, 3, 4, 5
# Fields with the products of which just these changed.
Alike: TypeAlias = tuple[frozenset[str], Collection[UUID]]

Table(
    "change_feed",
    Base.metadata,
    Column("slot", SmallInteger, nullable=False, server_default=text(RING.slot)),
    Column("id", BigInteger, Identity(), nullable=False),
    Column("txid", Xid8, nullable=False, server_default=text("pg_current_xact_id()")),
    Column("create_time", TIMESTAMP(timezone=True), nullable=False, server_default=text("now()")),
    Column("kind", SmallInteger, nullable=False),
    Column("fields", ARRAY(Text), nullable=False),
    Column("run_id", Uuid),
    Column("user_id", Uuid),
    Column("product_count", Integer, nullable=False),
    Column("product_ids", ARRAY(Uuid), nullable=False),
    # Of products that were merged, the one that they are a part of now.
    Column("into_id", Uuid),
    Index("ix_change_feed_txid_id", "txid", "id"),
    postgresql_partition_by="LIST (slot)",
)
RING.declare(Base.metadata)
