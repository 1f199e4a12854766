import asyncpg
import pytest
from catalog_client import NOWHERE, Catalog
from google.protobuf.field_mask_pb2 import FieldMask

from chassis.db import driver_connection
from pm.catalog.v1 import suppliers_pb2 as pb

PEN = "04006381333931"


def update(supplier_id, paths=(), version=None, **fields):
    return pb.UpdateSupplierRequest(
        supplier=pb.Supplier(id=supplier_id, **fields), update_mask=FieldMask(paths=paths), version=version
    )


async def test_created_supplier_is_shown(catalog):
    made = await catalog.supplier(" Nord ")
    assert (made.name, made.priority, made.default_currency, made.version) == ("Nord", 100, "EUR", 1)
    assert await catalog("GetSupplier", pb.GetSupplierRequest(id=made.id)) == made
    other = await catalog.supplier("Sud", priority=3, default_currency="HRK")
    assert (other.priority, other.default_currency) == (3, "HRK")


async def test_names_are_unique_without_case(catalog):
    await catalog.supplier("Nord")
    other = await catalog.supplier("Sud")
    for method, request in (
        ("CreateSupplier", pb.CreateSupplierRequest(supplier=pb.Supplier(name="NORD"))),
        ("UpdateSupplier", update(other.id, name="nord")),
    ):
        error = await catalog.refused(method, request)
        assert (error.reason, error.metadata["name"].lower()) == ("SUPPLIER_NAME_TAKEN", "nord")


@pytest.mark.parametrize("name", ["", "  "])
async def test_a_supplier_needs_a_name(catalog, name):
    made = await catalog.supplier("Nord")
    create = pb.CreateSupplierRequest(supplier=pb.Supplier(name=name))
    assert (await catalog.refused("CreateSupplier", create)).reason == "SUPPLIER_NAME_BLANK"
    assert (await catalog.refused("UpdateSupplier", update(made.id, ["name"], name=name))).reason == "SUPPLIER_NAME_BLANK"


async def test_update_writes_what_the_mask_names(catalog):
    made = await catalog.supplier("Nord", priority=5)
    changed = await catalog("UpdateSupplier", update(made.id, ["default_currency"], default_currency="USD", priority=9))
    assert (changed.name, changed.priority, changed.default_currency, changed.version) == ("Nord", 5, "USD", 2)
    unchanged = await catalog("UpdateSupplier", update(made.id, priority=5))
    assert unchanged == changed


async def test_currencies_are_those_of_iso_4217(catalog):
    made = await catalog.supplier("Nord")
    for method, request in (
        ("CreateSupplier", pb.CreateSupplierRequest(supplier=pb.Supplier(name="Sud", default_currency="QQQ"))),
        ("UpdateSupplier", update(made.id, default_currency="QQQ")),
    ):
        error = await catalog.refused(method, request)
        assert (error.reason, list(error.violations)) == ("UNKNOWN_CURRENCY", ["supplier.default_currency"])


async def test_update_refusals(catalog):
    made = await catalog.supplier("Nord")
    conflict = await catalog.refused("UpdateSupplier", update(made.id, name="x", version=7))
    assert (conflict.reason, conflict.metadata["actual_version"]) == ("VERSION_CONFLICT", "1")
    assert (await catalog.refused("UpdateSupplier", update(NOWHERE, name="x"))).reason == "SUPPLIER_NOT_FOUND"
    assert (await catalog.refused("UpdateSupplier", update(made.id, ["offer_count"]))).reason == "INVALID_MASK"
    assert (await catalog.refused("GetSupplier", pb.GetSupplierRequest(id=NOWHERE))).reason == "SUPPLIER_NOT_FOUND"


async def test_a_new_priority_changes_who_wins(catalog):
    first, second = await catalog.supplier("first", priority=1), await catalog.supplier("second", priority=2)
    offer = await catalog.offer(first, "1", gtin=PEN, title="First's")
    other = await catalog.offer(second, "2", gtin=PEN, title="Second's")
    await catalog("UpdateSupplier", update(first.id, priority=3))
    product = await catalog.get(offer.product_id)
    assert (product.title, product.winning_offer_id) == ("Second's", other.id)
    assert [change.before["title"] for change in await catalog.changes(product.id)] == ["First's"]
    assert (await catalog.search("Second")).total == 1


async def test_priority_waits_for_the_run_that_is_applied(catalog, database):
    made = await catalog.supplier("Nord")
    async with database.transaction() as session:
        connection: asyncpg.Connection = await driver_connection(session)
        await connection.execute("UPDATE suppliers SET applying_run_id = $1", NOWHERE)
    error = await catalog.refused("UpdateSupplier", update(made.id, priority=3))
    assert (error.reason, error.metadata["run_id"]) == ("SUPPLIER_BUSY", NOWHERE)
    assert (await catalog("GetSupplier", pb.GetSupplierRequest(id=made.id))).priority == 100


async def test_listed_by_name_with_their_offers(catalog, asked):
    nord = await catalog.supplier("nord")
    for ref in ("a", "b"):
        await catalog.offer(nord, ref)
    with asked() as one:
        page = await catalog("ListSuppliers", pb.ListSuppliersRequest())
    assert [(supplier.name, supplier.offer_count) for supplier in page.suppliers] == [("nord", 2)]
    for name in ("Alt", "Sud"):
        await catalog.supplier(name)
    with asked() as three:
        page = await catalog("ListSuppliers", pb.ListSuppliersRequest())
    assert [(supplier.name, supplier.offer_count) for supplier in page.suppliers] == [("Alt", 0), ("nord", 2), ("Sud", 0)]
    assert len(one) == len(three)
    first = await catalog("ListSuppliers", pb.ListSuppliersRequest(page_size=2))
    rest = await catalog("ListSuppliers", pb.ListSuppliersRequest(page_size=2, page_token=first.next_page_token))
    assert [supplier.name for supplier in rest.suppliers] == ["Sud"]
    named = await catalog("ListSuppliers", pb.ListSuppliersRequest(name="NORD"))
    assert [supplier.id for supplier in named.suppliers] == [nord.id]


async def test_permissions(channel, as_user):
    reader = Catalog(channel, as_user("catalog.suppliers.read"))
    create = pb.CreateSupplierRequest(supplier=pb.Supplier(name="x"))
    assert (await reader.refused("CreateSupplier", create)).reason == "MISSING_PERMISSION"
    assert (await reader.refused("UpdateSupplier", update(NOWHERE, name="x"))).reason == "MISSING_PERMISSION"
    stranger = Catalog(channel, as_user("catalog.products.read"))
    assert (await stranger.refused("ListSuppliers", pb.ListSuppliersRequest())).reason == "MISSING_PERMISSION"
    assert (await stranger.refused("GetSupplier", pb.GetSupplierRequest(id=NOWHERE))).reason == "MISSING_PERMISSION"
