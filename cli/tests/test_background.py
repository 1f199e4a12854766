"""What `pm jobs all` makes of jobs of every kind, without a stack."""

from typing import Any

from google.protobuf import json_format

from pm.common.v1 import jobs_pb2 as pb
from productsmanager import background


def told(*jobs: pb.Job, missing: tuple[str, ...] = ()) -> list[str]:
    """The lines about these jobs, as the gateway tells of them."""
    answer = pb.ListJobsResponse(jobs=jobs, missing=missing)
    found: dict[str, Any] = json_format.MessageToDict(
        answer, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
    )
    return list(background.lines(found))


def job(**fields: Any) -> pb.Job:
    made = pb.Job(id="j1", kind="import", kind_state="applying", state=pb.Job.STATE_RUNNING, **fields)
    made.create_time.seconds = 1772323200
    return made


def test_a_job_that_runs_says_how_far_it_is_and_how_long_it_takes() -> None:
    progress = pb.JobProgress(stage="reading", done=2000, total=200_000, rate=50, remaining_seconds=3960)
    (line,) = told(job(supplier_name="Acme", title="list.csv", progress=progress))
    assert line.startswith("j1  import  running (applying)  2026-0")
    assert line.endswith("Acme  list.csv  reading 2,000 of 200,000, 50/s, 66 min left")


def test_what_is_not_known_is_not_said() -> None:
    (line,) = told(job(progress=pb.JobProgress(stage="reading", done=7)))
    assert line.endswith("  reading 7")


def test_a_job_says_what_it_waits_for_and_a_service_that_is_away_is_named() -> None:
    failed = job(failure_message="Mend it.")
    failed.state, failed.kind_state = pb.Job.STATE_FAILED, "failed"
    lines = told(failed, missing=("media-svc",))
    assert "  failed  " in lines[0]
    assert lines[0].endswith("  Mend it.")
    assert lines[1:] == ["media-svc does not answer: its jobs are not listed."]
