"""The table of calls that must not happen twice, in the database of the service that answers them."""

from typing import Any

from sqlalchemy import Column, DateTime, Index, LargeBinary, MetaData, PrimaryKeyConstraint, String, Table, func, text

NAME, INDEX = "requests", "ix_requests_create_time"


def request_columns() -> list[Any]:
    """What the table consists of, for the migration that makes it: `op.create_table(NAME, *request_columns())`, and its INDEX."""
    return [
        Column("request_id", String, nullable=False),
        Column("method", String, nullable=False),
        Column("body_sha256", LargeBinary, nullable=False),
        Column("response", LargeBinary, nullable=False, server_default=text("''")),
        Column("create_time", DateTime(timezone=True), nullable=False, server_default=func.now()),
        PrimaryKeyConstraint("request_id", name="pk_requests"),
    ]


def tables(metadata: MetaData) -> None:
    """Add the table to a service's models."""
    table = Table(NAME, metadata, *request_columns())
    Index(INDEX, table.c.create_time)
