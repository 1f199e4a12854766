"""Many products pushed at once."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from catalog_client import INK, NOWHERE, PEN, PERMISSIONS, Catalog, titles
from follower import Follower, everything, matches, told
from google.protobuf.field_mask_pb2 import FieldMask

from catalog_svc.main import registrations
from chassis.client import DecodeErrors
from chassis.db import Database
from chassis.errors import ServiceError
from chassis.testing import serving
from pm.catalog.v1 import products_pb2 as pb
from pm.catalog.v1 import taxonomy_pb2

# What two products of the same words differ in.
OWN = ("id", "create_time", "update_time")


@pytest.fixture
async def catalog(committed_database: Database, keys_dir, as_user: Callable) -> AsyncIterator[Catalog]:
    async with serving("catalog-svc", keys_dir, registrations(committed_database, "EUR"), DecodeErrors()) as channel:
        yield Catalog(channel, as_user(*PERMISSIONS))


def item(*paths: str, version: int | None = None, **fields: Any) -> pb.ProductUpsert:
    return pb.ProductUpsert(product=pb.Product(**fields), update_mask=FieldMask(paths=paths), version=version)


async def push(catalog: Catalog, *items: pb.ProductUpsert, request_id: str = "") -> list[pb.UpsertResult]:
    request = pb.BatchUpsertProductsRequest(products=items, request_id=request_id)
    return list((await catalog("BatchUpsertProducts", request)).results)


def outcomes(results: list[pb.UpsertResult]) -> list[str]:
    return [pb.UpsertResult.Outcome.Name(result.outcome).removeprefix("OUTCOME_") for result in results]


async def test_each_is_added_changed_left_or_refused_alone(catalog):
    follower = Follower(catalog)
    known = await catalog.product(sku="1", title="old", brand="Bosch")
    await catalog.product(sku="2", title="same")
    await follower.until(2)
    results = await push(
        catalog,
        item(sku="1", title="changed"),
        item(sku="2", title="same"),
        item(sku="3", title="added", category="Tools > Saws"),
        item(sku="4", gtin="04006381333932", title="a barcode that does not check"),
        item(sku="5", title="t" * 501, category="Left > Behind"),
        item(id=NOWHERE, title="nobody"),
        item("brand", sku="1"),
        item("price", sku="1"),
        item(),
    )
    assert outcomes(results) == ["UPDATED", "UNCHANGED", "CREATED", *["REFUSED"] * 3, "UPDATED", "REFUSED", "REFUSED"]
    reasons = [result.reason for result in results if result.reason]
    assert reasons == ["INVALID_GTIN", "INVALID_MESSAGE", "PRODUCT_NOT_FOUND", "INVALID_MASK", "PRODUCT_EMPTY"]
    assert [(found.field, bool(found.description)) for found in results[4].violations] == [("title", True)]
    changed = await catalog.get(known.id)
    assert (results[0].product_id, changed.title, changed.brand, changed.version) == (known.id, "changed", "", 3)
    assert sorted(product.sku for product in (await everything(catalog)).values()) == ["1", "2", "3"]
    assert sorted(titles(await catalog.search("added"))) == ["added"]
    assert titles(await catalog.search("changed")) == ["changed"]
    # One entry for the product that was changed twice in one step.
    entries = {entry.product_id: entry for entry in await follower.until(2)}
    assert told([entries[known.id]]) == [({"CHANGED"}, {"title", "brand"})]
    assert told([entries[results[2].product_id]]) == [({"CREATED"}, set())]
    assert await follower.catch_up() == []
    await matches(follower, catalog)


async def test_what_a_refused_one_wrote_before_goes_with_it(catalog):
    await catalog.product(gtin=PEN, sku="1")
    results = await push(catalog, item(gtin=PEN, sku="2", brand="Never"), item(sku="3", title="fine", brand="Ever"))
    assert (outcomes(results), results[0].reason) == (["REFUSED", "CREATED"], "GTIN_TAKEN")
    brands = (await catalog("ListBrands", taxonomy_pb2.ListBrandsRequest())).brands
    assert [brand.name for brand in brands] == ["Ever"]


async def test_a_product_is_known_by_its_id_its_sku_or_its_gtin(catalog):
    one = await catalog.product(sku="1", title="one")
    pen = await catalog.product(gtin=PEN, title="pen")
    ink = await catalog.product(gtin=INK, sku="2", title="ink")
    results = await push(
        catalog,
        item(id=one.id, sku="11"),
        item(gtin=PEN, sku="3"),
        item(gtin=INK, title="ink by its barcode"),
        item(sku="2", title="ink by its number"),
        # Another article of ours has this barcode.
        item(gtin=INK, sku="4", title="new"),
        # Number and barcode are those of two.
        item(gtin=INK, sku="3"),
        item(sku="new", title="made"),
        item(sku="new", title="and changed"),
    )
    assert outcomes(results) == [*["UPDATED"] * 4, "REFUSED", "REFUSED", "CREATED", "UPDATED"]
    assert [result.product_id for result in results[:4]] == [one.id, pen.id, ink.id, ink.id]
    assert {result.reason for result in results[4:6]} == {"GTIN_TAKEN"}
    assert (await catalog.get(results[6].product_id)).title == "and changed"


async def test_a_new_product_has_its_codes_whatever_the_mask_says(catalog):
    (made,) = await push(catalog, item("title", sku="1", gtin=PEN, title="Pen"))
    (again,) = await push(catalog, item("title", sku="1", title="Pen"))
    assert (outcomes([made, again]), again.product_id) == (["CREATED", "UNCHANGED"], made.product_id)
    assert (await catalog.get(made.product_id)).gtin == PEN


async def test_a_version_that_is_not_the_products_refuses_it(catalog):
    made = await catalog.product(sku="1", title="old")
    results = await push(catalog, item(sku="1", title="a", version=made.version), item(sku="1", title="b", version=made.version))
    assert (outcomes(results), results[1].reason) == (["UPDATED", "REFUSED"], "VERSION_CONFLICT")
    assert results[0].version == made.version + 1


async def test_the_same_call_again_does_nothing(catalog):
    items = (item(title="without any code"), item(sku="1", title="t" * 501))
    first = await push(catalog, *items, request_id="once")
    assert await push(catalog, *items, request_id="once") == first
    assert len(await everything(catalog)) == 1
    with pytest.raises(ServiceError) as caught:
        await push(catalog, item(title="other"), request_id="once")
    assert caught.value.reason == "REQUEST_ID_REUSED"
    assert outcomes(await push(catalog, *items)) == ["CREATED", "REFUSED"]


async def test_it_leaves_what_single_edits_leave(catalog, sql):
    created = [
        {"sku": f"{n}", "title": f"Title {n % 7}", "brand": f"Brand {n % 3}", "category": f"A > {n % 4}"} for n in range(40)
    ]
    changed = [{"sku": f"{n}", "title": "Other", "mpn": f"M-{n}"} for n in range(0, 40, 3)]

    async def left() -> tuple[list[dict[str, Any]], list[Any]]:
        products = [
            {field.name: value for field, value in product.ListFields() if field.name not in OWN}
            for product in (await everything(catalog)).values()
        ]
        history = await sql.fetch("SELECT p.sku, fields, before::text FROM change_log l JOIN products p ON p.id = l.product_id")
        search = await sql.fetch("SELECT p.sku, fts::text FROM product_search f JOIN products p ON p.id = f.product_id")
        return sorted(products, key=lambda product: int(product["sku"])), [sorted(map(tuple, rows)) for rows in (history, search)]

    ids = {fields["sku"]: (await catalog.product(**fields)).id for fields in created}
    for fields in changed:
        await catalog("UpdateProduct", pb.UpdateProductRequest(product=pb.Product(id=ids[fields["sku"]], **fields)))
    singly = await left()
    await sql.execute("TRUNCATE products, product_search, change_log, change_feed, outbox")
    await push(catalog, *(item(**fields) for fields in created))
    await push(catalog, *(item(**fields) for fields in changed))
    assert await left() == singly


async def test_a_thousand_at_once(catalog):
    results = await push(catalog, *(item(sku=f"S{n}", title=f"Title {n}") for n in range(1_000)))
    assert set(outcomes(results)) == {"CREATED"}
    follower = Follower(catalog, limit=1_000)
    assert len(await follower.until(1_000)) == 1_000
    await matches(follower, catalog)
