"""Events of other services that a person let this one pass by."""

from alembic import op

from events import skipped

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.execute(skipped.CREATE)
