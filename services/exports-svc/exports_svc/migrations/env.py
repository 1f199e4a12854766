import exports_svc.platforms.models  # noqa: F401  # a table that is not imported would look dropped
from chassis.migrations import run
from exports_svc.base import Base

run(Base.metadata)
