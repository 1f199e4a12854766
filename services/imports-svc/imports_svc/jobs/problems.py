"""The rows of a job that were not taken in as they stood, and where in its file they are."""

from uuid import UUID

from sqlalchemy import ARRAY, ForeignKey, LargeBinary, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from imports_svc.base import Base
from jobs.states import one_of


class Problem(Base):
    """A row that was rejected, skipped or taken in with a warning. Written by COPY only."""

    __tablename__ = "import_errors"
    __table_args__ = (one_of("outcome", ("rejected", "skipped", "warning")),)

    job_id: Mapped[UUID] = mapped_column(ForeignKey("import_jobs.id", ondelete="CASCADE"), primary_key=True)
    row_no: Mapped[int] = mapped_column(primary_key=True)
    outcome: Mapped[str] = mapped_column(primary_key=True)
    # A run of the job; no foreign key, which would cost more than the copying itself.
    run_id: Mapped[UUID]
    reasons: Mapped[list[str]] = mapped_column(ARRAY(Text))
    # The cells at fault by column name.
    values: Mapped[dict[str, str]] = mapped_column(JSONB)
    # What the plan says of the row, until it is planned anew.
    planned: Mapped[dict[str, str]] = mapped_column(JSONB, server_default=text("'{}'"))


class Lines(Base):
    """In which lines of its file a job's rows begin, from `first_row` to that of the next part (`feeds.lines.FileLines`).

    Kept for all rows, because which of them are skipped is known only when the file is gone.
    """

    __tablename__ = "import_lines"

    job_id: Mapped[UUID] = mapped_column(ForeignKey("import_jobs.id", ondelete="CASCADE"), primary_key=True)
    first_row: Mapped[int] = mapped_column(primary_key=True)
    packed: Mapped[bytes] = mapped_column(LargeBinary)
