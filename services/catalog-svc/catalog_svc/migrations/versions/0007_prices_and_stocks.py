"""Prices and stocks that an offer may have many of."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "product_prices",
        sa.Column("offer_id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("min_quantity", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=18, scale=6), nullable=False),
        sa.Column("tax_included", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("valid_to", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_product_prices_amount")),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_product_prices_currency")),
        sa.CheckConstraint("min_quantity >= 1", name=op.f("ck_product_prices_min_quantity")),
        sa.CheckConstraint("type IN ('purchase', 'list', 'sale', 'msrp', 'map')", name=op.f("ck_product_prices_type")),
        sa.PrimaryKeyConstraint("offer_id", "type", "min_quantity", "currency", name=op.f("pk_product_prices")),
    )
    op.create_table(
        "product_stocks",
        sa.Column("offer_id", sa.Uuid(), nullable=False),
        sa.Column("location", sa.String(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("restock_time", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            r"char_length(location) >= 1 AND char_length(location) <= 64 AND location ~ '^[^\[\],=]+$'",
            name=op.f("ck_product_stocks_location"),
        ),
        sa.CheckConstraint("quantity >= 0", name=op.f("ck_product_stocks_quantity")),
        sa.PrimaryKeyConstraint("offer_id", "location", name=op.f("pk_product_stocks")),
    )
    # Mass changes of amounts are usual here: room for HOT updates.
    op.execute("ALTER TABLE product_prices SET (fillfactor = 60)")
    op.execute("ALTER TABLE product_stocks SET (fillfactor = 60)")
