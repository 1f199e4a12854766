"""What is kept of rows that were not taken in as they stood, and what it costs to look at it."""

from pathlib import Path

from sqlalchemy import text

from chassis.db import Database
from chassis.storage import Storage
from imports_svc.jobs.ledger import COUNTS
from imports_svc.jobs.messages import problem_proto
from imports_svc.jobs.models import Job, Run
from imports_svc.jobs.repository import JobRepository
from imports_svc.pipeline.leases import claim
from imports_svc.pipeline.repository import PipelineRepository
from imports_svc.pipeline.steps import Steps

# No row can be told from another, so none reaches the catalogue.
FEED = b"sku;ean;name;price;currency;stock;brand\n" + b"".join(
    b";4.68E+11;%s;on request;XXX;-1;%s\n" % ((b"Lamp", b"B" * 300) if at % 2 else (b"", b"Bosch")) for at in range(1_000)
)
WATCH = """
CREATE TABLE written_by (statement text);
CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS
 'BEGIN INSERT INTO written_by VALUES (current_query()); RETURN NULL; END';
CREATE TRIGGER watch AFTER INSERT ON import_errors FOR EACH STATEMENT EXECUTE FUNCTION watch();
"""
UNWATCH = "DROP TRIGGER watch ON import_errors; DROP FUNCTION watch; DROP TABLE written_by"


async def test_every_row_has_all_its_reasons_written_by_copy(
    committing: Database, storage: Storage, file_reader, upload, tmp_path: Path
) -> None:
    id = await upload(FEED)
    await _execute(committing, WATCH)
    try:
        lease = await claim(committing)
        assert lease is not None
        async with lease.held():
            steps = Steps(lease, None, storage, file_reader, tmp_path)
            await steps.sniff()
            await steps.map()
            await steps.run()
        async with committing.transaction() as session:
            statements = (await session.scalars(text("SELECT statement FROM written_by"))).all()
            jobs = JobRepository(session)
            job = await jobs.get(id)
            problems = [problem for problem, _ in await jobs.problems(id, after=None, limit=2_000)]
    finally:
        await _execute(committing, UNWATCH)
    assert statements
    assert all(statement.startswith("COPY ") for statement in statements)
    usual = ["currency_invalid", "gtin_damaged", "price_invalid", "stock_negative"]
    assert [(problem.row_no, problem.outcome) for problem in problems] == [(at, "rejected") for at in range(1, 1_001)]
    assert sorted(problems[0].reasons) == [*usual, "title_missing"]
    assert sorted(problems[1].reasons) == ["brand_too_long", *usual]
    assert (job.state, job.read, job.rejected) == ("held", 1_000, 1_000)
    assert "rows_rejected" in [doubt.name for doubt in job.open_doubts]
    assert job.reasons["brand_too_long"] == 500
    assert all(job.reasons[reason] == 1_000 for reason in usual)


async def test_a_page_of_very_many_problems_costs_what_the_first_one_costs(database: Database, new_job, save) -> None:
    job = new_job()
    run = Run(job_id=job.id, supplier_name="Acme")
    await save(database, job, run)
    async with database.transaction() as session:
        await session.execute(
            text(
                "INSERT INTO import_errors (job_id, run_id, row_no, outcome, reasons, values)"
                " SELECT :job, :run, n, 'warning', '{price_invalid}', '{}' FROM generate_series(1, 100000) n"
            ),
            {"job": job.id, "run": run.id},
        )
        # As autovacuum does in its own time: what the table was before says nothing of so many rows.
        await session.execute(text("ANALYZE import_errors"))
        read = []
        for row_no in (0, 50_000, 99_000):
            before = await _rows_read(session)
            page = await JobRepository(session).problems(job.id, after=(row_no, "warning"), limit=51)
            assert [problem.row_no for problem, _ in page] == list(range(row_no + 1, row_no + 52))
            read.append(await _rows_read(session) - before)
    assert max(read) < 200, read


async def _rows_read(session) -> int:
    """Rows of import_errors that this transaction has looked at so far."""
    seen = text("SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'import_errors'")
    return await session.scalar(seen)


async def _execute(database: Database, statements: str) -> None:
    async with database.transaction() as session:
        for statement in statements.strip().split(";\n"):
            for part in [statement] if "FUNCTION watch()" in statement else statement.split("; "):
                await session.execute(text(part))


async def test_a_plan_that_is_made_again_leaves_nothing_of_the_former_one(database: Database, new_job, save) -> None:
    """Whatever a plan writes of rows is as that of a job that was planned but once, in every column."""
    told = ["gtin_changed", "our_sku_unknown"]
    first = b'%s,%s,1,warning,{gtin_changed},"{""GTIN before"": ""1"", ""product keeps"": ""2""}"\n'
    second = b'%s,%s,2,warning,{our_sku_unknown},"{""our_sku"": ""7""}"\n'
    read = b'%s,%s,1,warning,{price_zero},"{""GTIN before"": ""as the file has it""}"\n%s,%s,2,warning,{stock_at_least},{}\n'
    written = []
    for plans in ([first, second, second], [second], [first], [second, first]):
        job = new_job()
        run = Run(job_id=job.id, supplier_name="Acme")
        await save(database, job, run)
        ids = str(job.id).encode(), str(run.id).encode()
        async with database.transaction() as session:
            repository = PipelineRepository(session)
            await repository.copy_problems(read % (ids * 2))
            for plan in plans:
                await repository.forget_reasons(run.id, told)
                await repository.add_problems(plan % ids)
                # Each is a transaction of its own.
                await session.execute(text("DROP TABLE told"))
            rows = await session.execute(text("SELECT * FROM import_errors WHERE job_id = :job ORDER BY row_no"), {"job": job.id})
            columns = [{**row} | {"job_id": None, "run_id": None} for row in rows.mappings()]
            problems = [one for one, _ in await JobRepository(session).problems(job.id, after=None, limit=9)]
            shown = [problem_proto(one, "Acme", None).values for one in problems]
        written.append((columns, [dict(values) for values in shown]))
    assert written[0] == written[1]
    assert written[2] == written[3]
    assert written[0][1] == [{"GTIN before": "as the file has it"}, {"our_sku": "7"}]


async def test_a_job_planned_anew_begins_as_one_that_was_never_planned(database: Database, new_job, save) -> None:
    """What a plan writes of its job and runs is gone, or is written anew."""
    counts = dict.fromkeys(COUNTS, 1) | {"read": 5, "reasons": {"price_zero": 1}}
    doubts = [{"code": "gtins_changed", "message": "?"}]
    told = {"plan_hash": "aa", "hold_reason": "?", "checked_rows": 9, "progress_done": 1, "progress_total": 1, "doubts": doubts}
    planned = new_job(state="planned", **told, **counts)
    fresh = new_job(state="uploaded")
    await save(database, planned, fresh)
    planned.replan({}, (), partly_applied=False)
    fresh.restart()
    fresh.confirmed = True
    own = {"id", "file_id", "create_time", "update_time", "next_attempt_time"}
    columns = [column.key for column in Job.__table__.columns if column.key not in own]
    assert {key: getattr(planned, key) for key in columns} == {key: getattr(fresh, key) for key in columns}
