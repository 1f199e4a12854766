import core_svc.api_keys.models
import core_svc.audit.models
import core_svc.notifications.models
import core_svc.passwords.models
import core_svc.revocations.models
import core_svc.roles.models
import core_svc.sessions.models
import core_svc.throttle.models
import core_svc.users.models  # noqa: F401  # a table that is not imported would look dropped
from chassis.migrations import run
from core_svc.base import Base

run(Base.metadata)
