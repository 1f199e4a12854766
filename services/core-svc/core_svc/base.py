"""What every table of db_core derives from."""

from sqlalchemy.orm import DeclarativeBase

from chassis import consumers
from chassis.db import service_metadata


class Base(DeclarativeBase):
    metadata = service_metadata()


consumers.tables(Base.metadata)
