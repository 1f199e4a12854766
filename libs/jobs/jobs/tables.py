"""What migrations make of the columns: the whole of them for a new table, or what a table of before the library lacks.

A migration is history: it must make what it made on its day. Columns that come later get a function of their own, and so a
migration of each service that has jobs.
"""

from typing import Any

import sqlalchemy as sa


def _moment(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True))


def _since(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now())


def _text(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.String(), nullable=False, server_default="")


def _count(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer(), nullable=False, server_default="0")


def job_columns() -> list[sa.Column[Any] | sa.Constraint]:
    """Every column of `JobColumns`, for `op.create_table`, and the primary key."""
    return [
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        *map(_text, ("resume_state", "failure_reason", "failure_message", "progress_stage")),
        *map(_count, ("progress_done", "progress_total", "attempt", "takeovers")),
        sa.Column("lease_owner", sa.Uuid()),
        _moment("lease_expires"),
        *map(_since, ("next_attempt_time", "create_time", "update_time")),
        _moment("end_time"),
        *map(_text, ("created_by", "traceparent")),
        *columns_of_the_library(),
        sa.PrimaryKeyConstraint("id"),
    ]


def columns_of_the_library() -> list[sa.Column[Any]]:
    """Those that jobs of imports did not have before there was a library: for `op.add_column`."""
    return [
        *map(_count, ("priority", "attempts", "progress_from")),
        _moment("progress_since"),
        _text("request_id"),
    ]


def schedule_columns() -> list[sa.Column[Any] | sa.Constraint]:
    """Every column of `ScheduleColumns`, for `op.create_table`, and the primary key; `next_run_time` has an index."""
    return [
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("cron", sa.String(), nullable=False),
        sa.Column("time_zone", sa.String(), nullable=False, server_default="UTC"),
        sa.Column("active", sa.Boolean(), nullable=False, server_default=sa.text("true")),
        sa.Column("next_run_time", sa.DateTime(timezone=True), nullable=False),
        *map(_moment, ("last_tick_time", "last_run_time")),
        _text("created_by"),
        *map(_since, ("create_time", "update_time")),
        sa.PrimaryKeyConstraint("id"),
    ]


def attempt_columns(jobs_table: str) -> list[sa.Column[Any] | sa.Constraint]:
    """Every column of `AttemptColumns`, for `op.create_table`, and its keys."""
    return [
        sa.Column("job_id", sa.Uuid(), sa.ForeignKey(f"{jobs_table}.id", ondelete="CASCADE"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False, autoincrement=False),
        _text("worker"),
        sa.Column("claims", sa.Integer(), nullable=False, server_default="1"),
        _since("begin_time"),
        _moment("end_time"),
        *map(_text, ("outcome", "reason", "message")),
        sa.PrimaryKeyConstraint("job_id", "number"),
    ]
