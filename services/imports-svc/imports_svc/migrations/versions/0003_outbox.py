"""What imports tell other services."""

from alembic import op

from events import outbox

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    for statement in outbox.CREATE:
        op.execute(statement)
