import ast
import json
from pathlib import Path

import pytest

import imports_svc
from imports_svc.feeds.doubt import CODES, NOT_FOUND, Doubt
from imports_svc.jobs.models import Job
from imports_svc.pipeline.repository import PipelineRepository

DOUBTS = [
    Doubt("price_marks", "?", "Preis"),
    Doubt("rows_rejected", "?"),
    Doubt("extra_fields", "?"),
    Doubt("hidden_rows", "?", holds=False),
]


def _job(*accepted: str) -> Job:
    return Job(accepted=list(accepted), doubts=[json.loads(doubt.to_json()) for doubt in DOUBTS])


def test_a_doubt_is_accepted_by_its_name_or_by_its_code() -> None:
    assert [doubt.name for doubt in _job().open_doubts] == ["price_marks:Preis", "rows_rejected", "extra_fields"]
    assert [doubt.name for doubt in _job("price_marks", "extra_fields").open_doubts] == ["rows_rejected"]
    assert [doubt.name for doubt in _job("price_marks:EK").open_doubts] == ["price_marks:Preis", "rows_rejected", "extra_fields"]


def test_that_most_rows_were_rejected_is_asked_each_time() -> None:
    job = _job("price_marks:Preis", "rows_rejected", "extra_fields")
    assert job.open_doubts == []
    assert job.to_remember == ["price_marks:Preis", "extra_fields"]


def test_what_was_accepted_and_is_not_there_is_told_once() -> None:
    job = _job()
    job.note_not_found(["price_marks", "price_marks:EK", "stock_flag", "extra_fields"])
    (told,) = (doubt for doubt in job.all_doubts if doubt.code == NOT_FOUND)
    assert told.examples == ("price_marks:EK", "stock_flag")
    assert not told.holds
    assert "What is doubted: price_marks:Preis, rows_rejected, extra_fields, hidden_rows." in told.message
    job.note_not_found(["price_marks:Preis"])
    assert [doubt.code for doubt in job.all_doubts] == [doubt.code for doubt in DOUBTS]


def test_every_doubt_of_the_code_may_be_accepted_by_its_name() -> None:
    """Codes that are put together (`{kind}_marks`) are seen by the fixture that looks at each doubt a test makes."""
    package = Path(imports_svc.__file__).parent
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in package.rglob("*.py")]
    made = {
        call.args[0].value
        for tree in trees
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "Doubt"
        if call.args and isinstance(call.args[0], ast.Constant)
    }
    assert len(made) > 20
    assert made <= CODES


@pytest.mark.parametrize("column", ["", "Preis"])
@pytest.mark.parametrize("holds", [True, False])
@pytest.mark.parametrize("code", sorted(CODES - {NOT_FOUND}))
async def test_what_was_accepted_once_does_not_come_back(committing, new_job, save, code: str, holds: bool, column: str) -> None:
    """Not in the next file, and not behind one that has no such doubt; doubts of one file are asked each time."""
    doubt = Doubt(code, "?", column, holds=holds)
    wanted = code not in ("rows_rejected", "sku_ties_changed", "offers_vanished")
    for number, doubts in enumerate(([doubt], [doubt], [], [doubt])):
        job = new_job(state="applying", accepted=[], doubts=[])
        await save(committing, job)
        async with committing.transaction() as session:
            repository = PipelineRepository(session)
            job.note_doubts(doubts)
            job.accept(await repository.accepted(job.supplier_name) if number else [doubt.name])
            assert [job.accepts(one) for one in doubts] == [wanted or not number] * len(doubts)
            await repository.remember(job, "header", {}, job.to_remember)


async def test_a_yes_to_what_is_told_is_none_to_what_holds(committing, new_job, save) -> None:
    job = new_job(state="applying", accepted=["price_zero", "gtins_shared"], doubts=[])
    await save(committing, job)
    async with committing.transaction() as session:
        job.note_doubts([Doubt("gtins_shared", "?", "EAN", holds=False)])
        await PipelineRepository(session).remember(job, "header", {}, job.to_remember)
        job.accepted = []
        job.accept(await PipelineRepository(session).accepted(job.supplier_name))
    assert job.accepts(Doubt("gtins_shared", "?", "EAN", holds=False))
    assert not job.accepts(Doubt("gtins_shared", "?", "EAN"))
