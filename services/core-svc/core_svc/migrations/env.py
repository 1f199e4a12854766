import core_svc.notifications.models
import core_svc.roles.models
import core_svc.users.models  # noqa: F401  # a table that is not imported would look dropped
from chassis.migrations import run
from core_svc.base import Base

run(Base.metadata)
