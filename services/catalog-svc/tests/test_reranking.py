"""Suppliers of more offers than one call can rank again: a new rank, and what the own list is, follow in slices."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
from bulk_client import BulkClient
from catalog_client import INK, PEN, Catalog
from test_differential import CHANGES, SNAPSHOT
from test_own_list import catalog, declare, row  # noqa: F401  # a fixture, too

from catalog_svc.suppliers import service
from catalog_svc.suppliers.service import Reranker
from catalog_svc.suppliers.tasks import Reranking, rank_slice
from chassis.db import Database
from chassis.errors import Unavailable
from pm.catalog.v1 import bulk_pb2, offers_pb2, products_pb2, suppliers_pb2
from pm.common.v1.money_pb2 import Money

COLUMNS = ("ref", "gtin", "title", "our_sku")
OFFERS = 7


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """As the role `bulk` has it."""
    database = Database.connect(database_url, pool_size=2, statement_seconds=None)
    yield database
    await database.close()


@pytest.fixture
def slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two offers a slice, and none in the call."""
    monkeypatch.setattr(service, "RERANKED_OFFERS", 0)
    monkeypatch.setattr(service, "SLICE_OFFERS", 2)


@pytest.fixture
async def late(catalog: Catalog, sql: asyncpg.Connection) -> suppliers_pb2.Supplier:  # noqa: F811
    """A supplier of seven offers, two of which are of products that others offered first; one has two of them."""
    nord, late = await catalog.supplier("Nord", priority=1), await catalog.supplier("Late")
    await catalog.offer(nord, "N-1", gtin=PEN, title="Nord's pen", price=Money(amount="2", currency="EUR"), stock=4)
    await catalog.offer(nord, "N-2", gtin=INK, title="Nord's ink", brand="Nord")
    gtins = {0: PEN, 1: INK, 5: PEN}
    for number in range(OFFERS):
        await catalog.offer(late, f"10{number}", gtin=gtins.get(number, ""), title=f"Late's {number}", stock=number)
    return late


async def state(sql: asyncpg.Connection) -> tuple[list[Any], list[Any]]:
    # Products of one statement are recorded in whatever order it found them.
    return [tuple(one) for one in await sql.fetch(SNAPSHOT)], sorted((tuple(one) for one in await sql.fetch(CHANGES)), key=repr)


async def left(catalog: Catalog, supplier: suppliers_pb2.Supplier) -> int:  # noqa: F811
    return (await catalog("GetSupplier", suppliers_pb2.GetSupplierRequest(id=supplier.id))).offers_to_rank


async def rank_all(database: Database) -> int:
    done = 0
    while await rank_slice(database):
        done += 1
    return done


@pytest.mark.parametrize("own_list", [True, False])
async def test_slices_leave_what_one_call_does(
    catalog: Catalog,  # noqa: F811
    late: suppliers_pb2.Supplier,
    database: Database,
    sql: asyncpg.Connection,
    monkeypatch: pytest.MonkeyPatch,
    own_list: bool,
) -> None:
    if not own_list:
        await catalog("UpdateSupplier", declare(late))
    await sql.execute("CREATE TEMP TABLE before AS TABLE products; CREATE TEMP TABLE best AS TABLE product_best")
    await sql.execute("TRUNCATE change_log")
    await catalog("UpdateSupplier", declare(late, own_list=own_list))
    at_once = await state(sql)
    assert at_once[1], "something changed"
    # As it was before, and once more in slices.
    await sql.execute("TRUNCATE change_log, products, product_best")
    await sql.execute("INSERT INTO products TABLE before; INSERT INTO product_best TABLE best")
    await catalog("UpdateSupplier", declare(late, own_list=not own_list))
    await sql.execute("TRUNCATE change_log, products, product_best")
    await sql.execute("INSERT INTO products TABLE before; INSERT INTO product_best TABLE best")
    monkeypatch.setattr(service, "RERANKED_OFFERS", 0)
    monkeypatch.setattr(service, "SLICE_OFFERS", 2)
    await catalog("UpdateSupplier", declare(late, own_list=own_list))
    assert await rank_all(database) == OFFERS // 2 + 1
    assert await state(sql) == at_once


async def test_what_is_left_is_told_and_goes_down(
    catalog: Catalog,  # noqa: F811
    late: suppliers_pb2.Supplier,
    slices: None,
    database: Database,
    sql: asyncpg.Connection,
) -> None:
    answer = await catalog("UpdateSupplier", declare(late))
    assert (answer.own_list, answer.priority, answer.offers_to_rank) == (True, 0, OFFERS)
    seen = []
    while await rank_slice(database):
        seen.append(await left(catalog, late))
    assert seen == [5, 3, 1, 0]
    [shown] = [one for one in (await catalog("ListSuppliers", suppliers_pb2.ListSuppliersRequest())).suppliers if one.own_list]
    assert (shown.name, shown.offers_to_rank) == ("Late", 0)
    skus = await sql.fetch("SELECT sku FROM products WHERE sku IS NOT NULL ORDER BY 1")
    # 105 is the second reference of a product that has one.
    assert [one["sku"] for one in skus] == ["100", "101", "102", "103", "104", "106"]


async def test_a_slice_that_died_is_done_again(
    catalog: Catalog,  # noqa: F811
    late: suppliers_pb2.Supplier,
    slices: None,
    database: Database,
    sql: asyncpg.Connection,
) -> None:
    await catalog("UpdateSupplier", declare(late))
    assert await rank_slice(database)
    before = await state(sql)
    with pytest.raises(asyncpg.InterfaceError, match="closed"):
        async with database.writing() as connection:
            assert await Reranker(connection).next_slice()
            # Another one does nothing meanwhile, and does not wait.
            assert not await asyncio.wait_for(rank_slice(database), 10)
            await sql.execute("SELECT pg_terminate_backend($1)", connection.get_server_pid())
            while not connection.is_closed():  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    assert await state(sql) == before
    loop = Reranking(database)
    await loop.start()
    while await left(catalog, late):  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    await loop.stop()
    assert await sql.fetchval("SELECT count(*) FROM products WHERE sku IS NOT NULL") == OFFERS - 1


async def test_a_second_word_meanwhile_is_harmless(
    catalog: Catalog,  # noqa: F811
    late: suppliers_pb2.Supplier,
    slices: None,
    database: Database,
    sql: asyncpg.Connection,
) -> None:
    await catalog("UpdateSupplier", declare(late))
    assert await rank_slice(database)
    again = await catalog("UpdateSupplier", declare(late))
    assert (again.version, again.offers_to_rank) == (2, OFFERS - 2)
    other = await catalog.supplier("Other")
    assert (await catalog.refused("UpdateSupplier", declare(other))).reason == "OWN_LIST_TAKEN"
    # Taken back in the middle, it begins anew with the rank of others.
    let_go = await catalog("UpdateSupplier", declare(late, own_list=False))
    assert (let_go.priority, let_go.offers_to_rank) == (100, OFFERS)
    assert (await catalog("UpdateSupplier", declare(other))).own_list
    await rank_all(database)
    titles = await sql.fetch("SELECT title, sku FROM products WHERE gtin IN ($1, $2) ORDER BY gtin", PEN, INK)
    assert [tuple(one) for one in titles] == [("Nord's pen", "100"), ("Nord's ink", "101")]
    assert await sql.fetchval("SELECT count(*) FROM products WHERE sku IS NOT NULL") == 2


async def test_offers_of_others_meanwhile_are_kept(
    catalog: Catalog,  # noqa: F811
    late: suppliers_pb2.Supplier,
    slices: None,
    database: Database,
    sql: asyncpg.Connection,
) -> None:
    await catalog("UpdateSupplier", declare(late))
    assert await rank_slice(database)
    sud = await catalog.supplier("Sud")
    offered = await catalog.offer(sud, "S-1", gtin=PEN, title="Sud's pen", description="From Sud")
    behind = await catalog.offer(sud, "S-2", gtin=INK, title="Sud's ink", price=Money(amount="1", currency="EUR"))
    await rank_all(database)
    pen, ink = await catalog.get(offered.product_id), await catalog.get(behind.product_id)
    assert (pen.title, pen.description, pen.offer_count, pen.sku) == ("Late's 0", "From Sud", 4, "100")
    assert (ink.title, ink.brand, ink.price.amount, ink.sku) == ("Late's 1", "Nord", "1.00", "101")


async def test_what_names_skus_waits_until_they_are_given(
    catalog: Catalog,  # noqa: F811
    late: suppliers_pb2.Supplier,
    slices: None,
    database: Database,
    bulk: BulkClient,
    sql: asyncpg.Connection,
) -> None:
    await catalog("UpdateSupplier", declare(late))
    assert await rank_slice(database)
    for supplier, columns in (("Late", COLUMNS[:3]), ("Sud", COLUMNS)):
        with pytest.raises(Unavailable) as refused:
            await bulk.plan(supplier, [row("S-1", our_sku="106")], columns)
        assert refused.value.reason == "SKUS_BEING_GIVEN"
    sud = await catalog.supplier("Sud by hand")
    wanted = offers_pb2.Offer(supplier_id=sud.id, ref="S-1", our_sku="106")
    assert (await catalog.refused("PutOffer", offers_pb2.PutOfferRequest(offer=wanted))).reason == "SKUS_BEING_GIVEN"
    typed = products_pb2.CreateProductRequest(product=products_pb2.Product(title="By hand", sku="106"))
    assert (await catalog.refused("CreateProduct", typed)).reason == "SKUS_BEING_GIVEN"
    # One that is given already is known.
    assert (await catalog.offer(sud, "S-2", our_sku="100")).product_id
    assert (await bulk.load("Sud", [row("S-3")], COLUMNS[:3])).state == bulk_pb2.Run.STATE_APPLIED
    await rank_all(database)
    assert (await bulk.plan("Sud", [row("S-1", our_sku="106")], COLUMNS)).ledger.our_sku_told == 0
    assert (await catalog.offer(sud, "S-1", our_sku="106")).product_id
