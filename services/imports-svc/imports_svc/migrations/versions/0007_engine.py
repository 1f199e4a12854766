"""Jobs are those of the library: priority, rates, and attempts as rows."""

from alembic import op

from jobs import tables

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    for column in tables.columns_of_the_library():
        op.add_column("import_jobs", column)
    op.create_table("import_attempts", *tables.attempt_columns("import_jobs"))
