"""Jobs, their runs and files, and the mappings remembered for the next file."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, ForeignKey, Index, LargeBinary, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from chassis.counts import counted
from chassis.ids import uuid7
from chassis.times import now
from imports_svc.base import Base
from imports_svc.feeds.fields import ENCODING, TABLE
from imports_svc.jobs.doubted import Doubted
from imports_svc.jobs.errors import DoubtsOpen, JobPartlyApplied, PlanChanged
from imports_svc.jobs.ledger import ZERO, Ledger, balance
from jobs.attempts import AttemptColumns
from jobs.columns import EMPTY, JobColumns
from jobs.states import States, indexes, one_of

# States a worker moves on.
LIVE = ("uploaded", "sniffed", "mapped", "applying")
STATES = States(live=LIVE, waiting=("planned", "held", "stale"), done="applied")
FINAL = STATES.final
CONFIRMABLE = frozenset({"planned", "held"})
REPLANNABLE = frozenset({"planned", "held", "stale", "failed"})
# How long a plan waits for a person.
PLAN_LIFE = timedelta(days=7)
RUN_STATES = ("staging", "planned", "applying", "applied", "abandoned", "superseded")


class File(Base):
    """An uploaded file: where its bytes are and what they are."""

    __tablename__ = "import_files"
    __table_args__ = (Index("ix_import_files_kept", "id", postgresql_where=text("remove_time IS NULL")),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    name: Mapped[str]
    bucket: Mapped[str]
    key: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    # Since when its bytes are no longer kept (pipeline.retention).
    remove_time: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    create_time: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now, server_default=func.now())


class Job(JobColumns, Ledger, Doubted, Base):
    """One file on its way into the catalogue."""

    __tablename__ = "import_jobs"
    __table_args__ = (
        one_of("state", STATES.all),
        balance(),
        *indexes(__tablename__, STATES),
        Index("ix_import_jobs_supplier_updated", text("lower(supplier_name)"), "update_time"),
        Index("ix_import_jobs_applied", text("lower(supplier_name)"), "end_time", postgresql_where=text("state = 'applied'")),
    )

    states = STATES

    file_id: Mapped[UUID] = mapped_column(ForeignKey("import_files.id"))
    supplier_name: Mapped[str]
    auto_apply: Mapped[bool] = mapped_column(default=False)
    force: Mapped[bool] = mapped_column(default=False)
    # ISO 4217 for prices without one; empty for the supplier's default.
    currency: Mapped[str] = mapped_column(default="", server_default=EMPTY)
    # What the user said: field to column name, "" to unmap.
    overrides: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict)
    # A person has seen the mapping and asked to go on with it.
    confirmed: Mapped[bool] = mapped_column(default=False)
    # feeds.Inspection and feeds.Mapping, once known.
    inspection: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    mapping: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    # Digest of content, mapping, currency and reading rules: equal digests read equal rows.
    reading_hash: Mapped[str] = mapped_column(default="", server_default=EMPTY)
    plan_hash: Mapped[str] = mapped_column(default="", server_default=EMPTY)
    hold_reason: Mapped[str] = mapped_column(default="", server_default=EMPTY)
    same_as_job_id: Mapped[UUID | None]
    # Rows of the file up to which problems are written down.
    checked_rows: Mapped[int] = mapped_column(default=0, server_default=ZERO)
    # How often the plan was made anew because the catalogue had moved.
    replans: Mapped[int] = mapped_column(default=0, server_default=ZERO)

    file: Mapped[File] = relationship(lazy="raise")

    def confirm(self, plan_hash: str, accept: Collection[str] = ()) -> None:
        """Let the worker apply the plan; raises WrongJobState, PlanChanged, DoubtsOpen."""
        self.require("applied", CONFIRMABLE)
        if plan_hash != self.plan_hash:
            raise PlanChanged(self.plan_hash)
        self.accept(accept)
        if accept:
            self.note_not_found(accept)
        if open_doubts := self.open_doubts:
            raise DoubtsOpen([doubt.name for doubt in open_doubts])
        self.hold_reason = ""
        self.enter("applying")

    def replan(self, overrides: dict[str, str], accept: Iterable[str], *, partly_applied: bool, currency: str = "") -> None:
        """Read the file again under a corrected mapping or currency; raises WrongJobState, JobPartlyApplied.

        Whether the new plan is applied by itself is for the caller to say.
        """
        self.require("planned again", REPLANNABLE)
        if (overrides or currency) and partly_applied:
            raise JobPartlyApplied
        if any(name in overrides and overrides[name] != self.overrides.get(name) for name in (TABLE, ENCODING)):
            # Another sheet or path, or other letters: nothing that is known of the file holds for it.
            self.inspection = self.mapping = None
        self.accept(accept)
        self.overrides = self.overrides | overrides
        self.currency = currency or self.currency
        self.confirmed = True
        self.replans = 0
        self.restart()

    def expire(self, runs: Iterable["Run"]) -> None:
        """A plan nobody decided about is given up: its staged rows are dropped, and a new plan is made when asked for."""
        for run in runs:
            run.supersede()
        self.enter("stale")
        self.hold_reason = f"Nobody decided about the plan for {counted(PLAN_LIFE.days, 'day')}: replan."

    def restart(self) -> None:
        """Begin again behind what is known of the file."""
        self.enter("uploaded" if self.inspection is None else "sniffed")
        self.plan_hash = self.hold_reason = ""
        self.doubts = []
        self.checked_rows = 0
        self.count()


class Attempt(AttemptColumns, Base):
    """One attempt of a worker at a job."""

    __tablename__ = "import_attempts"
    jobs_table = "import_jobs"


class Run(Ledger, Base):
    """One supplier's part of a job; its id is the run's id in the catalogue, too."""

    __tablename__ = "import_runs"
    __table_args__ = (
        one_of("state", RUN_STATES),
        balance(),
        # A replan puts a new run in the place of one that is not applied.
        Index(
            "uq_import_runs_current",
            "job_id",
            text("lower(supplier_name)"),
            unique=True,
            postgresql_where=text("state <> 'superseded'"),
        ),
        Index("ix_import_runs_open", "id", postgresql_where=text("open")),
        Index("ix_import_runs_apply_time", text("lower(supplier_name)"), "apply_time"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    job_id: Mapped[UUID] = mapped_column(ForeignKey("import_jobs.id", ondelete="CASCADE"))
    supplier_name: Mapped[str]
    supplier_id: Mapped[str] = mapped_column(default="", server_default=EMPTY)
    state: Mapped[str] = mapped_column(default="staging")
    # The catalogue may hold staged rows or a plan of this run.
    open: Mapped[bool] = mapped_column(default=False)
    plan_hash: Mapped[str] = mapped_column(default="", server_default=EMPTY)
    batch_count: Mapped[int] = mapped_column(default=0, server_default=ZERO)
    batches_applied: Mapped[int] = mapped_column(default=0, server_default=ZERO)
    # When the catalogue may first have changed by this run.
    apply_time: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    def give_up(
        self,
        *,
        created: int = 0,
        updated: int = 0,
        conflict: int = 0,
        products_created: int = 0,
        products_changed: int = 0,
        vanished: int = 0,
    ) -> None:
        """Keep of the plan what was applied of it; rows that would have been created or updated and were not are skipped."""
        left = self.created + self.updated + self.reasons.get("conflict", 0) - created - updated - conflict
        self.created, self.updated = created, updated
        self.products_created, self.products_changed, self.vanished = products_created, products_changed, vanished
        self.skipped = self.read - self.rejected - created - updated - self.unchanged
        told = {"conflict": conflict, "cancelled": left}
        self.reasons = self.reasons | {reason: count for reason, count in told.items() if count}

    def supersede(self) -> None:
        """Make room for a new run of this supplier; what is applied stays the job's."""
        if self.state != "applied":
            self.state = "superseded"


class Chunk(Base):
    """A chunk given to the catalogue: read again, it must have the same digest."""

    __tablename__ = "import_chunks"

    run_id: Mapped[UUID] = mapped_column(ForeignKey("import_runs.id", ondelete="CASCADE"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[bytes] = mapped_column(LargeBinary)
    # False after the catalogue's database crashed and emptied what was staged.
    staged: Mapped[bool] = mapped_column(default=True)


class Template(Base):
    """The mapping under which a supplier's file of this header was last applied."""

    __tablename__ = "mapping_templates"

    # In lower case.
    supplier_name: Mapped[str] = mapped_column(primary_key=True)
    # Digest of the column names in order.
    header_hash: Mapped[str] = mapped_column(primary_key=True)
    # Every field with its column name, "" for a field without one.
    mapping: Mapped[dict[str, str]] = mapped_column(JSONB)
    # Names of doubts that were accepted with it.
    accepted: Mapped[list[str]] = mapped_column(JSONB, default=list, server_default=text("'[]'"))
    # What the tables of that file are, and which of them a person chose (`feeds.tables`).
    tables_are: Mapped[str] = mapped_column(default="", server_default=EMPTY)
    chosen: Mapped[str] = mapped_column(default="", server_default=EMPTY)
    job_id: Mapped[UUID] = mapped_column(ForeignKey("import_jobs.id", ondelete="CASCADE"))
    update_time: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now, server_default=func.now())
