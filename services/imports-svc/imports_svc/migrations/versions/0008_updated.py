"""Jobs are found by their last change, by which followers ask and suppliers take turns. Old uploads are removed."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("import_files", sa.Column("remove_time", sa.DateTime(timezone=True)))
    op.create_index("ix_import_files_kept", "import_files", ["id"], postgresql_where=sa.text("remove_time IS NULL"))
    op.create_index("ix_import_jobs_updated", "import_jobs", ["update_time"])
    op.create_index("ix_import_jobs_supplier_updated", "import_jobs", [sa.text("lower(supplier_name)"), "update_time"])
