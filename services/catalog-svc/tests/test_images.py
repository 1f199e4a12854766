"""Several images: the whole list of one offer is that of its product, `image_url` its first; one field, however it is said."""

from uuid import UUID

import asyncpg
import pytest
from bulk_client import BulkClient, ledger, offer
from catalog_client import PEN, Catalog
from google.protobuf.field_mask_pb2 import FieldMask

from catalog_svc.fields import lists
from catalog_svc.history.restoring import Past
from chassis.db import Database
from pm.catalog.v1 import products_pb2 as pb

A, B, C, D = (f"https://example.com/{name}.jpg" for name in "abcd")


def update(product_id: str, *mask: str, **fields: object) -> pb.UpdateProductRequest:
    return pb.UpdateProductRequest(product=pb.Product(id=product_id, **fields), update_mask=FieldMask(paths=mask))


async def test_an_offer_has_a_list_and_its_product_all_of_it(catalog: Catalog) -> None:
    nord, sud = await catalog.supplier("Nord", priority=1), await catalog.supplier("Sud", priority=2)
    plain = await catalog.offer(nord, "N", gtin=PEN, title="Pen")
    said = await catalog.offer(sud, "S", gtin=PEN, title="Pen", images=[A, B, A, C])
    assert (said.image_url, list(said.images)) == (A, [A, B, C])
    product = await catalog.get(plain.product_id)
    assert (product.image_url, list(product.images)) == (A, [A, B, C])
    await catalog.offer(nord, "N", gtin=PEN, title="Pen", image_url=D)
    product = await catalog.get(product.id)
    assert (product.image_url, list(product.images)) == (D, [D]), "the list of one offer, not one of each"
    same = await catalog.offer(sud, "S", gtin=PEN, title="Pen", image_url=A, images=[A, B, C])
    assert same.version == said.version
    _, exported = await catalog.export()
    assert list(exported[product.id].images) == [D]


async def test_a_first_that_is_another_is_refused(catalog: Catalog) -> None:
    nord = await catalog.supplier("Nord")
    made = await catalog.product(title="Pen", images=[A, B])
    for method, request in (
        ("UpdateProduct", update(made.id, "image_url", "images", image_url=C, images=[A, B])),
        ("UpdateProduct", update(made.id, "image_url", "images", image_url=C)),
        ("CreateProduct", pb.CreateProductRequest(product=pb.Product(title="x", image_url=C, images=[A]))),
    ):
        error = await catalog.refused(method, request)
        assert (error.reason, list(error.violations)) == ("FIRST_DIFFERS", ["product.image_url"])
    with pytest.raises(Exception, match="is not the first of images"):
        await catalog.offer(nord, "N", image_url=C, images=[A])


@pytest.mark.parametrize("address", ["ftp://a/b.jpg", "a.jpg", "https://a/b c.jpg", "https://a/b.jpg\nhttps://a/c.jpg", ""])
async def test_every_image_is_an_address(catalog: Catalog, address: str) -> None:
    request = pb.CreateProductRequest(product=pb.Product(title="x", images=[A, address]))
    error = await catalog.refused("CreateProduct", request)
    assert (error.reason, list(error.violations)) == ("INVALID_MESSAGE", ["product.images"])
    many = [f"https://example.com/{number}.jpg" for number in range(51)]
    assert (await catalog.refused("CreateProduct", pb.CreateProductRequest(product=pb.Product(title="x", images=many)))).reason
    longest = [f"https://example.com/{number:02}".ljust(2048, "x") for number in range(50)]
    assert list((await catalog.product(title="x", images=longest)).images) == longest


async def test_a_person_edits_and_locks_the_list_and_its_changes_are_told(catalog: Catalog) -> None:
    nord = await catalog.supplier("Nord")
    first = await catalog.offer(nord, "N", title="Pen", images=[A, B])
    changed = await catalog("UpdateProduct", update(first.product_id, "images", images=[B, C]))
    assert (changed.image_url, list(changed.images), list(changed.locked_fields)) == (B, [B, C], ["image_url"])
    await catalog.offer(nord, "N", title="Pen", images=[A])
    assert list((await catalog.get(changed.id)).images) == [B, C]
    (change,) = [one for one in await catalog.changes(changed.id) if not one.offer_id]
    assert (list(change.fields), dict(change.before)) == (
        ["image_url", "locked_fields"],
        {"image_url": f"{A}\n{B}", "locked_fields": ""},
    )
    released = await catalog("UpdateProduct", update(changed.id, "locked_fields"))
    assert (list(released.images), list(released.locked_fields)) == ([A], [])


async def test_the_first_alone_changes_the_first(catalog: Catalog) -> None:
    made = await catalog.product(title="Pen", images=[A, B, C])
    same = await catalog("UpdateProduct", update(made.id, "image_url", image_url=A))
    assert same.version == made.version
    other = await catalog("UpdateProduct", update(made.id, "image_url", image_url=D))
    assert list(other.images) == [D, B, C]
    moved = await catalog("UpdateProduct", update(made.id, "image_url", image_url=C))
    assert list(moved.images) == [C, B]
    none = await catalog("UpdateProduct", update(made.id, "image_url"))
    assert (none.image_url, list(none.images)) == ("", [])
    items = [pb.ProductUpsert(product=pb.Product(id=made.id, images=[B, A]))]
    (result,) = (await catalog("BatchUpsertProducts", pb.BatchUpsertProductsRequest(products=items))).results
    assert result.outcome == pb.UpsertResult.OUTCOME_UPDATED
    assert list((await catalog.get(made.id)).images) == [B, A]


async def test_a_run_brings_lists_and_their_past_can_be_written_back(
    bulk: BulkClient, sql: asyncpg.Connection, committed_database: Database
) -> None:
    await bulk.load("Nord", [offer("N", image_url=f"{A}\n{B}"), offer("M", image_url=C)])
    run = await bulk.plan("Nord", [offer("N", image_url=f"{A}\n{B}\n{C}"), offer("M", image_url=C)])
    (row,) = await bulk.plan_rows(run)
    assert [(change.field, change.before, change.after) for change in row.changes] == [
        ("image_url", f"{A}\n{B}", f"{A}\n{B}\n{C}")
    ]
    assert ledger(await bulk.apply(run)) == {"staged": 2, "updated": 1, "unchanged": 1, "products_changed": 1}
    held = await sql.fetchrow("SELECT id, image_url FROM products WHERE image_url LIKE $1", f"{A}%")
    assert lists.parted(held["image_url"]) == [A, B, C]
    offer_id, seq = await sql.fetchrow("SELECT offer_id, seq FROM change_log WHERE offer_id IS NOT NULL")
    async with committed_database.writing() as connection:
        offered = await Past(connection).offer(offer_id, seq)
        shown = await Past(connection).product(UUID(str(held["id"])), 0)
    assert offered is not None
    assert shown is not None
    assert offered.columns["image_url"] == shown["image_url"] == f"{A}\n{B}"
