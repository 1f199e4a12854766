"""Equal content, mapping and rules as the supplier's latest applied job: nothing is asked of the catalogue."""

from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest

from chassis.db import Database
from chassis.times import now
from imports_svc.jobs.models import Run
from imports_svc.jobs.problems import Problem
from imports_svc.jobs.repository import JobRepository
from imports_svc.reading import reading

FEED = b"sku;name;price\n1;Pen;1,50\n2;Ink;2,00\n3;Ink;2,00\n"
OTHER = b"sku;name;price\n1;Pen;1,60\n"

Upload = Callable[..., Awaitable[UUID]]


@pytest.fixture
def applied(committing: Database, upload: Upload, mapped, save) -> Upload:
    """A file as it stands in the tables after it was applied."""

    async def apply(content: bytes, **fields: object) -> UUID:
        id = await upload(content, **fields)
        job = await mapped(id)
        assert job.state == "mapped"
        ledger = {"read": 3, "created": 1, "unchanged": 0, "rejected": 1, "skipped": 1, "warnings": 1}
        reasons = {"duplicate_in_file": 1, "ref_missing": 1}
        run = Run(job_id=id, supplier_name=job.supplier_name, state="applied", apply_time=now(), reasons=reasons, **ledger)
        await save(committing, run)
        await save(
            committing,
            Problem(job_id=id, run_id=run.id, row_no=2, outcome="skipped", reasons=["duplicate_in_file"], values={"ref": "2"}),
        )
        async with committing.transaction() as session:
            job = await JobRepository(session).get(id, lock=True)
            job.count(*await JobRepository(session).runs(id))
            job.enter("applied")
        return id

    return apply


async def test_the_same_file_is_unchanged_and_names_its_predecessor(committing, applied, upload, mapped) -> None:
    first = await applied(FEED)
    job = await mapped(await upload(FEED, supplier_name="ACME"))
    assert (job.state, job.same_as_job_id) == ("applied", first)
    assert (job.read, job.created, job.unchanged, job.rejected, job.skipped, job.warnings) == (3, 0, 1, 1, 1, 1)
    assert job.reasons == {"duplicate_in_file": 1, "ref_missing": 1}
    async with committing.transaction() as session:
        [(problem, supplier)] = await JobRepository(session).problems(job.id, after=None, limit=10)
    assert (problem.row_no, problem.values, supplier) == (2, {"ref": "2"}, "Acme")
    third = await mapped(await upload(FEED))
    assert (third.state, third.same_as_job_id) == ("applied", first)


async def test_force_imports_it_again(applied, upload, mapped) -> None:
    await applied(FEED)
    assert (await mapped(await upload(FEED, force=True))).state == "mapped"


async def test_a_supplier_whose_references_are_tied_is_imported_again(applied, upload, mapped) -> None:
    """What the shop's own list says of them may have changed."""
    await applied(FEED)
    assert (await mapped(await upload(FEED), tied=True)).state == "mapped"


@pytest.mark.parametrize("change", [{"currency": "USD"}, {"overrides": {"price": ""}}, {"supplier_name": "Beta"}])
async def test_what_is_read_differently_is_imported(applied, upload, mapped, change) -> None:
    await applied(FEED)
    assert (await mapped(await upload(FEED, **change))).state == "mapped"


async def test_new_rules_import_it_again(applied, upload, mapped, monkeypatch: pytest.MonkeyPatch) -> None:
    await applied(FEED)
    monkeypatch.setattr(reading, "RULES_VERSION", reading.RULES_VERSION + 1)
    assert (await mapped(await upload(FEED))).state == "mapped"


async def test_a_then_b_then_a_again_is_imported(applied, upload, mapped) -> None:
    await applied(FEED)
    await applied(OTHER)
    assert (await mapped(await upload(FEED))).state == "mapped"


async def test_what_another_file_changed_of_the_supplier_meanwhile_counts(committing, applied, upload, mapped, new_job, save):
    await applied(FEED)
    other = new_job(supplier_name="Market", state="cancelled")
    half = Run(job_id=other.id, supplier_name="ACME", state="abandoned", apply_time=now())
    await save(committing, other, half)
    assert (await mapped(await upload(FEED))).state == "mapped"
