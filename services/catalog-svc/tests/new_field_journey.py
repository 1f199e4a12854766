"""What a field of the registry does without a line of code of its own: run by `test_new_field.py` on a copy that has one more."""

import json

from bulk_client import BulkClient, offer
from catalog_client import PEN, Catalog
from google.protobuf.field_mask_pb2 import FieldMask

from chassis.testing import check_models
from pm.catalog.v1 import bulk_pb2, products_pb2


async def test_models_match_migrations(migrations_dir, database_url) -> None:
    await check_models(migrations_dir, database_url)


async def test_by_hand(catalog: Catalog) -> None:
    nord, sud = await catalog.supplier("Nord"), await catalog.supplier("Sud")
    put = await catalog.offer(nord, "A", gtin=PEN, title="Pen")
    await catalog.offer(sud, "B", gtin=PEN, title="Stylo", material="steel")
    product = await catalog.get(put.product_id)
    assert product.material == "steel", "the first offer that says it"
    changed = await catalog.offer(nord, "A", gtin=PEN, title="Pen", material="brass")
    assert (changed.material, (await catalog.get(product.id)).material) == ("brass", "brass")
    wanted = products_pb2.Product(id=product.id, material="gold")
    request = products_pb2.UpdateProductRequest(product=wanted, update_mask=FieldMask(paths=["material"]))
    locked = await catalog("UpdateProduct", request)
    assert (locked.material, list(locked.locked_fields)) == ("gold", ["material"])
    await catalog.offer(nord, "A", gtin=PEN, title="Pen", material="iron")
    assert (await catalog.get(product.id)).material == "gold"
    by_hand = next(change for change in await catalog.changes(product.id) if "locked_fields" in change.fields)
    assert by_hand.before["material"] == "brass"
    released = await catalog(
        "UpdateProduct",
        products_pb2.UpdateProductRequest(
            product=products_pb2.Product(id=product.id), update_mask=FieldMask(paths=["locked_fields"])
        ),
    )
    assert released.material == "iron"
    too_long = products_pb2.CreateProductRequest(product=products_pb2.Product(title="x", material="m" * 201))
    assert (await catalog.refused("CreateProduct", too_long)).reason == "INVALID_MESSAGE"


async def test_by_imports(bulk: BulkClient, sql) -> None:
    await bulk.load("Nord", [offer("A", gtin=PEN, material="steel"), offer("B")])
    assert await sql.fetchval("SELECT material FROM products WHERE gtin = $1", PEN) == "steel"
    run = await bulk.plan("Nord", [offer("A", gtin=PEN, material="brass"), offer("B")])
    [row] = await bulk.plan_rows(run, bulk_pb2.PlanRow.KIND_UPDATE)
    assert [(change.field, change.before, change.after) for change in row.changes] == [("material", "steel", "brass")]
    await bulk.apply(run)
    assert await sql.fetchval("SELECT material FROM products WHERE gtin = $1", PEN) == "brass"
    log = await sql.fetch("SELECT fields, before::text FROM change_log WHERE 'material' = ANY (fields)")
    assert [(row["fields"], json.loads(row["before"])) for row in log] == [(["material"], {"material": "steel"})] * 2
    assert await sql.fetchval("SELECT count(*) FROM change_feed WHERE 'material' = ANY (fields)") == 1
