"""The declarative base of every model of this service."""

from dataclasses import replace
from typing import Any

from google.protobuf.descriptor import Descriptor
from sqlalchemy import CheckConstraint
from sqlalchemy.orm import DeclarativeBase

from chassis.db import service_metadata
from chassis.rules import rules
from events import outbox


class Base(DeclarativeBase):
    metadata = service_metadata()


outbox.tables(Base.metadata)


# PostgreSQL takes 2 us to match the pattern of an address, 4 % of an import, so it is held at the doors: by the contract of
# single edits and by the cleaning of feeds, which reads the same rule.
UNMATCHED = frozenset({"image_url"})


def contract_checks(descriptor: Descriptor | Any, columns: dict[str, str]) -> list[CheckConstraint]:
    """The contract's limits as CHECK constraints; `columns` maps a field of the message to its column."""
    declared = {field: replace(rule, pattern=None) if field in UNMATCHED else rule for field, rule in rules(descriptor).items()}
    return [CheckConstraint(declared[field].check(column), name=column) for field, column in columns.items() if field in declared]
