"""References of suppliers that the shop's own list ties to our SKUs."""

from alembic import op

revision = "0015"
down_revision = "0014"

COUNTS = ("ties_added", "ties_changed", "ties_removed", "ties_unchanged", "ties_waiting", "ties_told")
STATEMENTS = (
    """
    CREATE TABLE sku_ties (
      list_id uuid NOT NULL CONSTRAINT fk_sku_ties_list_id REFERENCES suppliers (id) ON DELETE CASCADE,
      supplier varchar NOT NULL,
      ref varchar NOT NULL,
      sku varchar NOT NULL,
      CONSTRAINT pk_sku_ties PRIMARY KEY (list_id, supplier, ref),
      CONSTRAINT ck_sku_ties_ref CHECK (char_length(ref) <= 128),
      CONSTRAINT ck_sku_ties_sku CHECK (char_length(sku) <= 128),
      CONSTRAINT ck_sku_ties_supplier CHECK (char_length(supplier) <= 200))""",
    "CREATE INDEX ix_sku_ties_sku ON sku_ties (list_id, sku)",
    "ALTER TABLE runs ADD COLUMN tied boolean NOT NULL DEFAULT false",
    *(f"ALTER TABLE runs ADD COLUMN {name} integer NOT NULL DEFAULT 0" for name in COUNTS),
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
