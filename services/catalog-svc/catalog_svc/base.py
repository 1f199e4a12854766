"""The declarative base of every model of this service."""

from typing import Any

from google.protobuf.descriptor import Descriptor
from sqlalchemy import CheckConstraint
from sqlalchemy.orm import DeclarativeBase

from chassis import outbox
from chassis.db import service_metadata
from chassis.rules import rules


class Base(DeclarativeBase):
    metadata = service_metadata()


outbox.tables(Base.metadata)


def contract_checks(descriptor: Descriptor | Any, columns: dict[str, str]) -> list[CheckConstraint]:
    """The contract's limits as CHECK constraints; `columns` maps a field of the message to its column."""
    declared = rules(descriptor)
    return [CheckConstraint(declared[field].check(column), name=column) for field, column in columns.items() if field in declared]
