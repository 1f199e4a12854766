"""What the commands make of a job, without a stack."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import json_format

from pm.imports.v1 import imports_pb2 as pb
from productsmanager import jobs
from productsmanager.client import Refused, _events, _lines
from productsmanager.jobs import Feed
from productsmanager.options import names_of


def job(**fields: Any) -> Any:
    """A job as the gateway tells of it."""
    return json_format.MessageToDict(
        pb.Job(**fields), preserving_proto_field_name=True, always_print_fields_with_no_presence=True
    )


def pm(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "productsmanager", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)


def test_the_line_holds_every_count_of_the_contract() -> None:
    ledger = {field.name: number for number, field in enumerate(pb.Ledger.DESCRIPTOR.fields, 1) if field.name != "reasons"}
    run = pb.JobRun(id="r1", supplier_name="Восток", ledger=pb.Ledger(**ledger), state="planned")
    line = jobs.outcome(
        job(id="j1", state=pb.Job.STATE_PLANNED, plan_hash="abc", ledger=pb.Ledger(**ledger), runs=[run]), 1.23456
    )
    run_line = {"run_id": "r1", "supplier": "Восток"} | ledger
    assert line == {"job_id": "j1", "state": "planned", "plan_hash": "abc", "seconds": 1.235, "runs": [run_line]} | ledger
    assert "\n" not in json.dumps(line)


def test_the_line_of_a_failed_job_says_why() -> None:
    line = jobs.outcome(
        job(state=pb.Job.STATE_FAILED, ledger=pb.Ledger(), failure_reason="EmptyFeed", failure_message="The file is empty."), 0
    )
    assert (line["state"], line["reason"], line["message"]) == ("failed", "EmptyFeed", "The file is empty.")


@pytest.mark.parametrize("name", pb.Job.State.keys())
def test_every_state_has_its_exit_status(name: str) -> None:
    expected = {"STATE_APPLIED": 0, "STATE_PLANNED": 3, "STATE_HELD": 3, "STATE_PAUSED": 3, "STATE_STALE": 3}.get(name, 1)
    assert jobs.exit_status(job(state=pb.Job.State.Value(name))) == expected


def test_a_plan_that_applies_itself_does_not_rest() -> None:
    assert jobs.rests(job(state=pb.Job.STATE_PLANNED))
    assert not jobs.rests(job(state=pb.Job.STATE_PLANNED, auto_apply=True))
    assert not jobs.rests(job(state=pb.Job.STATE_APPLYING))


def test_only_what_was_chosen_is_sent() -> None:
    assert Feed(Path("a/b.csv"), "Nord").parameters() == {"file_name": "b.csv", "supplier_name": "Nord"}
    feed = Feed(Path("b.csv"), "Nord", {"price": "Prix d'achat", "mpn": ""}, "EUR", force=True, auto_apply=True)
    assert feed.parameters() == {
        "file_name": "b.csv",
        "supplier_name": "Nord",
        "mapping": '{"price": "Prix d\'achat", "mpn": ""}',
        "currency": "EUR",
        "force": "true",
        "auto_apply": "true",
    }


def test_a_refusal_says_what_is_wrong_once() -> None:
    fields = [{"field": "mapping", "description": "is not JSON"}, {"field": "currency", "description": "has 2 letters"}]
    problem = {"reason": "MalformedRequest", "detail": "It can't be read. mapping: is not JSON", "violations": fields}
    assert str(Refused(400, problem)) == ("It can't be read. mapping: is not JSON currency: has 2 letters (MalformedRequest)")
    assert [Refused(status, {}).is_temporary for status in (400, 404, 429, 503)] == [False, False, True, True]


def test_events_are_read_whole_and_heartbeats_are_told() -> None:
    stream = [
        "event: job",
        'data: {"id": "1"}',
        "",
        ": heartbeat",
        "",
        "event:end",
        'data:{"state":',
        'data: "x"}',
        "",
        "data: 1",
    ]
    assert list(_events(stream)) == [("job", {"id": "1"}), ("heartbeat", None), ("end", {"state": "x"})]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("import", "nowhere.csv", "--supplier", "Nord"), "nowhere.csv"),
        (("import", __file__), "--supplier"),
        (("import", __file__, "--supplier", "Nord", "--map", "price"), "FIELD=COLUMN"),
        (("jobs", "show"), "JOB"),
        (("search",), "WORDS"),
        (("bench", "nothing"), "nothing"),
    ],
)
def test_usage_errors(arguments: tuple[str, ...], complaint: str) -> None:
    refusal = pm(*arguments)
    assert refusal.returncode == 2
    assert complaint.lower() in refusal.stderr.lower()
    assert refusal.stdout == ""


def test_without_a_stack_an_import_fails_in_one_line(tmp_path: Path) -> None:
    refusal = pm("import", __file__, "--supplier", "Nord", "--json", "--data", str(tmp_path))
    assert (refusal.returncode, refusal.stdout) == (1, "")
    assert len(refusal.stderr.splitlines()) == 1
    assert "start it with `pm up`" in refusal.stderr


def test_line_separators_of_unicode_end_no_line_of_a_stream() -> None:
    data = 'event: job\ndata: {"title": "one\u2028two\x85three"}\n\n'.encode()
    for size in (1, 3, len(data)):
        pieces = [data[at : at + size] for at in range(0, len(data), size)]
        assert list(_events(_lines(pieces))) == [("job", {"title": "one\u2028two\x85three"})]
        assert list(_events(_lines(piece.replace(b"\n", b"\r\n") for piece in pieces))) == list(_events(_lines(pieces)))
    assert list(_lines([b"a\r", b"\nb\r", b"c\n"])) == ["a", "b", "c", ""]


@pytest.mark.parametrize(
    ("given", "names"),
    [
        (["column_tie:Price,no_title", "no_header"], ("column_tie:Price", "no_title", "no_header")),
        # A sheet or column may have a comma in its name.
        (["sheet_missing:DE, CH,sheets_together"], ("sheet_missing:DE, CH", "sheets_together")),
        (["sheet_choice:A,B , price_marks:Preis, netto"], ("sheet_choice:A,B", "price_marks:Preis, netto")),
        ([" , "], ()),
        (None, ()),
    ],
)
def test_doubts_are_named_one_by_one_or_behind_commas(given: list[str] | None, names: tuple[str, ...]) -> None:
    assert names_of(given) == names
