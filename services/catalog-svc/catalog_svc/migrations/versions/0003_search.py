"""Search: popularity, hot rows and a sample beside the words; the dictionary; upkeep; selections."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"

PENDING = {"fastupdate": "on", "gin_pending_list_limit": "1024"}
WORDS_PENDING = {"fastupdate": "on", "gin_pending_list_limit": "4096"}

# What a word's inflections have in common, by language; nothing for scripts that have no stemmer. A stop word is its own stem.
STEMS_OF = """
CREATE FUNCTION stems_of(word text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE
    WHEN char_length(word) < 3 THEN '{}'
    WHEN word >= 'a' COLLATE "C" AND word < '{' COLLATE "C" THEN ARRAY[
      'fr:' || coalesce((ts_lexize('french_stem', word))[1], word),
      'en:' || coalesce((ts_lexize('english_stem', word))[1], word),
      'de:' || coalesce((ts_lexize('german_stem', word))[1], word)]
    WHEN word >= 'а' COLLATE "C" AND word < 'ѐ' COLLATE "C" THEN ARRAY[
      'ru:' || coalesce((ts_lexize('russian_stem', word))[1], word)]
    ELSE '{}'
  END $$
"""


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    op.execute("CREATE EXTENSION IF NOT EXISTS fuzzystrmatch")
    # Every row would be written anew, and every number in `vals` changes: the upkeep loop fills the table from the products.
    op.drop_table("product_search")
    op.create_table(
        "product_search",
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("popularity", postgresql.REAL(), nullable=False),
        sa.Column("hot", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("in_sample", sa.Boolean(), nullable=False),
        sa.Column("vals", sa.ARRAY(sa.Integer()), nullable=False),
        sa.Column("fts", postgresql.TSVECTOR(), nullable=False),
        sa.PrimaryKeyConstraint("product_id", name=op.f("pk_product_search")),
    )
    # Room for HOT updates of popularity; a vacuum also empties the lists of rows that wait for their indexes.
    op.execute("ALTER TABLE product_search SET (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.02)")
    for name, predicate in (
        ("ix_product_search_fts_vals", None),
        ("ix_product_search_hot", "hot"),
        ("ix_product_search_sample", "in_sample"),
    ):
        op.create_index(
            name,
            "product_search",
            ["fts", "vals"],
            postgresql_using="gin",
            postgresql_ops={"vals": "gin__int_ops"},
            postgresql_with=PENDING,
            postgresql_where=sa.text(predicate) if predicate else None,
        )
    op.create_index(
        "ix_product_search_sample_product_id", "product_search", ["product_id"], postgresql_where=sa.text("in_sample")
    )
    op.create_table(
        "search_words",
        sa.Column("word", sa.Text(collation="C"), nullable=False),
        sa.Column("ndoc", sa.Integer(), nullable=False),
        sa.Column("stems", sa.ARRAY(sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("word", name=op.f("pk_search_words")),
    )
    op.create_index("ix_search_words_stems", "search_words", ["stems"], postgresql_using="gin", postgresql_with=WORDS_PENDING)
    op.create_index(
        "ix_search_words_trigrams",
        "search_words",
        ["word"],
        postgresql_using="gin",
        postgresql_ops={"word": "gin_trgm_ops"},
        postgresql_with=WORDS_PENDING,
    )
    op.execute(STEMS_OF)
    op.create_table(
        "search_dirty",
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_search_dirty")),
    )
    op.create_table(
        "search_upkeep",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("written", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("rank_time", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_upkeep")),
    )
    op.create_table(
        "product_selections",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("search", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expire_time", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_selections")),
    )
    op.create_index("ix_product_selections_expire_time", "product_selections", ["expire_time"])
    op.create_table(
        "product_selection_chunks",
        sa.Column("selection_id", sa.Uuid(), nullable=False),
        sa.Column("chunk", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("product_ids", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.ForeignKeyConstraint(
            ["selection_id"],
            ["product_selections.id"],
            name=op.f("fk_product_selection_chunks_selection_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("selection_id", "chunk", name=op.f("pk_product_selection_chunks")),
    )
    # Counts by value are named by their numbers.
    for table in ("suppliers", "brands", "categories"):
        op.create_index(f"uq_{table}_facet", table, ["facet"], unique=True)
    op.execute("INSERT INTO search_dirty (product_id) SELECT id FROM products")
