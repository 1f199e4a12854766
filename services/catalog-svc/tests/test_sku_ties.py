"""The shop's own list ties suppliers' references to our SKUs: in bulk and through single edits."""

import asyncpg
import pytest
from bulk_client import BulkClient, ledger
from catalog_client import INK, PEN, Catalog
from google.protobuf.field_mask_pb2 import FieldMask
from test_own_list import CAP, catalog, declare, problems, row, shop  # noqa: F401  # fixtures, too

from pm.catalog.v1 import bulk_pb2 as pb
from pm.catalog.v1 import offers_pb2, suppliers_pb2

OWN = ("ref", "gtin", "title", "tie_supplier", "tie_ref")
THEIRS = ("ref", "gtin", "title")


def article(sku: str, supplier: str | None = None, ref: str | None = None, **values: object) -> dict[str, object]:
    return row(sku, tie_supplier=supplier, tie_ref=ref) | values


async def own(bulk: BulkClient, *rows: dict[str, object]) -> pb.Run:
    return await bulk.load("Shop", list(rows), OWN)


async def theirs(bulk: BulkClient, name: str, *rows: dict[str, object]) -> pb.Run:
    return await bulk.load(name, list(rows), THEIRS)


def ties(run: pb.Run) -> dict[str, int]:
    return {name.removeprefix("ties_"): number for name, number in ledger(run).items() if name.startswith("ties_")}


async def told(bulk: BulkClient, run: pb.Run) -> list[tuple[int, str, str, int]]:
    answer = await bulk.stub.ListTieProblems(pb.ListTieProblemsRequest(run_id=run.id), metadata=bulk.metadata)
    reason = pb.TieProblem.Reason.Name
    return [
        (one.row_no, reason(one.reason).removeprefix("REASON_"), f"{one.supplier} {one.supplier_ref}", one.rows)
        for one in answer.problems
    ]


async def offered(sql: asyncpg.Connection) -> dict[str | None, list[str]]:
    """The references offered by SKU; products without one together."""
    rows = await sql.fetch(
        "SELECT p.sku, array_agg(o.supplier_ref ORDER BY o.supplier_ref)"
        " FROM products p JOIN supplier_products o ON o.product_id = p.id GROUP BY 1"
    )
    return dict(rows)


async def facts(bulk: BulkClient, *names: str) -> list[tuple[bool, bool]]:
    request = pb.DescribeSuppliersRequest(names=names)
    answer = await bulk.stub.DescribeSuppliers(request, metadata=bulk.metadata)
    assert [one.name for one in answer.suppliers] == list(names)
    return [(one.own_list, one.tied) for one in answer.suppliers]


async def test_a_supplier_who_comes_behind_the_list_offers_our_product(
    bulk: BulkClient,
    catalog: Catalog,  # noqa: F811
    shop: suppliers_pb2.Supplier,  # noqa: F811
    sql: asyncpg.Connection,
) -> None:
    planned = await bulk.plan("Shop", [article("1001", "NORD", "N-1"), article("1002", "Nord", "N-2", gtin=INK)], OWN)
    assert ties(planned) == {"added": 2, "told": 1}
    assert await told(bulk, planned) == [(1, "SUPPLIER_UNKNOWN", "NORD N-1", 2)]
    assert await sql.fetchval("SELECT count(*) FROM sku_ties") == 0, "a plan changes nothing"
    assert await facts(bulk, "shop", "nord") == [(True, False), (False, False)]
    done = await bulk.apply(planned)
    assert ties(done) == {"added": 2, "told": 1}
    assert await facts(bulk, "shop", "nord", "Sud") == [(True, False), (False, True), (False, False)]
    await theirs(bulk, "Nord", row("N-1", gtin=PEN), row("N-2"), row("N-3"))
    assert await offered(sql) == {"1001": ["1001", "N-1"], "1002": ["1002", "N-2"], None: ["N-3"]}
    assert await sql.fetchval("SELECT gtin FROM products WHERE sku = '1001'") == PEN
    listed = (await catalog("ListSuppliers", suppliers_pb2.ListSuppliersRequest())).suppliers
    assert {one.name: one.tie_count for one in listed} == {"Shop": 0, "Nord": 2}
    again = await bulk.plan("Nord", [row("N-1", gtin=PEN), row("N-2"), row("N-3")], THEIRS)
    assert ledger(again) == {"staged": 3, "unchanged": 3}


async def test_the_product_that_suppliers_made_becomes_the_article_s(
    bulk: BulkClient,
    shop: suppliers_pb2.Supplier,  # noqa: F811
    sql: asyncpg.Connection,
) -> None:
    await theirs(bulk, "Nord", row("N-1", gtin=PEN), row("N-2"), row("N-3"), row("N-4"), row("N-5", gtin=INK))
    await theirs(bulk, "Sud", row("S-1", gtin=PEN), row("S-2"))
    planned = await bulk.plan(
        "Shop",
        [
            article("1001", "Nord", "N-1"),
            article("1001", "Sud", "S-1"),
            # Two products are tied to one SKU; one product to two.
            article("1002", "Nord", "N-2"),
            article("1002", "Sud", "S-2"),
            article("1003", "Nord", "N-9"),
            # The GTIN says something else.
            article("1004", "Nord", "N-5", gtin=CAP),
        ],
        OWN,
    )
    assert ties(planned) == {"added": 6, "waiting": 3, "told": 1}
    assert await told(bulk, planned) == [(5, "REF_UNKNOWN", "Nord N-9", 1)]
    done = await bulk.apply(planned)
    assert ledger(done)["duplicate_in_file"] == 2
    assert await offered(sql) == {
        **{"1001": ["1001", "N-1", "S-1"], "1002": ["1002"], "1003": ["1003"], "1004": ["1004"]},
        None: ["N-2", "N-3", "N-4", "N-5", "S-2"],
    }
    # They move with the next list, though it is the same, unless the GTIN speaks against it.
    moved = await bulk.plan("Nord", [row("N-1", gtin=PEN), row("N-2"), row("N-5", gtin=INK)], THEIRS)
    assert await problems(bulk, moved) == [(3, "CONFLICT", False)]
    [change] = await bulk.plan_rows(moved, pb.PlanRow.KIND_UPDATE)
    assert (change.ref, [(one.field, one.after) for one in change.changes]) == ("N-2", [("product", "1002")])
    await bulk.apply(moved)
    assert (await offered(sql))["1002"] == ["1002", "N-2"]


@pytest.mark.parametrize("supplier", ["knows our SKU", "is tied"])
async def test_a_product_that_one_article_takes_is_no_other_s_by_its_gtin(
    bulk: BulkClient,
    shop: suppliers_pb2.Supplier,  # noqa: F811
    sql: asyncpg.Connection,
    supplier: str,
) -> None:
    said = "1001" if supplier == "knows our SKU" else None
    await bulk.load("Nord", [row("N-1", gtin=PEN, our_sku=said)], (*THEIRS, "our_sku"))
    tied = ("Nord", "N-1") if supplier == "is tied" else ()
    planned = await bulk.plan("Shop", [article("1002", gtin=PEN), article("1001", *tied)], OWN)
    assert await problems(bulk, planned) == [(1, "CONFLICT", False)]
    await bulk.apply(planned)
    assert await offered(sql) == {"1001": ["1001", "N-1"], "1002": ["1002"]}


async def test_rows_of_one_article_are_several_ties_and_no_doubt(
    bulk: BulkClient,
    shop: suppliers_pb2.Supplier,  # noqa: F811
    sql: asyncpg.Connection,
) -> None:
    rows = [
        article("1001", "Nord", "N-1", gtin=PEN),
        article("1001", "Sud", "S-1", gtin=PEN),
        article("1001", "sud", "S-1", gtin=PEN, title="Other words"),
        article("1001", "Nord", "N-2", gtin=PEN),
        article("1001", "Nord", "N-2", gtin=PEN),
    ]
    planned = await bulk.plan("Shop", rows, OWN)
    listed = await bulk.plan_rows(planned, pb.PlanRow.KIND_DUPLICATE)
    assert [(one.row_no, one.tied, one.differs) for one in listed] == [
        *[(1, True, False), (2, True, False), (3, True, True), (4, False, False)]
    ]
    assert ties(planned) == {"added": 3, "told": 2}
    await bulk.apply(planned)
    await theirs(bulk, "Sud", row("S-1"))
    await theirs(bulk, "Nord", row("N-1"), row("N-2"))
    assert await offered(sql) == {"1001": ["1001", "N-1", "N-2", "S-1"]}


async def test_one_reference_of_several_skus_is_tied_to_none(
    bulk: BulkClient,
    shop: suppliers_pb2.Supplier,  # noqa: F811
    sql: asyncpg.Connection,
) -> None:
    await own(bulk, article("1001", "Nord", "N-1"), article("1002"))
    planned = await bulk.plan("Shop", [article("1001", "Nord", "N-1"), article("1002", "NORD", "N-1")], OWN)
    assert ties(planned) == {"removed": 1, "told": 2}
    assert await told(bulk, planned) == [(1, "SEVERAL_SKUS", "Nord N-1", 1), (2, "SEVERAL_SKUS", "NORD N-1", 1)]
    page = pb.ListTieProblemsRequest(run_id=planned.id, after_row=1, limit=1)
    assert [one.sku for one in (await bulk.stub.ListTieProblems(page, metadata=bulk.metadata)).problems] == ["1002"]
    await bulk.apply(planned)
    await theirs(bulk, "Nord", row("N-1"))
    assert await offered(sql) == {"1001": ["1001"], "1002": ["1002"], None: ["N-1"]}


async def test_a_tie_that_changes_moves_the_offer_and_one_that_vanishes_leaves_it(
    bulk: BulkClient,
    shop: suppliers_pb2.Supplier,  # noqa: F811
    sql: asyncpg.Connection,
) -> None:
    await own(bulk, article("1001", "Nord", "N-1"), article("1002", "Nord", "N-2"), article("1003", "Nord", "N-3"))
    await theirs(bulk, "Nord", row("N-1"), row("N-2"), row("N-3"))
    planned = await bulk.plan("Shop", [article("1001"), article("1002", "Nord", "N-1")], OWN)
    # The article that the list does not name keeps its tie, as it keeps its offer.
    assert ties(planned) == {"changed": 1, "removed": 1, "waiting": 1}
    await bulk.apply(planned)
    kept = await sql.fetch("SELECT supplier, ref, sku FROM sku_ties ORDER BY ref")
    assert [tuple(one) for one in kept] == [("nord", "N-1", "1002"), ("nord", "N-3", "1003")]
    await theirs(bulk, "Nord", row("N-1"), row("N-2"), row("N-3"))
    assert await offered(sql) == {"1001": ["1001"], "1002": ["1002", "N-1", "N-2"], "1003": ["1003", "N-3"]}
    # A list without the columns says nothing of ties.
    await bulk.load("Shop", [row("1002"), row("1003")], THEIRS)
    assert await sql.fetchval("SELECT count(*) FROM sku_ties") == 2
    assert ties(await own(bulk, article("1002", "Nord", "N-1"))) == {"unchanged": 1}


async def test_what_contradicts_a_tie_is_told_and_joins_nothing(
    bulk: BulkClient,
    shop: suppliers_pb2.Supplier,  # noqa: F811
    sql: asyncpg.Connection,
) -> None:
    await own(bulk, article("1001", "Nord", "N-1", gtin=PEN), article("1002", "Nord", "N-2", gtin=INK), article("1003"))
    columns = (*THEIRS, "our_sku")
    rows = [row("N-1", gtin=INK), row("N-2", our_sku="1003"), row("N-3", our_sku="1003")]
    planned = await bulk.plan("Nord", rows, columns)
    assert await problems(bulk, planned) == [(1, "CONFLICT", True), (2, "CONFLICT", True)]
    answer = await bulk.stub.ListOurSkuProblems(pb.ListOurSkuProblemsRequest(run_id=planned.id), metadata=bulk.metadata)
    assert [(one.our_sku, one.tied_sku) for one in answer.problems] == [("1001", "1001"), ("1003", "1002")]
    await bulk.apply(planned)
    assert await offered(sql) == {"1001": ["1001"], "1002": ["1002"], "1003": ["1003", "N-3"]}
    # A product that has lost the SKU is not the one that is meant.
    planned = await bulk.plan("Nord", [row("N-2")], THEIRS)
    await sql.execute("UPDATE products SET sku = 'X-2' WHERE sku = '1002'")
    assert ledger(await bulk.apply(planned))["conflict"] == 1
    planned = await bulk.plan("Nord", [row("N-2")], THEIRS)
    assert await problems(bulk, planned) == [(1, "UNKNOWN", False)]


async def test_a_list_that_is_given_up_leaves_no_tie(
    bulk: BulkClient,
    shop: suppliers_pb2.Supplier,  # noqa: F811
    sql: asyncpg.Connection,
) -> None:
    planned = await bulk.plan("Shop", [article("1001", "Nord", "N-1")], OWN)
    await bulk.apply_batch(planned, 0)
    await bulk.stub.AbandonRun(pb.AbandonRunRequest(run_id=planned.id), metadata=bulk.metadata)
    assert await sql.fetchval("SELECT count(*) FROM sku_ties") == 0
    assert await sql.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'staging'") == []


async def test_ties_outlive_a_crash_that_empties_staging(
    bulk: BulkClient,
    shop: suppliers_pb2.Supplier,  # noqa: F811
    sql: asyncpg.Connection,
) -> None:
    planned = await bulk.plan("Shop", [article("1001", "Nord", "N-1")], OWN)
    await bulk.apply_batch(planned, 0)
    await bulk.index_batch(planned, 0)
    await sql.execute(f"TRUNCATE staging.rows_{planned.id.replace('-', '')}")
    for _ in range(2):
        await bulk.stub.FinishRun(pb.FinishRunRequest(run_id=planned.id), metadata=bulk.metadata)
    assert await facts(bulk, "Nord") == [(False, True)]


async def test_plans_made_before_the_ties_are_stale(
    bulk: BulkClient,
    catalog: Catalog,  # noqa: F811
    shop: suppliers_pb2.Supplier,  # noqa: F811
    sql: asyncpg.Connection,
) -> None:
    await theirs(bulk, "Sud", row("S-1"))
    nord = await bulk.plan("Nord", [row("N-1")], THEIRS)
    sud = await bulk.plan("Sud", [row("S-1", title="New")], THEIRS)
    # The article is there already: nothing but its tie changes.
    await bulk.load("Shop", [row("1001")], THEIRS)
    assert ledger(await own(bulk, article("1001", "Nord", "N-1"))) == {
        **{"staged": 1, "unchanged": 1, "ties_added": 1, "ties_told": 1}
    }
    with pytest.raises(Exception, match="moved since"):
        await bulk.apply(nord)
    await bulk.apply(sud)
    # Let go of, the list ties nothing; declared again, it does.
    await catalog("UpdateSupplier", declare(shop, own_list=False))
    assert await facts(bulk, "Nord") == [(False, False)]
    await catalog("UpdateSupplier", declare(shop))
    assert await facts(bulk, "Nord") == [(False, True)]


async def test_a_supplier_keeps_his_ties_under_a_new_name(
    bulk: BulkClient,
    catalog: Catalog,  # noqa: F811
    shop: suppliers_pb2.Supplier,  # noqa: F811
) -> None:
    nord = await catalog.supplier("Nord")
    await own(bulk, article("1001", "Nord", "N-1"), article("1002", "Nordic", "N-1"), article("1003", "Nord", "N-3"))
    wanted = suppliers_pb2.Supplier(id=nord.id, name="Nordic")
    renamed = suppliers_pb2.UpdateSupplierRequest(supplier=wanted, update_mask=FieldMask(paths=["name"]))
    assert (await catalog("UpdateSupplier", renamed)).tie_count == 2
    assert await facts(bulk, "Nordic", "Nord") == [(False, True), (False, True)]


async def test_single_edits_follow_ties(
    bulk: BulkClient,
    catalog: Catalog,  # noqa: F811
    shop: suppliers_pb2.Supplier,  # noqa: F811
    sql: asyncpg.Connection,
) -> None:
    await own(bulk, article("1001", "Nord", "N-1", gtin=PEN), article("1001", "Nord", "N-2", gtin=PEN), article("1002", gtin=INK))
    nord = await catalog.supplier("Nord")
    first = await catalog.offer(nord, "N-1")
    assert await offered(sql) == {"1001": ["1001", "N-1"], "1002": ["1002"]}
    # What is known stays and is told; what is new is refused, as an import leaves it out.
    for said, words in (({"our_sku": "1002"}, "1001"), ({"gtin": INK}, INK)):
        kept = await catalog.offer(nord, "N-1", **said)
        # Of another GTIN that the offer had not and its product has not, both are told.
        assert (kept.product_id, {words in one.message for one in kept.warnings}) == (first.product_id, {True})
    for said, reason in (({"our_sku": "1002"}, "TIE_CONFLICT"), ({"gtin": INK}, "OUR_SKU_CONFLICT")):
        wanted = offers_pb2.Offer(supplier_id=nord.id, ref="N-2", **said)
        assert (await catalog.refused("PutOffer", offers_pb2.PutOfferRequest(offer=wanted))).reason == reason
