import media_svc.files.models  # noqa: F401  # a table that is not imported would look dropped
from chassis.migrations import run
from media_svc.base import Base

run(Base.metadata)
