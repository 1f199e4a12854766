"""How many rows of a run have a GTIN that other references of it have, too."""

from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.execute("ALTER TABLE runs ADD COLUMN gtin_shared integer NOT NULL DEFAULT 0")
