"""Offers that are ranked again in slices, behind a new rank of their supplier."""

from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.execute("""
    CREATE TABLE supplier_rerankings (
      supplier_id uuid CONSTRAINT pk_supplier_rerankings PRIMARY KEY
        CONSTRAINT fk_supplier_rerankings_supplier_id_suppliers REFERENCES suppliers (id),
      after_ref varchar NOT NULL DEFAULT '',
      offers_left integer NOT NULL,
      user_id uuid NOT NULL,
      create_time timestamptz NOT NULL DEFAULT now())""")
