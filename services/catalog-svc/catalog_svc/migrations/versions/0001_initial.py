"""The catalogue's storage: offers, golden records, search, runs and the record of change."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None


# unaccent before simple: words of every script, folded, never stemmed; languages live in the query.
# What PostgreSQL 18 has built in (RFC 9562), for 17.
UUIDV7 = """
DO $do$ BEGIN
  IF current_setting('server_version_num')::int < 180000 THEN
    CREATE FUNCTION uuidv7() RETURNS uuid LANGUAGE sql VOLATILE AS $$
      SELECT encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
        PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6),
        52, 1), 53, 1), 'hex')::uuid $$;
  END IF;
END $do$
"""

BEFORE = [
    UUIDV7,
    "CREATE EXTENSION IF NOT EXISTS unaccent",
    "CREATE EXTENSION IF NOT EXISTS btree_gin",
    "CREATE EXTENSION IF NOT EXISTS intarray",
    "CREATE TEXT SEARCH CONFIGURATION words (COPY = simple)",
    "ALTER TEXT SEARCH CONFIGURATION words ALTER MAPPING FOR asciiword, word, hword, hword_part, hword_asciipart, asciihword"
    " WITH unaccent, simple",
    "CREATE SEQUENCE facet_numbers AS integer",
    # One staging and one plan table per run; they come and go with it.
    "CREATE SCHEMA staging",
]

ENSURE_PARTITION = """
CREATE FUNCTION ensure_change_log_partition(day date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  first date := date_trunc('month', day);
  name text := 'change_log_p' || to_char(first, 'YYYY_MM');
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('change_log_partition'));
  EXECUTE format('CREATE TABLE IF NOT EXISTS %I PARTITION OF change_log FOR VALUES FROM (%L) TO (%L)',
                 name, first, first + interval '1 month');
END $$
"""

# Room for HOT updates where daily price runs write; partitions of change_log are made as months come.
AFTER = [
    "ALTER TABLE products SET (fillfactor = 90)",
    "ALTER TABLE supplier_products SET (fillfactor = 85)",
    "ALTER TABLE product_best SET (fillfactor = 70)",
    ENSURE_PARTITION,
    "SELECT ensure_change_log_partition(current_date)",
    "SELECT ensure_change_log_partition((current_date + interval '1 month')::date)",
]


def upgrade() -> None:
    for statement in BEFORE:
        op.execute(statement)
    op.create_table(
        "brands",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("facet", sa.Integer(), server_default=sa.text("nextval('facet_numbers')"), nullable=False),
        sa.CheckConstraint("char_length(name) BETWEEN 1 AND 200", name=op.f("ck_brands_name")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_brands")),
    )
    op.create_index("uq_brands_lower_name", "brands", [sa.literal_column("lower(name)")], unique=True)
    op.create_table(
        "categories",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("facet", sa.Integer(), server_default=sa.text("nextval('facet_numbers')"), nullable=False),
        sa.CheckConstraint("char_length(path) BETWEEN 1 AND 1000", name=op.f("ck_categories_path")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_categories")),
    )
    op.create_index("uq_categories_lower_path", "categories", [sa.literal_column("lower(path)")], unique=True)
    op.create_table(
        "change_log",
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("offer_id", sa.Uuid(), nullable=True),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("fields", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("seq", "at", name=op.f("pk_change_log")),
        postgresql_partition_by="RANGE (at)",
    )
    op.create_index("ix_change_log_product_id_seq", "change_log", ["product_id", "seq"], unique=False)
    op.create_index(
        "ix_change_log_run_id", "change_log", ["run_id"], unique=False, postgresql_where=sa.text("run_id IS NOT NULL")
    )
    op.create_table(
        "suppliers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("priority", sa.Integer(), server_default=sa.text("100"), nullable=False),
        sa.Column("default_currency", sa.String(), nullable=False),
        sa.Column("facet", sa.Integer(), server_default=sa.text("nextval('facet_numbers')"), nullable=False),
        sa.Column("epoch", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("applying_run_id", sa.Uuid(), nullable=True),
        sa.Column("create_time", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("update_time", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("default_currency ~ '^([A-Z]{3})?$'", name=op.f("ck_suppliers_default_currency")),
        sa.CheckConstraint("char_length(name) >= 1 AND char_length(name) <= 200", name=op.f("ck_suppliers_name")),
        sa.CheckConstraint("priority >= 0 AND priority <= 10000", name=op.f("ck_suppliers_priority")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suppliers")),
    )
    op.create_index("uq_suppliers_lower_name", "suppliers", [sa.literal_column("lower(name)")], unique=True)
    op.create_table(
        "products",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("gtin", sa.String(), nullable=True),
        sa.Column("sku", sa.String(), nullable=True),
        sa.Column("mpn", sa.String(), nullable=True),
        sa.Column("title", sa.String(), server_default=sa.text("''"), nullable=False),
        sa.Column("description", sa.String(), nullable=True),
        sa.Column("brand_id", sa.Uuid(), nullable=True),
        sa.Column("category_id", sa.Uuid(), nullable=True),
        sa.Column("image_url", sa.String(), nullable=True),
        sa.Column("winning_offer_id", sa.Uuid(), nullable=True),
        sa.Column("locked_fields", sa.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("run_created", sa.Uuid(), nullable=True),
        sa.Column("create_time", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("update_time", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("gtin ~ '^([0-9]{14})?$'", name=op.f("ck_products_gtin")),
        sa.CheckConstraint("char_length(description) <= 32000", name=op.f("ck_products_description")),
        sa.CheckConstraint("char_length(image_url) <= 2048", name=op.f("ck_products_image_url")),
        sa.CheckConstraint("char_length(mpn) <= 128", name=op.f("ck_products_mpn")),
        sa.CheckConstraint("char_length(sku) <= 128", name=op.f("ck_products_sku")),
        sa.CheckConstraint("char_length(title) <= 500", name=op.f("ck_products_title")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_products")),
    )
    op.create_index("ix_products_mpn", "products", ["mpn"], unique=False, postgresql_where=sa.text("mpn IS NOT NULL"))
    op.create_index("uq_products_gtin", "products", ["gtin"], unique=True, postgresql_where=sa.text("gtin IS NOT NULL"))
    op.create_index("uq_products_sku", "products", ["sku"], unique=True, postgresql_where=sa.text("sku IS NOT NULL"))
    op.create_table(
        "runs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(), server_default=sa.text("'staging'"), nullable=False),
        sa.Column("columns", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("product_base", sa.String(), nullable=False),
        sa.Column("offer_base", sa.String(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=True),
        sa.Column("plan_hash", sa.String(), nullable=True),
        sa.Column("staged", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("created", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("updated", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("unchanged", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("duplicate_in_file", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("conflict", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("vanished", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("products_created", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("products_changed", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("create_time", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("end_time", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('staging', 'planned', 'applying', 'applied', 'stale', 'abandoned')", name=op.f("ck_runs_state")
        ),
        sa.CheckConstraint(
            "plan_hash IS NULL OR staged = created + updated + unchanged + duplicate_in_file + conflict",
            name=op.f("ck_runs_ledger"),
        ),
        sa.ForeignKeyConstraint(["supplier_id"], ["suppliers.id"], name=op.f("fk_runs_supplier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
    )
    op.create_index("ix_runs_supplier_id", "runs", ["supplier_id"], unique=False)
    op.create_table(
        "product_best",
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("offer_id", sa.Uuid(), nullable=False),
        sa.Column("price", sa.Numeric(precision=18, scale=6), nullable=True),
        sa.Column("currency", sa.String(), nullable=True),
        sa.Column("stock", sa.Integer(), nullable=True),
        sa.Column("offer_count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("product_id", name=op.f("pk_product_best")),
    )
    op.create_table(
        "product_search",
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("vals", sa.ARRAY(sa.Integer()), nullable=False),
        sa.Column("fts", postgresql.TSVECTOR(), nullable=False),
        sa.PrimaryKeyConstraint("product_id", name=op.f("pk_product_search")),
    )
    op.create_index(
        "ix_product_search_fts_vals",
        "product_search",
        ["fts", "vals"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"vals": "gin__int_ops"},
        postgresql_with={"fastupdate": "on", "gin_pending_list_limit": "4096"},
    )
    op.create_table(
        "run_batches",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("batch", sa.Integer(), nullable=False),
        sa.Column("first_row", sa.Integer(), nullable=False),
        sa.Column("last_row", sa.Integer(), nullable=False),
        sa.Column("apply_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("updated", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("conflict", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("products_created", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("products_changed", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_run_batches_run_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "batch", name=op.f("pk_run_batches")),
    )
    op.create_table(
        "run_chunks",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("staged", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_run_chunks_run_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "seq", name=op.f("pk_run_chunks")),
    )
    op.create_table(
        "supplier_products",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_ref", sa.String(), nullable=False),
        sa.Column("gtin", sa.String(), nullable=True),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(), nullable=True),
        sa.Column("description", sa.String(), nullable=True),
        sa.Column("brand", sa.String(), nullable=True),
        sa.Column("category", sa.String(), nullable=True),
        sa.Column("mpn", sa.String(), nullable=True),
        sa.Column("image_url", sa.String(), nullable=True),
        sa.Column("price", sa.Numeric(precision=18, scale=6), nullable=True),
        sa.Column("list_price", sa.Numeric(precision=18, scale=6), nullable=True),
        sa.Column("currency", sa.String(), nullable=True),
        sa.Column("stock", sa.Integer(), nullable=True),
        sa.Column("pack_size", sa.Integer(), nullable=True),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("file_row", sa.Integer(), nullable=True),
        sa.Column("create_time", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("update_time", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_supplier_products_currency")),
        sa.CheckConstraint("gtin ~ '^([0-9]{14})?$'", name=op.f("ck_supplier_products_gtin")),
        sa.CheckConstraint("char_length(brand) <= 200", name=op.f("ck_supplier_products_brand")),
        sa.CheckConstraint("char_length(category) <= 1000", name=op.f("ck_supplier_products_category")),
        sa.CheckConstraint("char_length(description) <= 32000", name=op.f("ck_supplier_products_description")),
        sa.CheckConstraint("char_length(image_url) <= 2048", name=op.f("ck_supplier_products_image_url")),
        sa.CheckConstraint("char_length(mpn) <= 128", name=op.f("ck_supplier_products_mpn")),
        sa.CheckConstraint(
            "char_length(supplier_ref) >= 1 AND char_length(supplier_ref) <= 128", name=op.f("ck_supplier_products_supplier_ref")
        ),
        sa.CheckConstraint("char_length(title) <= 500", name=op.f("ck_supplier_products_title")),
        sa.CheckConstraint(
            "currency IS NOT NULL OR (price IS NULL AND list_price IS NULL)",
            name=op.f("ck_supplier_products_priced_in_a_currency"),
        ),
        sa.CheckConstraint("list_price >= 0", name=op.f("ck_supplier_products_list_price")),
        sa.CheckConstraint("pack_size >= 1", name=op.f("ck_supplier_products_pack_size")),
        sa.CheckConstraint("price >= 0", name=op.f("ck_supplier_products_price")),
        sa.CheckConstraint("stock >= 0", name=op.f("ck_supplier_products_stock")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supplier_products")),
        sa.UniqueConstraint("supplier_id", "supplier_ref", name=op.f("uq_supplier_products_supplier_id_supplier_ref")),
    )
    op.create_index("ix_supplier_products_product_id", "supplier_products", ["product_id"], unique=False)
    op.create_index("ix_supplier_products_supplier_ref", "supplier_products", ["supplier_ref"], unique=False)
    for statement in AFTER:
        op.execute(statement)
