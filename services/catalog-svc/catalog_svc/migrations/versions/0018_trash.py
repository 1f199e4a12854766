"""A trash for products."""

from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.execute("ALTER TABLE products ADD COLUMN trash_time timestamptz")
    op.execute("CREATE INDEX ix_products_trashed ON products (id) WHERE trash_time IS NOT NULL")
