"""What every table of db_media derives from."""

from sqlalchemy.orm import DeclarativeBase

from chassis.db import service_metadata
from idempotency.tables import tables


class Base(DeclarativeBase):
    metadata = service_metadata()


tables(Base.metadata)
