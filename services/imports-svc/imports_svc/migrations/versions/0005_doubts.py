"""Jobs tell what is not sure about their file, and templates remember what was accepted."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0005"
down_revision = "0004"

NOTHING = sa.text("'[]'")


def upgrade() -> None:
    for table, column in (("import_jobs", "accepted"), ("import_jobs", "doubts"), ("mapping_templates", "accepted")):
        op.add_column(table, sa.Column(column, JSONB(), nullable=False, server_default=NOTHING))
