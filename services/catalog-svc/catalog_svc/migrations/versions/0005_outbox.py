"""What the catalogue tells other services; and an index by which a supplier's offers are counted."""

import sqlalchemy as sa
from alembic import op

from events import outbox

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    for statement in outbox.CREATE:
        op.execute(statement)
    op.create_index(
        "ix_supplier_products_supplier_id_active",
        "supplier_products",
        ["supplier_id"],
        unique=False,
        postgresql_where=sa.text("active"),
    )
