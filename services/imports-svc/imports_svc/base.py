"""The declarative base of this service's tables."""

from sqlalchemy.orm import DeclarativeBase

from chassis.db import service_metadata
from events import outbox
from idempotency.tables import tables


class Base(DeclarativeBase):
    metadata = service_metadata()


outbox.tables(Base.metadata)
tables(Base.metadata)
