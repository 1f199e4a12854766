import catalog_svc.bulk.models
import catalog_svc.changes.models
import catalog_svc.history.models
import catalog_svc.idempotency.models
import catalog_svc.offers.models
import catalog_svc.products.models
import catalog_svc.search.models
import catalog_svc.taxonomy.models  # noqa: F401
from catalog_svc.base import Base
from chassis.migrations import run

run(Base.metadata)
