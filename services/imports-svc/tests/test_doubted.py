import json

from imports_svc.feeds.doubt import Doubt
from imports_svc.jobs.models import Job

DOUBTS = [
    Doubt("price_marks", "?", "Preis"),
    Doubt("rows_rejected", "?"),
    Doubt("extra_fields", "?"),
    Doubt("hint", "?", holds=False),
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
