"""The declarative base of every model of this service."""

from collections.abc import Mapping, Set
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from google.protobuf.descriptor import Descriptor
from sqlalchemy import CheckConstraint, Sequence
from sqlalchemy.orm import DeclarativeBase

from chassis.db import service_metadata
from chassis.rules import rules
from events import outbox


class Base(DeclarativeBase):
    metadata = service_metadata()


outbox.tables(Base.metadata)

# Suppliers, brands and categories draw their filter numbers from one sequence, so that a product's `vals` never mixes them up.
facet_numbers = Sequence("facet_numbers", metadata=Base.metadata)


def contract_checks(
    descriptor: Descriptor | Any,
    columns: dict[str, str],
    unmatched: Set[str] = frozenset(),
    room: Mapping[str, int | None] = MappingProxyType({}),
) -> list[CheckConstraint]:
    """The contract's limits as CHECK constraints; `columns` maps a field of the message to its column.

    Patterns of the fields in `unmatched` are held elsewhere; `room` are the lengths of columns that hold several values.
    """
    declared = {field: replace(rule, pattern=None) if field in unmatched else rule for field, rule in rules(descriptor).items()}
    declared |= {field: replace(declared[field], max_len=length) for field, length in room.items() if field in declared}
    return [CheckConstraint(declared[field].check(column), name=column) for field, column in columns.items() if field in declared]
