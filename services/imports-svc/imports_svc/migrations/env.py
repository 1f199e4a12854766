import imports_svc.jobs.models
import imports_svc.jobs.problems  # noqa: F401  # both register their tables
from chassis.migrations import run
from imports_svc.base import Base

run(Base.metadata)
