"""What a plan says of a row lies beside what was read of it, and is replaced by the next plan."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("import_errors", sa.Column("planned", JSONB, nullable=False, server_default=sa.text("'{}'")))
