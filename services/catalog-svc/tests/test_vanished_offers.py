"""Offers that a whole list no longer has: they stay, count no longer, and come back with a list that has them."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest
from bulk_client import BulkClient, ledger, offer
from catalog_client import PEN, PERMISSIONS, Catalog, titles

from catalog_svc.history.restoring import Past
from catalog_svc.main import registrations
from chassis.client import DecodeErrors
from chassis.db import Database
from chassis.testing import serving
from pm.catalog.v1 import bulk_pb2, changes_pb2, products_pb2
from pm.catalog.v1 import offers_pb2 as pb

Offer = pb.Offer


@pytest.fixture
async def catalog(committed_database: Database, keys_dir: Path, as_user: Callable) -> AsyncIterator[Catalog]:
    """The catalogue whose edits an import sees."""
    async with serving("catalog-svc", keys_dir, registrations(committed_database, "EUR"), DecodeErrors()) as channel:
        yield Catalog(channel, as_user(*PERMISSIONS))


async def listed(catalog: Catalog, run: bulk_pb2.Run, *states: "Offer.State.ValueType") -> dict[str, Offer]:
    request = pb.ListOffersRequest(supplier_id=run.supplier_id, states=states)
    return {one.ref: one for one in (await catalog("ListOffers", request)).offers}


async def product_of(catalog: Catalog, offer: Offer) -> products_pb2.Product:
    return await catalog.get(offer.product_id)


async def test_what_a_list_no_longer_has_counts_no_longer(catalog: Catalog, bulk: BulkClient) -> None:
    await bulk.load("Sud", [offer("S", gtin=PEN, title="Sud's", price="9", stock=1)])
    first = await bulk.load("Nord", [offer("A", gtin=PEN, title="Nord's", price="1", stock=4), offer("B"), offer("C")])
    before = await listed(catalog, first)
    start = (await catalog("ListChanges", changes_pb2.ListChangesRequest(from_now=True))).cursor
    run = await bulk.plan("Nord", [offer("C")])
    assert [(row.ref, row.row_no) for row in await bulk.plan_rows(run, bulk_pb2.PlanRow.KIND_VANISHED)] == [("A", 0), ("B", 0)]
    assert await bulk.plan_rows(run) == []
    assert run.batch_count == 1
    done = await bulk.apply(run)
    assert ledger(done) == {"staged": 1, "unchanged": 1, "vanished": 2, "products_changed": 2}
    assert (await listed(catalog, run)).keys() == {"C"}
    assert await listed(catalog, run, Offer.STATE_EXCLUDED) == {}
    gone = await listed(catalog, run, Offer.STATE_VANISHED)
    assert gone.keys() == {"A", "B"}
    assert (await listed(catalog, run, Offer.STATE_VANISHED, Offer.STATE_ACTIVE)).keys() == {"A", "B", "C"}
    assert {(one.state, one.state_run_id, one.HasField("state_time"), one.version) for one in gone.values()} == {
        (Offer.STATE_VANISHED, run.id, True, 2)
    }
    shared, alone = await product_of(catalog, gone["A"]), await product_of(catalog, gone["B"])
    # The other offer was there first, and says something of its own now.
    assert (shared.price.amount, shared.stock, shared.offer_count) == ("9.00", 1, 1)
    assert (alone.title, alone.HasField("price"), alone.HasField("stock"), alone.offer_count) == ("Title of B", False, False, 0)
    assert titles(await catalog.search("Title", in_stock=True)) == ["Title of C"]
    told = await catalog("ListChanges", changes_pb2.ListChangesRequest(cursor=start))
    assert {change.product_id for change in told.changes} == {shared.id, alone.id}
    (change,) = [one for one in await catalog.changes(alone.id) if one.offer_id]
    assert (list(change.fields), dict(change.before), change.run_id) == (["state"], {"state": "active"}, run.id)
    assert gone["B"].update_time != before["B"].update_time


async def test_it_comes_back_with_a_list_that_has_it(
    catalog: Catalog, bulk: BulkClient, sql: asyncpg.Connection, committed_database: Database
) -> None:
    await bulk.load("Nord", [offer("A"), offer("B")])
    gone = await bulk.load("Nord", [offer("B")])
    again = await bulk.load("Nord", [offer("A"), offer("B")])
    assert ledger(again) == {"staged": 2, "updated": 1, "unchanged": 1}
    back = (await listed(catalog, again))["A"]
    assert (back.state, back.HasField("state_time"), back.state_run_id) == (Offer.STATE_ACTIVE, False, "")
    product = await product_of(catalog, back)
    assert (product.price.amount, product.stock, product.offer_count) == ("1.50", 3, 1)
    changes = [one for one in await catalog.changes(product.id) if one.offer_id]
    assert [dict(change.before) for change in changes] == [{"state": "vanished"}, {"state": "active"}]
    seqs = [row["seq"] for row in await sql.fetch("SELECT seq FROM change_log WHERE offer_id = $1 ORDER BY seq", UUID(back.id))]
    async with committed_database.writing() as connection:
        vanished = await Past(connection).offer(UUID(back.id), seqs[1])
        active = await Past(connection).offer(UUID(back.id), seqs[0])
    assert vanished is not None
    assert active is not None
    assert (vanished.columns["active"], str(vanished.columns["vanish_run_id"])) == (False, gone.id)
    assert vanished.columns["vanish_time"] is not None
    assert (active.columns["active"], active.columns["vanish_time"], active.columns["vanish_run_id"]) == (True, None, None)


async def test_a_person_s_offer_comes_back_at_once_and_an_excluded_one_stays_so(catalog: Catalog, bulk: BulkClient) -> None:
    await bulk.load("Nord", [offer("A"), offer("B"), offer("C")])
    run = await bulk.load("Nord", [offer("C")])
    gone = await listed(catalog, run, Offer.STATE_VANISHED)
    put = Offer(supplier_id=run.supplier_id, ref="A", title="By hand")
    assert (await catalog("PutOffer", pb.PutOfferRequest(offer=put))).state == Offer.STATE_ACTIVE
    excluded = await catalog("ExcludeOffer", pb.ExcludeOfferRequest(id=gone["B"].id))
    assert (excluded.state, excluded.state_run_id) == (Offer.STATE_EXCLUDED, "")
    included = await catalog("IncludeOffer", pb.IncludeOfferRequest(id=gone["B"].id))
    assert (included.state, included.state_run_id) == (Offer.STATE_VANISHED, run.id)
    await catalog("ExcludeOffer", pb.ExcludeOfferRequest(id=gone["B"].id))
    assert ledger(await bulk.load("Nord", [offer("B"), offer("C")])) == {
        "staged": 2, "updated": 1, "unchanged": 1, "vanished": 1, "products_changed": 1,
    }  # fmt: skip
    assert (await listed(catalog, run, Offer.STATE_EXCLUDED)).keys() == {"B"}
    included = await catalog("IncludeOffer", pb.IncludeOfferRequest(id=gone["B"].id))
    assert included.state == Offer.STATE_ACTIVE, "the last list has it"


async def test_one_that_vanished_while_it_was_excluded_does_not_count_when_it_is_included(
    catalog: Catalog, bulk: BulkClient
) -> None:
    run = await bulk.load("Nord", [offer("A", stock=3), offer("B")])
    one = (await listed(catalog, run))["A"]
    await catalog("ExcludeOffer", pb.ExcludeOfferRequest(id=one.id))
    assert ledger(await bulk.load("Nord", [offer("B")])) == {
        "staged": 1, "unchanged": 1, "vanished": 1, "products_changed": 1,
    }  # fmt: skip
    assert (await listed(catalog, run, Offer.STATE_EXCLUDED)).keys() == {"A"}
    assert "vanished" not in ledger(await bulk.load("Nord", [offer("B", stock=8)])), "it is told once"
    included = await catalog("IncludeOffer", pb.IncludeOfferRequest(id=one.id))
    assert included.state == Offer.STATE_VANISHED
    assert not (await product_of(catalog, one)).HasField("price")


async def test_a_person_s_exclusion_outlives_a_list_that_has_it_again(
    catalog: Catalog, bulk: BulkClient, sql: asyncpg.Connection, committed_database: Database
) -> None:
    run = await bulk.load("Nord", [offer("A"), offer("B")])
    one = (await listed(catalog, run))["A"]
    await bulk.load("Nord", [offer("B")])
    await catalog("ExcludeOffer", pb.ExcludeOfferRequest(id=one.id))
    await bulk.load("Nord", [offer("A"), offer("B")])
    changes = [dict(one.before) for one in await catalog.changes(one.product_id) if one.offer_id]
    assert changes == [{"state": "excluded"}, {"state": "vanished"}, {"state": "active"}]
    seq = await sql.fetchval("SELECT max(seq) FROM change_log WHERE offer_id = $1", UUID(one.id))
    async with committed_database.writing() as connection:
        before = await Past(connection).offer(UUID(one.id), seq)
    assert before is not None
    assert before.columns["exclude_time"] is not None
    assert before.columns["vanish_time"] is not None


async def test_what_a_partial_list_does_not_name_stays(catalog: Catalog, bulk: BulkClient) -> None:
    await bulk.load("Nord", [offer("A"), offer("B")])
    run = await bulk.open("Nord", offer("A"), partial=True)
    await bulk.stage(run.id, 0, list(offer("A")), [offer("A", stock=9)])
    planned = await bulk.stub.BuildPlan(bulk_pb2.BuildPlanRequest(run_id=run.id), metadata=bulk.metadata)
    assert [row.ref for row in await bulk.plan_rows(planned, bulk_pb2.PlanRow.KIND_VANISHED)] == ["B"]
    assert ledger(await bulk.apply(planned)) == {"staged": 1, "updated": 1, "vanished": 1, "products_changed": 1}
    assert (await listed(catalog, run)).keys() == {"A", "B"}


async def test_one_that_was_edited_meanwhile_stays(catalog: Catalog, bulk: BulkClient) -> None:
    await bulk.load("Nord", [offer("A"), offer("B")])
    run = await bulk.plan("Nord", [offer("B")])
    await catalog("PutOffer", pb.PutOfferRequest(offer=Offer(supplier_id=run.supplier_id, ref="A", title="By hand")))
    assert ledger(await bulk.apply(run)) == {"staged": 1, "unchanged": 1}
    assert (await listed(catalog, run)).keys() == {"A", "B"}
