import grpc
import pytest
from sqlalchemy.exc import IntegrityError

from chassis import status
from chassis.db import Database
from chassis.ids import uuid7
from chassis.testing import check_models
from chassis.times import now
from imports_svc.jobs.models import Job, Run
from imports_svc.jobs.problems import Problem
from pm.imports.v1 import imports_pb2 as pb

NOBODY = "01890000-0000-7000-8000-000000000099"


async def reason(call) -> str:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await call
    return status.decode(refused.value).reason


async def test_a_job_is_shown_with_its_present_runs(imports, reader, database: Database, new_job, save) -> None:
    job = new_job(state="planned", plan_hash="aa", read=5, created=3, rejected=2, reasons={"ref_missing": 2})
    old = Run(job_id=job.id, supplier_name="Acme", state="superseded")
    run = Run(job_id=job.id, supplier_name="Acme", state="planned", read=5, created=3, rejected=2)
    await save(database, job, old, run)
    shown = await imports.GetJob(pb.GetJobRequest(id=str(job.id)), metadata=reader)
    assert shown.ledger == pb.Ledger(read=5, created=3, rejected=2, reasons={"ref_missing": 2})
    assert [run.id for run in shown.runs] == [str(run.id)]
    assert (shown.state, shown.plan_hash) == (pb.Job.STATE_PLANNED, "aa")


async def test_the_runs_of_a_file_keep_the_order_in_which_it_names_their_suppliers(
    imports, reader, database: Database, new_job, save
) -> None:
    job = new_job()
    await save(database, job)
    names = [f"{number * 7 % 31} Ltd" for number in range(31)]
    async with database.transaction() as session:
        session.add_all([Run(job_id=job.id, supplier_name=name) for name in names])
    shown = await imports.GetJob(pb.GetJobRequest(id=str(job.id)), metadata=reader)
    assert [run.supplier_name for run in shown.runs] == names


async def test_a_job_nobody_started_is_not_found(imports, reader) -> None:
    assert await reason(imports.GetJob(pb.GetJobRequest(id=NOBODY), metadata=reader)) == "JOB_NOT_FOUND"


async def test_jobs_are_listed_newest_first_in_pages_that_join(imports, reader, database: Database, new_job, save) -> None:
    jobs = [new_job() for _ in range(5)]
    await save(database, *jobs)
    ids, token = [], ""
    while True:
        page = await imports.ListJobs(pb.ListJobsRequest(page_size=2, page_token=token), metadata=reader)
        ids += [job.id for job in page.jobs]
        token = page.next_page_token
        if not token:
            break
    assert ids == sorted((str(job.id) for job in jobs), reverse=True)


async def test_a_page_token_of_another_list_is_refused(imports, reader, database: Database, new_job, save) -> None:
    await save(database, new_job(), new_job())
    token = (await imports.ListJobs(pb.ListJobsRequest(page_size=1), metadata=reader)).next_page_token
    foreign = pb.ListProblemsRequest(job_id=NOBODY, page_token=token)
    assert await reason(imports.ListProblems(foreign, metadata=reader)) == "INVALID_PAGE_TOKEN"


async def test_only_the_plan_that_was_seen_is_applied(imports, writer, database: Database, new_job, save) -> None:
    job = new_job(state="planned", plan_hash="aa")
    await save(database, job)
    id = str(job.id)
    assert await reason(imports.ApplyJob(pb.ApplyJobRequest(id=id, plan_hash="bb"), metadata=writer)) == "PLAN_CHANGED"
    applying = await imports.ApplyJob(pb.ApplyJobRequest(id=id, plan_hash="aa"), metadata=writer)
    assert applying.state == pb.Job.STATE_APPLYING
    again = imports.ApplyJob(pb.ApplyJobRequest(id=id, plan_hash="aa"), metadata=writer)
    assert await reason(again) == "WRONG_JOB_STATE"


async def test_a_corrected_mapping_sends_the_job_back(imports, writer, database: Database, new_job, save, load) -> None:
    job = new_job(state="failed", failure_reason="UNKNOWN_COLUMN", overrides={"ref": "x", "brand": "b"}, checked_rows=7)
    run = Run(job_id=job.id, supplier_name="Acme", state="planned")
    await save(database, job, run)
    shown = await imports.ReplanJob(pb.ReplanJobRequest(id=str(job.id), mapping={"ref": "sku"}), metadata=writer)
    assert (shown.state, shown.failure_reason, list(shown.runs)) == (pb.Job.STATE_UPLOADED, "", [])
    kept = await load(database, job.id)
    assert (kept.overrides, kept.checked_rows, kept.confirmed) == ({"ref": "sku", "brand": "b"}, 0, True)


async def test_a_plan_made_anew_waits_unless_the_caller_says_otherwise(
    imports, writer, database: Database, new_job, save, load
) -> None:
    for said in (False, True):
        job = new_job(state="held", auto_apply=True)
        await save(database, job)
        shown = await imports.ReplanJob(pb.ReplanJobRequest(id=str(job.id), auto_apply=said), metadata=writer)
        assert (shown.auto_apply, (await load(database, job.id)).auto_apply) == (said, said)


async def test_a_cancelled_plan_is_shown_as_nothing_at_once(imports, writer, database: Database, new_job, save, load) -> None:
    counts = {"read": 9, "created": 4, "updated": 2, "unchanged": 1, "rejected": 1, "skipped": 1, "products_created": 3}
    job = new_job(state="planned", plan_hash="aa", **counts)
    run = Run(job_id=job.id, supplier_name="Acme", state="planned", plan_hash="aa", reasons={"duplicate_in_file": 1}, **counts)
    begun = new_job(state="applying", plan_hash="bb", **counts)
    half = Run(job_id=begun.id, supplier_name="Beta", state="applying", plan_hash="bb", apply_time=now(), **counts)
    await save(database, job, run, begun, half)
    shown = await imports.CancelJob(pb.CancelJobRequest(id=str(job.id)), metadata=writer)
    assert (shown.ledger.created, shown.ledger.updated, shown.ledger.unchanged, shown.ledger.skipped) == (0, 0, 1, 7)
    assert shown.ledger.products_created == 0
    assert dict(shown.ledger.reasons) == {"duplicate_in_file": 1, "cancelled": 6}
    assert shown.runs[0].ledger == shown.ledger
    # What this one has applied the catalogue tells.
    shown = await imports.CancelJob(pb.CancelJobRequest(id=str(begun.id)), metadata=writer)
    assert shown.ledger.created == 4


async def test_an_unknown_encoding_is_refused_with_the_known_ones(imports, writer, database: Database, new_job, save) -> None:
    job = new_job(state="planned")
    await save(database, job)
    asked = pb.ReplanJobRequest(id=str(job.id), mapping={"encoding": "cp125O"})
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await imports.ReplanJob(asked, metadata=writer)
    error = status.decode(refused.value)
    assert (error.reason, error.code) == ("UNKNOWN_ENCODING", grpc.StatusCode.INVALID_ARGUMENT)
    assert "cp1250" in error.message
    shown = await imports.ReplanJob(pb.ReplanJobRequest(id=str(job.id), mapping={"encoding": "Windows-1250"}), metadata=writer)
    assert shown.state == pb.Job.STATE_UPLOADED


async def test_a_mapping_can_not_change_behind_what_is_applied(imports, writer, database: Database, new_job, save) -> None:
    job = new_job(state="stale")
    await save(database, job, Run(job_id=job.id, supplier_name="A", state="applied", apply_time=now()))
    changed = imports.ReplanJob(pb.ReplanJobRequest(id=str(job.id), mapping={"ref": "sku"}), metadata=writer)
    assert await reason(changed) == "JOB_PARTLY_APPLIED"


async def test_a_cancelled_job_is_taken_from_its_worker_and_stays_so(
    imports, writer, database: Database, new_job, save, load
) -> None:
    job = new_job(state="mapped", lease_owner=uuid7())
    await save(database, job)
    shown = await imports.CancelJob(pb.CancelJobRequest(id=str(job.id)), metadata=writer)
    assert shown.state == pb.Job.STATE_CANCELLED
    assert shown.HasField("end_time")
    assert (await load(database, job.id)).lease_owner is None
    assert await reason(imports.CancelJob(pb.CancelJobRequest(id=str(job.id)), metadata=writer)) == "WRONG_JOB_STATE"


async def test_plan_rows_need_a_run_with_a_plan(imports, reader, database: Database, new_job, save) -> None:
    job = new_job(state="planned")
    runs = [Run(job_id=job.id, supplier_name=name, state="planned", plan_hash="aa") for name in ("A", "B")]
    await save(database, job, *runs)
    asked = pb.ListPlanRowsRequest(job_id=str(job.id))
    assert await reason(imports.ListPlanRows(asked, metadata=reader)) == "RUN_NOT_NAMED"
    asked.run_id = NOBODY
    assert await reason(imports.ListPlanRows(asked, metadata=reader)) == "RUN_NOT_FOUND"


async def test_problems_are_listed_in_file_order_in_pages_that_join(imports, reader, database: Database, new_job, save) -> None:
    job = new_job()
    run = Run(job_id=job.id, supplier_name="Acme")
    await save(database, job, run)
    found = [(row_no, outcome) for row_no in (3, 1, 2) for outcome in ("warning", "skipped")]
    for row_no, outcome in found:
        values = {"ean": str(row_no)}
        await save(
            database,
            Problem(job_id=job.id, run_id=run.id, row_no=row_no, outcome=outcome, reasons=["a", "b"], values=values),
        )
    seen, token = [], ""
    while True:
        asked = pb.ListProblemsRequest(job_id=str(job.id), page_size=4, page_token=token)
        page = await imports.ListProblems(asked, metadata=reader)
        seen += page.problems
        token = page.next_page_token
        if not token:
            break
    names = {"skipped": pb.Problem.OUTCOME_SKIPPED, "warning": pb.Problem.OUTCOME_WARNING}
    assert [(problem.row_no, problem.outcome) for problem in seen] == [(no, names[what]) for no, what in sorted(found)]
    assert (seen[0].supplier_name, seen[0].reasons, seen[0].values["ean"]) == ("Acme", ["a", "b"], "1")


async def test_problems_of_one_reason_have_pages_of_their_own(imports, reader, database: Database, new_job, save) -> None:
    job = new_job()
    run = Run(job_id=job.id, supplier_name="Acme")
    await save(database, job, run)
    for row_no, reasons in enumerate((["a"], ["b"], ["a", "b"], ["a"]), start=1):
        await save(database, Problem(job_id=job.id, run_id=run.id, row_no=row_no, outcome="warning", reasons=reasons, values={}))
    first = await imports.ListProblems(pb.ListProblemsRequest(job_id=str(job.id), reason="a", page_size=2), metadata=reader)
    behind = pb.ListProblemsRequest(job_id=str(job.id), reason="a", page_size=2, page_token=first.next_page_token)
    last = await imports.ListProblems(behind, metadata=reader)
    assert [problem.row_no for problem in (*first.problems, *last.problems)] == [1, 3, 4]
    behind.reason = "b"
    assert await reason(imports.ListProblems(behind, metadata=reader)) == "INVALID_PAGE_TOKEN"


async def test_a_ledger_that_does_not_add_up_is_not_stored(database: Database, new_job, save) -> None:
    job = new_job()
    await save(database, job)
    with pytest.raises(IntegrityError, match="ck_import_runs_ledger"):
        await save(database, Run(job_id=job.id, supplier_name="Acme", read=3, created=2))


async def test_models_match_the_migrations(database_url: str, migrations_dir) -> None:
    await check_models(migrations_dir, database_url)


async def test_what_no_worker_moves_on_can_not_be_paused(imports, writer, database: Database, new_job, save) -> None:
    job = new_job(state="planned")
    await save(database, job)
    assert await reason(imports.PauseJob(pb.PauseJobRequest(id=str(job.id)), metadata=writer)) == "WRONG_JOB_STATE"
    assert await reason(imports.ResumeJob(pb.ResumeJobRequest(id=str(job.id)), metadata=writer)) == "WRONG_JOB_STATE"


async def test_a_doubt_that_there_is_not_is_not_accepted_in_silence(imports, writer, database: Database, new_job, save) -> None:
    job = new_job(state="planned", plan_hash="aa", doubts=[{"code": "hidden_rows", "message": "?", "holds": False}])
    await save(database, job)
    for call in (
        imports.ApplyJob(pb.ApplyJobRequest(id=str(job.id), plan_hash="aa", accept=["price_mraks:Preis"]), metadata=writer),
        imports.ReplanJob(pb.ReplanJobRequest(id=str(job.id), accept=["price_mraks"]), metadata=writer),
    ):
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await call
        error = status.decode(refused.value)
        assert (error.reason, error.code) == ("UNKNOWN_DOUBTS", grpc.StatusCode.INVALID_ARGUMENT)
        assert "price_marks" in error.message
    asked = pb.ApplyJobRequest(id=str(job.id), plan_hash="aa", accept=["price_marks:Preis", "hidden_rows"])
    applied = await imports.ApplyJob(asked, metadata=writer)
    assert applied.state == pb.Job.STATE_APPLYING
    (told,) = (doubt for doubt in applied.doubts if doubt.code == "accepted_not_found")
    assert list(told.examples) == ["price_marks:Preis"]


def test_a_yes_without_names_keeps_what_was_told_of_others(new_job) -> None:
    job = new_job(state="planned", plan_hash="aa", accepted=[], doubts=[])
    job.note_not_found(["price_marks"])
    job.confirm("aa")
    assert [doubt.code for doubt in job.all_doubts] == ["accepted_not_found"]


async def test_a_job_says_for_which_earlier_one_it_waits(imports, reader, database: Database, new_job, save) -> None:
    first = new_job(supplier_name="Acme", failure_reason="DISK_FULL", failure_message="The disk is full.")
    other, second = new_job(supplier_name="Other"), new_job(supplier_name="ACME")
    await save(database, first, other, second)

    async def shown(job: Job) -> pb.Job:
        return await imports.GetJob(pb.GetJobRequest(id=str(job.id)), metadata=reader)

    waiting = await shown(second)
    assert waiting.waits_for_job_id == str(first.id)
    assert first.file.name in waiting.wait_reason
    assert waiting.wait_reason.endswith("The disk is full.")
    for free in (first, other):
        assert ((await shown(free)).waits_for_job_id, (await shown(free)).wait_reason) == ("", "")
    async with database.transaction() as session:
        (await session.get_one(Job, first.id)).state = "cancelled"
    assert (await shown(second)).waits_for_job_id == ""
