import code2asin_svc.mappings.models  # noqa: F401  # a table that is not imported would look dropped
from chassis.migrations import run
from code2asin_svc.base import Base

run(Base.metadata)
