import ast
import json
from pathlib import Path

import imports_svc
from imports_svc.feeds.doubt import CODES, NOT_FOUND, Doubt
from imports_svc.jobs.models import Job

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
