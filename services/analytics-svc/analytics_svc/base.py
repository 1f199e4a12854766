"""What every table of db_analytics derives from."""

from sqlalchemy.orm import DeclarativeBase

from chassis.db import service_metadata
from events import consumers, skipped
from idempotency.tables import tables


class Base(DeclarativeBase):
    metadata = service_metadata()


consumers.tables(Base.metadata)
skipped.tables(Base.metadata)
tables(Base.metadata)
