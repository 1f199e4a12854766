import analytics_svc.activity.models
import analytics_svc.metrics.models  # noqa: F401  # a table that is not imported would look dropped
from analytics_svc.base import Base
from chassis.migrations import run

run(Base.metadata)
