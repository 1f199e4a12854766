from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import asyncpg
import grpc
import pytest
from asyncpg.connection import LoggedQuery
from bulk_client import BulkClient
from catalog_client import PEN, PERMISSIONS, Catalog
from sqlalchemy.ext.asyncio import AsyncEngine

import catalog_svc
from catalog_svc.bulk.servicer import BulkServicer
from catalog_svc.main import registrations
from chassis.client import DecodeErrors
from chassis.db import Database, driver_connection
from chassis.testing import serving, statements
from pm.catalog.v1 import bulk_pb2_grpc, taxonomy_pb2
from pm.common.v1.money_pb2 import Money


@pytest.fixture(scope="session")
def migrations_dir() -> Path:
    return Path(catalog_svc.__file__).parent / "migrations"


@pytest.fixture
async def channel(database: Database, keys_dir: Path) -> AsyncIterator[grpc.aio.Channel]:
    """The role `api` behind a real server."""
    async with serving("catalog-svc", keys_dir, registrations(database, "EUR"), DecodeErrors()) as channel:
        yield channel


@pytest.fixture
def catalog(channel: grpc.aio.Channel, as_user: Callable[..., tuple[tuple[str, str], ...]]) -> Catalog:
    """The catalogue as a user sees it who may do everything."""
    return Catalog(channel, as_user(*PERMISSIONS))


@pytest.fixture
async def asked(database: Database, engine: AsyncEngine) -> Callable[[], AbstractContextManager[list[str]]]:
    """Collects the SQL that runs inside a block, of sessions and of plain connections."""
    async with database.transaction() as session:
        connection = await driver_connection(session)

    @contextmanager
    def collect() -> Iterator[list[str]]:
        def note(logged: LoggedQuery) -> None:
            seen.append(logged.query)

        with statements(engine) as seen, connection.query_logger(note):
            yield seen

    return collect


@pytest.fixture
async def sql(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection that sees what was committed, and empties the tables when the test ends."""
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.execute(
        "TRUNCATE suppliers, brands, categories, category_paths, products, product_best, product_search, supplier_products,"
        " product_prices, product_stocks, change_log, change_feed, outbox, runs, run_chunks, run_batches,"
        " search_words, search_dirty, search_upkeep, search_rollups, product_selections CASCADE"
    )
    for row in await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'staging'"):
        await connection.execute(f'DROP TABLE staging."{row["tablename"]}"')
    await connection.close()


@pytest.fixture
async def bulk(served_bulk: Callable[..., AbstractAsyncContextManager[BulkClient]]) -> AsyncIterator[BulkClient]:
    async with served_bulk() as client:
        yield client


@pytest.fixture
def served_bulk(database_url: str, keys_dir: Path, as_service: Callable, sql: asyncpg.Connection) -> Callable[..., Any]:
    """Serves the role `bulk`; arguments are those of its servicer."""

    @asynccontextmanager
    async def serve(**arguments: int) -> AsyncIterator[BulkClient]:
        database = Database.connect(database_url, pool_size=4, statement_seconds=None)
        add = partial(bulk_pb2_grpc.add_BulkServiceServicer_to_server, BulkServicer(database, "EUR", **arguments))
        async with serving("catalog-svc", keys_dir, [add], DecodeErrors()) as channel:
            yield BulkClient(channel, as_service("imports-svc", "catalog-svc"))
        await database.close()

    return serve


@pytest.fixture
async def shop(catalog: Catalog) -> SimpleNamespace:
    """Six offers of two suppliers; one product that nobody offers."""
    nord, sud = await catalog.supplier("Nord"), await catalog.supplier("Sud")

    async def offer(supplier: object, ref: str, title: str, amount: str, stock: int, **fields: str) -> None:
        await catalog.offer(supplier, ref, title=title, price=Money(amount=amount, currency="EUR"), stock=stock, **fields)

    await offer(nord, "N-1", "red hammer", "10", 5, brand="Bosch", category="Tools", gtin=PEN)
    await offer(nord, "N-2", "blue hammer", "20", 0, brand="Makita", category="Tools")
    await offer(nord, "N-3", "red lamp", "30", 1, brand="Bosch", category="Light")
    await offer(sud, "S-1", "green hammer", "40", 7, brand="Bosch", category="Tools")
    await catalog.offer(sud, "S-2", title="dollar hammer", price=Money(amount="15", currency="USD"))
    await catalog.product(title="bare hammer")
    brands = {brand.name: brand.id for brand in (await catalog("ListBrands", taxonomy_pb2.ListBrandsRequest())).brands}
    paths = (await catalog("ListCategories", taxonomy_pb2.ListCategoriesRequest())).categories
    return SimpleNamespace(nord=nord, sud=sud, brands=brands, categories={path.path: path.id for path in paths})
