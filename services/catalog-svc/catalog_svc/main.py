from collections.abc import Awaitable, Callable
from functools import partial

from catalog_svc.bulk.servicer import BulkServicer
from catalog_svc.changes.models import RING
from catalog_svc.changes.servicer import ChangeServicer
from catalog_svc.history.repository import ensure_change_log
from catalog_svc.offers.servicer import OfferServicer
from catalog_svc.products.servicer import ProductServicer
from catalog_svc.search.dictionary import Dictionary
from catalog_svc.search.repository import SEARCH_SECONDS, SEARCH_SETTINGS
from catalog_svc.search.servicer import SearchServicer
from catalog_svc.search.upkeep import Upkeep
from catalog_svc.settings import DOMAIN, Settings
from catalog_svc.suppliers.servicer import SupplierServicer
from catalog_svc.suppliers.tasks import Reranking
from catalog_svc.taxonomy.servicer import TaxonomyServicer
from catalog_svc.taxonomy.tasks import Placing
from chassis.db import Database
from chassis.health import HealthServicer, database_probe
from chassis.invalidation import Announcer
from chassis.main import run
from chassis.server import Registration, Service
from events.nudges import Nudger
from events.outbox import EventServicer, clear_tomorrow
from pm.catalog.v1 import (
    bulk_pb2_grpc,
    changes_pb2_grpc,
    offers_pb2_grpc,
    products_pb2_grpc,
    search_pb2_grpc,
    suppliers_pb2_grpc,
    taxonomy_pb2_grpc,
)
from pm.common.v1 import events_pb2_grpc
from pm.common.v1.health_pb2 import Dependency

NAME = "catalog-svc"
# The bulk role applies a few large transactions at a time; more connections would only wait for the same rows.
BULK_POOL_SIZE = 5


def registrations(database: Database, default_currency: str, searches: Database | None = None) -> list[Registration]:
    """What the role `api` serves; `searches` is the same database on connections set for searching, if there are any."""
    searches = searches or database
    dictionary = Dictionary()
    return [
        partial(products_pb2_grpc.add_ProductServiceServicer_to_server, ProductServicer(database, searches, dictionary)),
        partial(search_pb2_grpc.add_SearchServiceServicer_to_server, SearchServicer(database, searches, dictionary)),
        partial(changes_pb2_grpc.add_ChangeServiceServicer_to_server, ChangeServicer(database)),
        partial(offers_pb2_grpc.add_OfferServiceServicer_to_server, OfferServicer(database)),
        partial(suppliers_pb2_grpc.add_SupplierServiceServicer_to_server, SupplierServicer(database, default_currency)),
        partial(taxonomy_pb2_grpc.add_TaxonomyServiceServicer_to_server, TaxonomyServicer(database)),
        partial(events_pb2_grpc.add_EventServiceServicer_to_server, EventServicer(database)),
    ]


def bulk_registrations(database: Database, default_currency: str) -> list[Registration]:
    """What the role `bulk` serves: a process and a pool of its own, so that reads never queue behind an import."""
    servicer = BulkServicer(database, default_currency=default_currency)
    return [partial(bulk_pb2_grpc.add_BulkServiceServicer_to_server, servicer)]


def build(settings: Settings, role: str) -> Service:
    opening: list[Callable[[], Awaitable[None]]] = []
    closing: list[Callable[[], Awaitable[None]]] = []
    nudger = Nudger(settings.redis_url, NAME)
    announcer = Announcer(settings.redis_url, DOMAIN)
    opening.append(announcer.start)
    if role == "bulk":
        database = Database.connect(
            settings.database_url,
            pool_size=BULK_POOL_SIZE,
            statement_seconds=None,
            on_facts=nudger.nudge,
            on_changes=announcer.announce,
        )
        served = bulk_registrations(database, settings.default_currency)
        upkeep = Upkeep(database, announcer.announce)
        loops = (upkeep, Reranking(database), Placing(database))
        opening.extend(loop.start for loop in loops)
        closing.extend(loop.stop for loop in loops)
    else:
        database = Database.connect(
            settings.database_url, pool_size=settings.pool_size, on_facts=nudger.nudge, on_changes=announcer.announce
        )
        searches = Database.connect(
            settings.database_url,
            pool_size=settings.pool_size,
            name="search",
            statement_seconds=SEARCH_SECONDS,
            on_facts=nudger.nudge,
            on_changes=announcer.announce,
            **SEARCH_SETTINGS,
        )
        closing.append(searches.close)
        served = registrations(database, settings.default_currency, searches)
    return Service(
        NAME,
        settings,
        registrations=served,
        health_servicer=HealthServicer({(Dependency.KIND_DATABASE, "db_catalog"): database_probe(database)}),
        opening=opening,
        closing=[*closing, nudger.close, announcer.close, database.close],
        upkeep=[partial(clear_tomorrow, database), partial(RING.clear_next, database), partial(ensure_change_log, database)],
    )


def main() -> None:
    run(NAME, Settings, build, roles=("api", "bulk"))
