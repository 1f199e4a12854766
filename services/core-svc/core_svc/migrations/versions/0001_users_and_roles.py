"""Users, roles and permissions."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "permissions", sa.Column("name", sa.String(), nullable=False), sa.PrimaryKeyConstraint("name", name="pk_permissions")
    )
    op.create_table(
        "roles",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_roles"),
    )
    op.create_table(
        "role_permissions",
        sa.Column("role_name", sa.String(), nullable=False),
        sa.Column("permission_name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("role_name", "permission_name", name="pk_role_permissions"),
        sa.ForeignKeyConstraint(["role_name"], ["roles.name"], name="fk_role_permissions_role_name"),
        sa.ForeignKeyConstraint(["permission_name"], ["permissions.name"], name="fk_role_permissions_permission_name"),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("display_name", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("update_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_login_time", sa.DateTime(timezone=True)),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.CheckConstraint("username ~ '^[A-Za-z0-9._@+-]{1,254}$'", name="ck_users_username"),
        sa.CheckConstraint("char_length(display_name) <= 200", name="ck_users_display_name"),
    )
    op.create_index("uq_users_username", "users", [sa.text("lower(username)")], unique=True)
    op.create_table(
        "user_roles",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("role_name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "role_name", name="pk_user_roles"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_user_roles_user_id"),
        sa.ForeignKeyConstraint(["role_name"], ["roles.name"], name="fk_user_roles_role_name"),
    )
    op.create_index("ix_user_roles_role_name", "user_roles", ["role_name"])


def downgrade() -> None:
    for table in ("user_roles", "users", "role_permissions", "roles", "permissions"):
        op.drop_table(table)
