from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, DateTime, ForeignKey, Identity, Index, Integer, SmallInteger, Text, Uuid, func, text
from sqlalchemy.dialects.postgresql import JSONB, REAL, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from catalog_svc.base import Base
from chassis.ids import uuid7

# kB of rows that wait outside a GIN index: each search reads them all, each flush costs an import less the more they are.
PENDING_LIST_KB = "1024"
# Trigrams and stems are looked at once per query, and only for unusual words.
WORDS_PENDING_LIST_KB = "4096"


def _gin(name: str, **options: Any) -> Index:
    return Index(
        name,
        "fts",
        "vals",
        postgresql_using="gin",
        postgresql_ops={"vals": "gin__int_ops"},
        postgresql_with={"fastupdate": "on", "gin_pending_list_limit": PENDING_LIST_KB},
        **options,
    )


class ProductSearch(Base):
    """One row per product: its words, and the filter values of its brand, category and suppliers.

    Its key is the order of creation. Prices and stock are not here, so that a feed of them touches no index of this table.
    """

    __tablename__ = "product_search"
    __table_args__ = (
        _gin("ix_product_search_fts_vals"),
        # What most searches of common words end with: a fiftieth of the rows.
        _gin("ix_product_search_hot", postgresql_where=text("hot")),
        # What is counted where counting everything would take too long: a sixteenth.
        _gin("ix_product_search_sample", postgresql_where=text("in_sample")),
        Index("ix_product_search_sample_product_id", "product_id", postgresql_where=text("in_sample")),
    )

    product_id: Mapped[UUID] = mapped_column(primary_key=True)
    # The higher the sooner shown among many matches; `catalog_svc.search.refresh` says what it is made of.
    popularity: Mapped[float] = mapped_column(REAL)
    # Among the most popular when they were last chosen (`catalog_svc.search.ranking`).
    hot: Mapped[bool] = mapped_column(server_default=text("false"))
    # By a hash of the id: the same for as long as the product lives.
    in_sample: Mapped[bool]
    # Sorted; `catalog_svc.search.vals` says how a value becomes a number.
    vals: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    # Words of all locales, without accents and unstemmed: languages live in the query.
    fts: Mapped[Any] = mapped_column(TSVECTOR)


class SearchWord(Base):
    """The dictionary: words that occur in `product_search`, for inflections, typing errors and beginnings of words."""

    __tablename__ = "search_words"
    __table_args__ = (
        Index(
            "ix_search_words_stems",
            "stems",
            postgresql_using="gin",
            postgresql_with={"fastupdate": "on", "gin_pending_list_limit": WORDS_PENDING_LIST_KB},
        ),
        Index(
            "ix_search_words_trigrams",
            "word",
            postgresql_using="gin",
            postgresql_ops={"word": "gin_trgm_ops"},
            postgresql_with={"fastupdate": "on", "gin_pending_list_limit": WORDS_PENDING_LIST_KB},
        ),
    )

    # Compared by bytes, so that the words with one beginning lie side by side.
    word: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    # About how many products have it; never 0.
    ndoc: Mapped[int]
    # What the word's forms in one language have in common: `fr:rob`. Empty for scripts without a stemmer.
    stems: Mapped[list[str]] = mapped_column(ARRAY(Text))


class SearchDirty(Base):
    """Products whose search row is to be brought up to date by the upkeep loop, once per cause."""

    __tablename__ = "search_dirty"

    seq: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    product_id: Mapped[UUID]


class SearchUpkeep(Base):
    """When the work that looks at all rows was last done. One row."""

    __tablename__ = "search_upkeep"

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    # Rows written to `product_search` since the server's statistics began, when hot rows and word counts were last worked out.
    written: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    rank_time: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    # Likewise to `product_search` and `product_best`, when facets were last rolled up.
    rollup_written: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    rollup_time: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class SearchRollup(Base):
    """Facets of all products, and of those with one very common filter value: nobody should wait while they are counted."""

    __tablename__ = "search_rollups"

    # As in `product_search.vals`; 0 for all products.
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    # Estimated `FacetCounts` of every facet, in a serialized SearchProductsResponse.
    facets: Mapped[bytes]


class ProductSelection(Base):
    """What a search found when somebody selected all of it."""

    __tablename__ = "product_selections"
    __table_args__ = (Index("ix_product_selections_expire_time", "expire_time"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    user_id: Mapped[UUID]
    # The search, as proto3 JSON.
    search: Mapped[dict[str, Any]] = mapped_column(JSONB)
    count: Mapped[int]
    create_time: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    expire_time: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class ProductSelectionChunk(Base):
    """Ten thousand products of a selection, by id."""

    __tablename__ = "product_selection_chunks"

    selection_id: Mapped[UUID] = mapped_column(ForeignKey("product_selections.id", ondelete="CASCADE"), primary_key=True)
    chunk: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    product_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
