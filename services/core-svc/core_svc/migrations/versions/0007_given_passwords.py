"""Whether somebody else chose a user's password."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    # Of those who are there nobody knows; they are not bothered.
    op.add_column("users", sa.Column("password_given", sa.Boolean, nullable=False, server_default=sa.false()))
