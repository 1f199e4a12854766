"""What is made of a file of the shop's own list, and of those of suppliers that it ties."""

import pytest

from imports_svc.jobs.models import Job
from imports_svc.pipeline.judging import with_judged
from imports_svc.pipeline.mapping import reading_of
from pm.catalog.v1 import bulk_pb2 as pb

OWN = b"Artikelnummer;Bezeichnung;Lieferant;Lieferanten-Artikelnummer\n1001;Pen;Nord;N-1\n1002;Ink;Nord;N-2\n"
TIES = ("tie_supplier", "tie_ref")


def of(job: Job, *fields: str) -> list[int | None]:
    found = job.mapping["fields"]
    return [found[name]["column"] if name in found else None for name in fields]


async def test_only_the_own_list_ties(upload, mapped) -> None:
    job = await mapped(await upload(OWN))
    assert of(job, "ref", *TIES) == [0, None, None]
    job = await mapped(await upload(OWN), own_list=True)
    assert of(job, "ref", *TIES) == [0, 2, 3]
    # What is suggested is shown, too, and its split by suppliers is not.
    assert job.inspection["mapping"]["fields"].keys() == job.mapping["fields"].keys()
    assert [doubt.name for doubt in job.all_doubts] == []


async def test_a_list_that_is_declared_the_shop_s_own_later_ties(upload, mapped) -> None:
    """What is remembered of it as a supplier's list is no choice against ties; what a person unmapped is."""
    plain = reading_of(await mapped(await upload(OWN))).choices
    assert not set(TIES) & plain.keys()
    job = await mapped(await upload(OWN, overrides=plain), own_list=True)
    assert of(job, *TIES) == [2, 3]
    unmapped = await mapped(await upload(OWN, overrides={"tie_ref": ""}), own_list=True)
    assert reading_of(unmapped).choices["tie_ref"] == ""


async def test_what_a_person_says_of_ties_counts(upload, mapped) -> None:
    job = await mapped(await upload(OWN, overrides={"tie_ref": ""}), own_list=True)
    assert of(job, "ref", *TIES) == [0, None, None]
    job = await mapped(await upload(OWN, overrides={"tie_ref": "Lieferanten-Artikelnummer", "tie_supplier": "Lieferant"}))
    assert of(job, *TIES) == [2, 3]
    assert [doubt.name for doubt in with_judged(ended(job)) if doubt.holds] == ["sku_ties_ignored:Lieferant"]


def ended(job: Job) -> Job:
    """The job as its plan leaves it."""
    job.read, job.rejected, job.created, job.updated, job.unchanged, job.products_created = 10, 0, 10, 0, 0, 0
    job.reasons = {}
    return job


@pytest.mark.parametrize(
    ("counts", "told", "holds"),
    [
        ({}, [], []),
        ({"unchanged": 9}, [], []),
        ({"added": 4, "waiting": 1}, ["sku_ties"], []),
        ({"added": 4, "changed": 1, "removed": 1, "unchanged": 1}, ["sku_ties"], []),
        ({"changed": 3, "unchanged": 100}, ["sku_ties"], []),
        ({"changed": 13, "removed": 12, "unchanged": 100}, ["sku_ties", "sku_ties_changed"], ["sku_ties_changed"]),
    ],
)
async def test_what_the_plan_says_of_ties_is_told(upload, mapped, counts, told, holds) -> None:
    job = ended(await mapped(await upload(OWN), own_list=True))
    doubts = with_judged(job, own=pb.Ledger(**{f"ties_{name}": number for name, number in counts.items()}))
    assert [doubt.name for doubt in doubts if doubt.code.startswith("sku_ties")] == told
    assert [doubt.name for doubt in doubts if doubt.holds] == holds


async def test_numbers_of_suppliers_that_are_not_read_are_told(upload, mapped) -> None:
    rows = OWN.replace(b"Lieferanten-Artikelnummer", b"Lieferanten-Artikelnummer 1")
    job = ended(await mapped(await upload(rows), own_list=True))
    told = [doubt.name for doubt in with_judged(job, own=pb.Ledger())]
    assert "sku_ties_unread:Lieferanten-Artikelnummer 1" in told
