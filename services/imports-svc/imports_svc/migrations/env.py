import imports_svc.jobs.models  # noqa: F401  # registers its tables
from chassis.migrations import run
from imports_svc.base import Base

run(Base.metadata)
