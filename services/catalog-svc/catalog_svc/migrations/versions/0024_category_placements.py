"""Categories that were moved or renamed, whose products follow in slices."""

from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    op.execute("""
    CREATE TABLE category_placements (
      category_id uuid CONSTRAINT pk_category_placements PRIMARY KEY
        CONSTRAINT fk_category_placements_category_id_categories REFERENCES categories (id) ON DELETE CASCADE,
      after_id uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
      moved boolean NOT NULL,
      ready_txid xid8,
      user_id uuid NOT NULL,
      create_time timestamptz NOT NULL DEFAULT now())""")
