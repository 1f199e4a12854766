"""Offers that a person excluded: they stay, they are changed by deliveries, and they do not count."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import asyncpg
import pytest
from bulk_client import BulkClient, ledger, offer
from catalog_client import NOWHERE, PEN, PERMISSIONS, Catalog, titles

from catalog_svc.main import registrations
from chassis.client import DecodeErrors
from chassis.db import Database
from chassis.testing import serving
from pm.catalog.v1 import bulk_pb2
from pm.catalog.v1 import offers_pb2 as pb
from pm.common.v1.money_pb2 import Money


@pytest.fixture
async def committed(committed_database: Database, keys_dir: Path, as_user: Callable) -> AsyncIterator[Catalog]:
    """The catalogue whose edits an import sees."""
    async with serving("catalog-svc", keys_dir, registrations(committed_database, "EUR"), DecodeErrors()) as channel:
        yield Catalog(channel, as_user(*PERMISSIONS))


async def exclude(catalog: Catalog, offer_id: str) -> pb.Offer:
    return await catalog("ExcludeOffer", pb.ExcludeOfferRequest(id=offer_id))


async def include(catalog: Catalog, offer_id: str) -> pb.Offer:
    return await catalog("IncludeOffer", pb.IncludeOfferRequest(id=offer_id))


async def listed(catalog: Catalog, *, excluded: bool, **owner: str) -> list[str]:
    return [one.ref for one in (await catalog("ListOffers", pb.ListOffersRequest(excluded=excluded, **owner))).offers]


async def test_its_product_follows_the_others(catalog: Catalog) -> None:
    nord, sud = await catalog.supplier("Nord"), await catalog.supplier("Sud")
    first = await catalog.offer(nord, "N", gtin=PEN, title="Nord's", price=Money(amount="1", currency="EUR"), stock=2)
    await catalog.offer(sud, "S", gtin=PEN, title="Sud's", price=Money(amount="3", currency="EUR"), stock=5)
    assert first.state == pb.Offer.STATE_ACTIVE
    done = await exclude(catalog, first.id)
    assert (done.state, done.HasField("exclude_time"), done.version) == (pb.Offer.STATE_EXCLUDED, True, 2)
    assert await exclude(catalog, first.id) == done, "it stays as it is"
    product = await catalog.get(first.product_id)
    assert (product.title, product.price.amount, product.stock, product.offer_count) == ("Sud's", "3.00", 5, 1)
    for owner in ({"product_id": product.id}, {"supplier_id": nord.id}, {"supplier_id": sud.id}):
        counting = [] if owner == {"supplier_id": nord.id} else ["S"]
        assert await listed(catalog, excluded=False, **owner) == counting
        assert await listed(catalog, excluded=True, **owner) == ([] if owner == {"supplier_id": sud.id} else ["N"])
    assert titles(await catalog.search("Nord")) == []
    assert [(list(change.fields), change.before["state"]) for change in await catalog.changes(product.id) if change.offer_id] == [
        (["state"], "active")
    ]
    back = await include(catalog, first.id)
    assert (back.state, back.HasField("exclude_time")) == (pb.Offer.STATE_ACTIVE, False)
    product = await catalog.get(product.id)
    assert (product.title, product.price.amount, product.stock, product.offer_count) == ("Nord's", "1.00", 7, 2)
    assert titles(await catalog.search("Nord")) == ["Nord's"]


async def test_of_a_product_without_another_the_price_goes_and_the_words_stay(catalog: Catalog) -> None:
    nord = await catalog.supplier("Nord")
    only = await catalog.offer(nord, "N", gtin=PEN, title="Pen", price=Money(amount="1", currency="EUR"), stock=2)
    await exclude(catalog, only.id)
    product = await catalog.get(only.product_id)
    assert (product.title, product.HasField("price"), product.HasField("stock"), product.offer_count) == ("Pen", False, False, 0)
    assert (await catalog("ListOffers", pb.ListOffersRequest(supplier_id=nord.id))).offers == []


async def test_by_hand_it_is_changed_and_stays_excluded(catalog: Catalog) -> None:
    nord = await catalog.supplier("Nord")
    made = await catalog.offer(nord, "N", gtin=PEN, title="Pen")
    done = await exclude(catalog, made.id)
    assert await catalog.offer(nord, "N", gtin=PEN, title="Pen") == done, "nothing to write"
    changed = await catalog.offer(nord, "N", gtin=PEN, title="Other")
    assert (changed.title, changed.state) == ("Other", pb.Offer.STATE_EXCLUDED)
    assert (await catalog.get(made.product_id)).title == "Pen"
    await include(catalog, made.id)
    assert (await catalog.get(made.product_id)).title == "Other"


async def test_deliveries_change_it_and_do_not_bring_it_back(
    bulk: BulkClient, sql: asyncpg.Connection, committed: Catalog
) -> None:
    catalog = committed
    await bulk.load("Nord", [offer("A", gtin=PEN, price="1"), offer("B")])
    id = str(await sql.fetchval("SELECT id FROM supplier_products WHERE supplier_ref = 'A'"))
    product_id = (await exclude(catalog, id)).product_id
    same = await bulk.plan("Nord", [offer("A", gtin=PEN, price="1"), offer("B")])
    assert ledger(same) == {"staged": 2, "unchanged": 2}
    left_out = await bulk.plan("Nord", [offer("B")])
    gone = {"staged": 1, "unchanged": 1, "vanished": 1, "products_changed": 1}
    assert ledger(left_out) == gone, "it vanishes as well, or it would count once it is included"
    run = await bulk.plan("Nord", [offer("A", gtin=PEN, price="2", title="Other"), offer("B")])
    [row] = await bulk.plan_rows(run, bulk_pb2.PlanRow.KIND_UPDATE)
    assert {change.field for change in row.changes} == {"price", "title"}
    await bulk.apply(run)
    product = await catalog.get(product_id)
    assert (product.title, product.HasField("price"), product.offer_count) == ("Title of A", False, 0)
    shown = (await catalog("ListOffers", pb.ListOffersRequest(product_id=product_id, excluded=True))).offers
    assert [(one.title, one.price.amount, one.state) for one in shown] == [("Other", "2.00", pb.Offer.STATE_EXCLUDED)]
    await include(catalog, id)
    product = await catalog.get(product_id)
    assert (product.title, product.price.amount, product.offer_count) == ("Other", "2.00", 1)


async def test_excluded_between_plan_and_apply_it_is_a_conflict(
    bulk: BulkClient, sql: asyncpg.Connection, committed: Catalog
) -> None:
    await bulk.load("Nord", [offer("A", gtin=PEN, price="1")])
    run = await bulk.plan("Nord", [offer("A", gtin=PEN, price="2")])
    await exclude(committed, str(await sql.fetchval("SELECT id FROM supplier_products")))
    assert ledger(await bulk.apply(run)) == {"staged": 1, "conflict": 1}


async def test_there_must_be_such_an_offer(catalog: Catalog) -> None:
    for method, request in (("ExcludeOffer", pb.ExcludeOfferRequest), ("IncludeOffer", pb.IncludeOfferRequest)):
        assert (await catalog.refused(method, request(id=NOWHERE))).reason == "OFFER_NOT_FOUND"
