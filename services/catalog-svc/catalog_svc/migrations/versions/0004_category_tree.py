"""Categories become a tree. What was one flat text becomes a root of that name."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("categories", sa.Column("parent_id", sa.Uuid(), nullable=True))
    op.add_column("categories", sa.Column("name", sa.String(), nullable=True))
    op.add_column("categories", sa.Column("depth", sa.Integer(), server_default=sa.text("1"), nullable=False))
    op.add_column("categories", sa.Column("facets", sa.ARRAY(sa.Integer()), nullable=True))
    op.execute("UPDATE categories SET name = path, facets = ARRAY[facet]")
    op.alter_column("categories", "name", nullable=False)
    op.alter_column("categories", "facets", nullable=False)
    op.create_check_constraint(op.f("ck_categories_name"), "categories", "char_length(name) BETWEEN 1 AND 1000")
    op.create_check_constraint(op.f("ck_categories_depth"), "categories", "depth BETWEEN 1 AND 12")
    op.create_foreign_key(op.f("fk_categories_parent_id"), "categories", "categories", ["parent_id"], ["id"])
    op.create_index(
        "uq_categories_parent_id_lower_name",
        "categories",
        ["parent_id", sa.literal_column("lower(name)")],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "category_paths",
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("category_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("char_length(path) BETWEEN 1 AND 1000", name=op.f("ck_category_paths_path")),
        sa.ForeignKeyConstraint(
            ["category_id"], ["categories.id"], name=op.f("fk_category_paths_category_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("path", name=op.f("pk_category_paths")),
    )
    op.create_index("uq_category_paths_lower_path", "category_paths", [sa.literal_column("lower(path)")], unique=True)
    op.create_index("ix_category_paths_category_id", "category_paths", ["category_id"])
    op.execute("INSERT INTO category_paths (path, category_id) SELECT path, id FROM categories")
