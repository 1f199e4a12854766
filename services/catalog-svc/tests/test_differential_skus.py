"""Our SKU against the GTIN: single edits and runs of one row judge alike, whatever came before, and tell alike."""

import random
from typing import Any

import asyncpg
import pytest
from bulk_client import BulkClient
from catalog_client import Catalog
from google.protobuf.field_mask_pb2 import FieldMask
from test_differential import CAP, EMPTY, INK, OWN, PEN, Row, catalog, message, state  # noqa: F401  # a fixture, too
from test_own_list import declare

from chassis.errors import ServiceError
from pm.catalog.v1 import bulk_pb2, offers_pb2, products_pb2

COLUMNS = ("ref", "gtin", "title", "our_sku", "stock")
SKUS = ("1001", "1002", "1003")
STEPS = 16
# Who says something: a supplier puts a row, or a person gives the product of an offer an SKU.
Step = tuple[str, Row]
PERSON = "a person"
Told = tuple[str, bool]
CHANGED = offers_pb2.OfferWarning.REASON_GTIN_CHANGED
# Each runs through what is rare otherwise.
SEEDS = range(12)
# The list becomes our own one in the middle, so that two articles of it may be one product.
LATE = range(0, 1000, 2)
# What chance hardly draws: two articles of one product, told again and with other words.
SHARED = 998
SHARING: list[Step] = [
    *((OWN, {"ref": ref, "gtin": PEN, "title": f"Article {ref}"}) for ref in SKUS),
    *(
        (OWN, {"ref": ref, "gtin": PEN, "title": f"{word} {ref}"})
        for ref, word in zip(SKUS, ("Article", "Other", ""), strict=True)
    ),
]


def steps(seed: int) -> list[Step]:
    """Rows of our own list and of two suppliers, of few codes, so that these meet and contradict each other."""
    if seed == SHARED:
        return SHARING
    draw = random.Random(seed)
    made: list[Step] = []
    for number in range(STEPS):
        who = draw.choice((OWN, OWN, "Nord", "Nord", "Sud", PERSON))
        row: Row = {"ref": draw.choice(SKUS if who == OWN else ("A", "B")), "gtin": draw.choice((None, PEN, PEN, INK, CAP))}
        if who == PERSON:
            made.append(
                (who, {"of": draw.choice((OWN, "Nord")), "ref": draw.choice((*SKUS, "A")), "sku": draw.choice((*SKUS, ""))})
            )
            continue
        # Now and then the same words once more.
        row["title"] = f"{who} {row['ref']} {number if draw.random() < 0.5 else ''}".strip()
        if who != OWN:
            row["our_sku"] = draw.choice((None, *SKUS))
        made.append((who, row))
    return made


def _other(message: str) -> Told:
    """Whether a product keeps its GTIN, as a person is told."""
    return message.partition(" keeps ")[2].partition(",")[0].rstrip("."), False


def _kept(row: bulk_pb2.ChangedGtin) -> Told:
    """The same as a run tells it."""
    kept = row.other_product_id or row.other_ref or row.product_gtin not in ("", row.before)
    return (row.product_gtin or "none") if kept else "", False


class ByHand:
    """Rows as single edits."""

    def __init__(self, catalog: Catalog) -> None:  # noqa: F811
        self._catalog = catalog
        self._suppliers: dict[str, Any] = {}

    async def __call__(self, who: str, row: Row) -> list[Told]:
        supplier = self._suppliers[who] = self._suppliers.get(who) or await self._catalog.supplier(who)
        try:
            offer = await self._catalog.offer(supplier, row["ref"], **message(row))
        except ServiceError as error:
            assert error.reason == "OUR_SKU_CONFLICT"
            return [("CONFLICT", True)]
        reason = offers_pb2.OfferWarning.Reason.Name
        told = [(reason(one.reason).removeprefix("REASON_OUR_SKU_").removeprefix("REASON_"), False) for one in offer.warnings]
        return [*told, *(_other(one.message) for one in offer.warnings if one.reason == CHANGED)]

    def know(self, own: Any) -> None:
        self._suppliers[OWN] = own


class InBulk:
    """Rows as runs."""

    def __init__(self, bulk: BulkClient) -> None:
        self._bulk = bulk

    async def __call__(self, who: str, row: Row) -> list[Told]:
        run = await self._bulk.plan(who, [row], [name for name in COLUMNS if who != OWN or name != "our_sku"], partial=True)
        asked = bulk_pb2.ListOurSkuProblemsRequest(run_id=run.id)
        problems = (await self._bulk.stub.ListOurSkuProblems(asked, metadata=self._bulk.metadata)).problems
        asked_gtins = bulk_pb2.ListChangedGtinsRequest(run_id=run.id)
        changed = (await self._bulk.stub.ListChangedGtins(asked_gtins, metadata=self._bulk.metadata)).rows
        assert run.gtins_changed == len(changed)
        await self._bulk.apply(run)
        reason = bulk_pb2.OurSkuProblem.Reason.Name
        told = [(reason(one.reason).removeprefix("REASON_"), one.skipped) for one in problems]
        return [*told, *(("GTIN_CHANGED", False) for _ in changed), *(_kept(one) for one in changed)]


async def give_sku(catalog: Catalog, sql: asyncpg.Connection, row: Row) -> str:  # noqa: F811
    """A person gives the product of an offer an SKU, or takes it; returns why not."""
    found = await sql.fetchval(
        "SELECT o.product_id FROM supplier_products o JOIN suppliers s ON s.id = o.supplier_id"
        " WHERE s.name = $1 AND o.supplier_ref = $2",
        row["of"],
        row["ref"],
    )
    if found is None:
        return "nobody"
    wanted = products_pb2.Product(id=str(found), sku=row["sku"])
    try:
        await catalog("UpdateProduct", products_pb2.UpdateProductRequest(product=wanted, update_mask=FieldMask(paths=["sku"])))
    except ServiceError as error:
        return error.reason
    return ""


@pytest.mark.parametrize("seed", [*SEEDS, SHARED])
async def test_single_edits_and_runs_judge_alike(
    sql: asyncpg.Connection,
    bulk: BulkClient,
    catalog: Catalog,  # noqa: F811
    seed: int,
) -> None:
    seen = []
    for way in (ByHand(catalog), InBulk(bulk)):
        own = await catalog.supplier(OWN, own_list=seed not in LATE)
        if isinstance(way, ByHand):
            way.know(own)
        told = []
        made = steps(seed)
        for number, (who, row) in enumerate(made):
            if number == len(made) // 2 and seed in LATE:
                await catalog("UpdateSupplier", declare(own))
            said = await (give_sku(catalog, sql, row) if who == PERSON else way(who, row))
            told.append(
                (
                    who,
                    row,
                    said,
                    [
                        (one["name"], one["supplier_ref"], one["product_sku"], one["product_gtin"])
                        for one in (await state(sql))[0]
                    ],
                )
            )
        seen.append((told, await state(sql)))
        await sql.execute(EMPTY)
    by_hand, in_bulk = seen
    for step, other in zip(by_hand[0], in_bulk[0], strict=True):
        assert step == other
    assert by_hand[1] == in_bulk[1]


def test_the_steps_contradict_each_other() -> None:
    """They are of some worth."""
    assert len({(who, row["ref"], row.get("gtin"), row.get("our_sku")) for seed in SEEDS for who, row in steps(seed)}) > 60
