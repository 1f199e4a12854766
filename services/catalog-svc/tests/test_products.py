import asyncio

import pytest
from catalog_client import NOWHERE, PERMISSIONS, Catalog
from google.protobuf.field_mask_pb2 import FieldMask

from catalog_svc.main import registrations
from chassis.client import DecodeErrors
from chassis.db import driver_connection
from chassis.testing import check_models, serving
from pm.catalog.v1 import products_pb2 as pb

GTIN = "04006381333931"
OTHER_GTIN = "00012345678905"
USER = "01890000-0000-7000-8000-000000000001"


def update(product_id, paths=(), version=None, **fields):
    return pb.UpdateProductRequest(
        product=pb.Product(id=product_id, **fields), update_mask=FieldMask(paths=paths), version=version
    )


async def test_models_match_migrations(migrations_dir, database_url):
    await check_models(migrations_dir, database_url)


async def test_created_product_is_shown(catalog):
    made = await catalog.product(gtin=GTIN, sku="A-1", title="Stabilo Boss", brand="Stabilo", category="Pens/Markers")
    assert await catalog.get(made.id) == made
    assert (made.gtin, made.sku, made.title, made.brand, made.category) == (
        GTIN,
        "A-1",
        "Stabilo Boss",
        "Stabilo",
        "Pens/Markers",
    )
    assert made.version == 1
    assert not made.HasField("price")
    assert not made.HasField("stock")
    assert made.offer_count == 0
    # A person set them: an offer that joins later must not change them.
    assert made.locked_fields == ["brand", "category", "title"]


async def test_brands_that_differ_in_case_are_one(catalog, database):
    first = await catalog.product(title="a", brand="Bosch")
    second = await catalog.product(title="b", brand="BOSCH")
    assert (first.brand, second.brand) == ("Bosch", "Bosch")


@pytest.mark.parametrize(
    ("taken", "reason"), [({"gtin": GTIN}, "GTIN_TAKEN"), ({"sku": "A-1"}, "SKU_TAKEN")], ids=["gtin", "sku"]
)
async def test_codes_are_unique(catalog, taken, reason):
    first = await catalog.product(title="first", **taken)
    created = await catalog.refused("CreateProduct", pb.CreateProductRequest(product=pb.Product(**taken)))
    other = await catalog.product(title="other")
    updated = await catalog.refused("UpdateProduct", update(other.id, **taken))
    for error in (created, updated):
        assert error.reason == reason
        assert error.metadata["product_id"] == first.id
    assert (await catalog.get(other.id)).version == 1


@pytest.mark.parametrize("gtin", ["04006381333932", "00000000000000"], ids=["check digit", "zeros"])
async def test_gtin_must_check(catalog, gtin):
    error = await catalog.refused("CreateProduct", pb.CreateProductRequest(product=pb.Product(gtin=gtin)))
    assert error.reason == "INVALID_GTIN"
    assert "product.gtin" in error.violations


async def test_gtin_must_be_padded(catalog):
    error = await catalog.refused("CreateProduct", pb.CreateProductRequest(product=pb.Product(gtin="4006381333931")))
    assert error.reason == "INVALID_MESSAGE"


async def test_request_id_makes_one_product(catalog, database):
    first = await catalog.product(title="once", request_id="r-1")
    assert await catalog.product(title="once", request_id="r-1") == first
    error = await catalog.refused("CreateProduct", pb.CreateProductRequest(product=pb.Product(title="twice"), request_id="r-1"))
    assert error.reason == "REQUEST_ID_REUSED"
    async with database.transaction() as session:
        connection = await driver_connection(session)
        assert await connection.fetchval("SELECT count(*) FROM products") == 1
        await connection.execute("UPDATE requests SET create_time = now() - interval '25 hours'")
    assert (await catalog.product(title="twice", request_id="r-1")).id != first.id


async def test_request_id_sent_twice_at_once_makes_one_product(committed_database, keys_dir, as_user):
    async with serving("catalog-svc", keys_dir, registrations(committed_database, "EUR"), DecodeErrors()) as channel:
        catalog = Catalog(channel, as_user(*PERMISSIONS))
        made = await asyncio.gather(*(catalog.product(title="once", request_id="r-1") for _ in range(4)))
        listed = await catalog("ListProducts", pb.ListProductsRequest())
    assert {product.id for product in made} == {product.id for product in listed.products}
    assert len(listed.products) == 1


async def test_update_writes_what_the_mask_names(catalog):
    made = await catalog.product(title="old", description="kept", brand="Bosch")
    changed = await catalog(
        "UpdateProduct", update(made.id, ["title", "brand", "mpn"], title="new", brand="Makita", description="ignored")
    )
    assert (changed.title, changed.brand, changed.description) == ("new", "Makita", "kept")
    assert changed.version == 2
    assert changed.locked_fields == ["brand", "description", "mpn", "title"]
    assert await catalog.get(made.id) == changed
    (change,) = await catalog.changes(made.id)
    assert (change.user_id, change.run_id, change.offer_id) == (USER, "", "")
    assert dict(change.before) == {"title": "old", "brand": "Bosch", "locked_fields": "brand, description, title"}
    assert change.fields == ["brand", "locked_fields", "title"]


async def test_update_that_changes_nothing_writes_nothing(catalog):
    made = await catalog.product(title="same")
    assert await catalog("UpdateProduct", update(made.id, title="same")) == made
    assert await catalog.changes(made.id) == []


async def test_update_holds_to_the_version(catalog):
    made = await catalog.product(title="one")
    await catalog("UpdateProduct", update(made.id, title="two", version=1))
    error = await catalog.refused("UpdateProduct", update(made.id, title="three", version=1))
    assert (error.reason, error.metadata["actual_version"]) == ("VERSION_CONFLICT", "2")
    assert (await catalog.get(made.id)).title == "two"


async def test_update_empties_fields(catalog):
    made = await catalog.product(gtin=GTIN, title="full", brand="Bosch")
    changed = await catalog("UpdateProduct", update(made.id, ["gtin", "brand", "title"]))
    assert (changed.gtin, changed.brand, changed.title) == ("", "", "")


async def test_an_empty_product_is_refused(catalog):
    for fields in ({}, {"title": "  "}, {"brand": "Bosch", "description": "x"}):
        error = await catalog.refused("CreateProduct", pb.CreateProductRequest(product=pb.Product(**fields)))
        assert error.reason in {"PRODUCT_EMPTY", "INVALID_MESSAGE"}
    assert (await catalog.product(mpn="X-1")).mpn == "X-1"


@pytest.mark.parametrize("url", ["javascript:alert(1)", "ftp://a/b.jpg", "//a/b.jpg", "http://", "https://a/b c.jpg"])
async def test_images_are_on_the_web(catalog, url):
    error = await catalog.refused("CreateProduct", pb.CreateProductRequest(product=pb.Product(title="x", image_url=url)))
    assert (error.reason, list(error.violations)) == ("INVALID_MESSAGE", ["product.image_url"])
    made = await catalog.product(title="x", image_url="HTTPS://a/b.jpg")
    assert (await catalog.refused("UpdateProduct", update(made.id, image_url=url))).reason == "INVALID_MESSAGE"


async def test_a_released_field_takes_what_the_offers_say(catalog):
    supplier = await catalog.supplier("Nord")
    offer = await catalog.offer(supplier, "1", title="Nord's", brand="Bosch")
    edited = await catalog("UpdateProduct", update(offer.product_id, title="Ours", brand="Makita"))
    assert edited.locked_fields == ["brand", "title"]
    released = await catalog("UpdateProduct", update(edited.id, ["locked_fields"], locked_fields=["brand"]))
    assert (released.title, released.brand, released.locked_fields) == ("Nord's", "Makita", ["brand"])
    assert released.version > edited.version
    assert [hit.product.id for hit in (await catalog.search("nord's")).hits] == [edited.id]
    await catalog.offer(supplier, "1", title="Nord's new", brand="Bosch")
    shown = await catalog.get(edited.id)
    assert (shown.title, shown.brand) == ("Nord's new", "Makita")


async def test_a_field_can_be_locked_as_the_offers_say_it(catalog):
    supplier = await catalog.supplier("Nord")
    offer = await catalog.offer(supplier, "1", title="first")
    await catalog("UpdateProduct", update(offer.product_id, locked_fields=["title"]))
    await catalog.offer(supplier, "1", title="second")
    assert (await catalog.get(offer.product_id)).title == "first"
    error = await catalog.refused("UpdateProduct", update(offer.product_id, locked_fields=["stock"]))
    assert error.reason == "INVALID_MESSAGE"


async def test_update_refuses_fields_that_are_not_writable(catalog):
    made = await catalog.product(title="one")
    error = await catalog.refused("UpdateProduct", update(made.id, ["stock"]))
    assert error.reason == "INVALID_MASK"


async def test_edited_title_is_found(catalog):
    made = await catalog.product(title="hammer")
    await catalog("UpdateProduct", update(made.id, title="screwdriver"))
    assert [hit.product.id for hit in (await catalog.search("screwdriver")).hits] == [made.id]
    assert (await catalog.search("hammer")).total == 0


@pytest.mark.parametrize(
    ("method", "request_"),
    [
        ("GetProduct", pb.GetProductRequest(id=NOWHERE)),
        ("UpdateProduct", update(NOWHERE, title="x")),
        ("ListProductChanges", pb.ListProductChangesRequest(product_id=NOWHERE)),
    ],
)
async def test_unknown_product(catalog, method, request_):
    assert (await catalog.refused(method, request_)).reason == "PRODUCT_NOT_FOUND"


async def test_malformed_ids(catalog):
    assert (await catalog.refused("GetProduct", pb.GetProductRequest(id="x"))).reason == "INVALID_MESSAGE"
    assert (await catalog.refused("UpdateProduct", update("x", title="x"))).reason == "INVALID_ID"


async def test_permissions(channel, as_user):
    reader = Catalog(channel, as_user("catalog.products.read"))
    assert (await reader("ListProducts", pb.ListProductsRequest())).products == []
    for user, method, request in (
        (reader, "CreateProduct", pb.CreateProductRequest(product=pb.Product(title="x"))),
        (reader, "UpdateProduct", update(NOWHERE, title="x")),
        (Catalog(channel, as_user("catalog.suppliers.read")), "GetProduct", pb.GetProductRequest(id=NOWHERE)),
    ):
        assert (await user.refused(method, request)).reason == "MISSING_PERMISSION"


async def test_pages_continue_without_gap(catalog):
    made = [(await catalog.product(title=f"p{number}")).id for number in range(5)]
    seen, token = [], ""
    for size in (2, 2, 1):
        page = await catalog("ListProducts", pb.ListProductsRequest(page_size=2, page_token=token))
        assert len(page.products) == size
        seen += [product.id for product in page.products]
        token = page.next_page_token
    assert (seen, token) == (made, "")


async def test_foreign_page_token(catalog):
    for number in range(2):
        made = await catalog.product(title=f"p{number}")
    token = (await catalog("ListProducts", pb.ListProductsRequest(page_size=1))).next_page_token
    for method, request in (
        ("ListProductChanges", pb.ListProductChangesRequest(product_id=made.id, page_token=token)),
        ("SearchProducts", pb.SearchProductsRequest(query="p1", page_token=token)),
        ("ListProducts", pb.ListProductsRequest(page_token="garbage")),
    ):
        assert (await catalog.refused(method, request)).reason == "INVALID_PAGE_TOKEN"


async def test_changes_newest_first(catalog):
    made = await catalog.product(title="0")
    for number in range(1, 4):
        await catalog("UpdateProduct", update(made.id, title=str(number)))
    seen, token = [], ""
    for _ in range(2):
        request = pb.ListProductChangesRequest(product_id=made.id, page_size=2, page_token=token)
        page = await catalog("ListProductChanges", request)
        seen += [change.before["title"] for change in page.changes]
        token = page.next_page_token
    assert (seen, token) == (["2", "1", "0"], "")


async def test_list_asks_once(catalog, asked):
    counts = []
    for number in range(1, 6):
        await catalog.product(title=f"p{number}", brand=f"b{number}", category=f"c{number}")
        with asked() as seen:
            page = await catalog("ListProducts", pb.ListProductsRequest())
        assert len(page.products) == number
        counts.append(len(seen))
    assert len(set(counts)) == 1
    assert counts[0] <= 4  # the savepoint of a test and the list itself


async def test_nul_is_refused(catalog):
    error = await catalog.refused("CreateProduct", pb.CreateProductRequest(product=pb.Product(title="a\0b")))
    assert error.reason == "INVALID_TEXT"
    assert (await catalog.refused("SearchProducts", pb.SearchProductsRequest(query="a\0b"))).reason == "INVALID_TEXT"
