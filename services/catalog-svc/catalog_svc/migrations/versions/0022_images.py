"""Several images of an offer and of a product, in the column of the one."""

from alembic import op

revision = "0022"
down_revision = "0021"

# 50 addresses of 2,048 characters, each on a line of its own.
ROOM = 50 * (2048 + 1) - 1


def upgrade() -> None:
    for table in ("products", "supplier_products"):
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT ck_{table}_image_url")
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_image_url CHECK (char_length(image_url) <= {ROOM}) NOT VALID")
    # Apart, so that nobody who writes waits while every row is read.
    with op.get_context().autocommit_block():
        for table in ("products", "supplier_products"):
            op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT ck_{table}_image_url")
