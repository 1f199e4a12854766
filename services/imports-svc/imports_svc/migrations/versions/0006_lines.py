"""Problems tell the line of the file beside the row; a template remembers the sheet or path of records that was chosen."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "import_lines",
        sa.Column("job_id", sa.Uuid(), sa.ForeignKey("import_jobs.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("first_row", sa.Integer(), primary_key=True),
        sa.Column("packed", sa.LargeBinary(), nullable=False),
    )
    for column in ("tables_are", "chosen"):
        op.add_column("mapping_templates", sa.Column(column, sa.String(), nullable=False, server_default=""))
