"""The table of calls that must not happen twice; what is done with it is `libs/idempotency`."""

from catalog_svc.base import Base
from idempotency.tables import tables

tables(Base.metadata)
