"""Uploads made idempotent by their request id."""

from alembic import op

from idempotency.tables import INDEX, NAME, request_columns

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(NAME, *request_columns())
    op.create_index(INDEX, NAME, ["create_time"])
