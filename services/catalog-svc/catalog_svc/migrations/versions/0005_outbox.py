"""What the catalogue tells other services."""

from alembic import op

from chassis import outbox

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    for statement in outbox.CREATE:
        op.execute(statement)
