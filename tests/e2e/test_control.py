"""Somebody stops a job, lets it go on or gives it up, wherever it is; and a small import does not wait for a large one."""

import os
import signal
import time
from collections.abc import Callable
from typing import Any

import pytest
from api import Api, counts
from price_lists import FEEDS, catalogue, feed

from productsmanager.lifecycle import Running

# Three batches.
ROWS = 60_000
# Of pages of a plan or of progress; the job moves on in between.
LOOK_SECONDS = 0.02


def wait(api: Api, job_id: str, reached: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        job: dict[str, Any] = api.get(f"/imports/{job_id}")
        if reached(job):
            return job
        assert job["state"] != "STATE_APPLIED", "the job was quicker than this test"
        time.sleep(LOOK_SECONDS)
    raise AssertionError(f"never reached: {job}")


STAGES: dict[str, Callable[[dict[str, Any]], bool]] = {
    "reading": lambda job: job["progress"]["stage"] == "reading",
    "planning": lambda job: job["progress"]["stage"] == "planning",
    "applying": lambda job: job["progress"]["stage"] == "applying" and job["progress"]["done"] >= 1,
}


def begin(api: Api, supplier: str, number: int, rows: int = ROWS) -> str:
    answer = api.upload(feed(number, rows), supplier)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


@pytest.mark.parametrize("stage", STAGES)
def test_a_job_is_paused_and_goes_on_where_it_was(stack: Running, api: Api, stage: str) -> None:
    number = next(FEEDS)
    supplier = f"Pause while {stage} {number}"
    job_id = begin(api, supplier, number)
    wait(api, job_id, STAGES[stage])
    assert api.post(f"/imports/{job_id}:pause", {})["state"] == "STATE_PAUSED"
    # kill -9 while it is paused: the next worker leaves it alone.
    os.kill(stack.pid("imports-worker"), signal.SIGKILL)
    done = api.run(feed(number, 10), f"Beside {supplier}")
    assert done["state"] == "STATE_APPLIED"
    assert api.get(f"/imports/{job_id}")["state"] == "STATE_PAUSED"
    if stage == "applying":
        refused = api.run(feed(number, 20).replace(b"Kettle", b"Teapot"), supplier, mapping={"missing_offers": "keep"})
        assert (refused["state"], job_id in refused["hold_reason"]) == ("STATE_STALE", True), refused
    api.post(f"/imports/{job_id}:resume", {})
    job = api.follow(job_id)
    assert (job["state"], counts(job)["created"]) == ("STATE_APPLIED", ROWS)
    assert len(catalogue(api, supplier)) == ROWS


@pytest.mark.parametrize("stage", STAGES)
def test_a_cancelled_job_tells_what_it_applied_and_frees_its_supplier(api: Api, stage: str) -> None:
    number = next(FEEDS)
    supplier = f"Cancel while {stage} {number}"
    job_id = begin(api, supplier, number)
    wait(api, job_id, STAGES[stage])
    assert api.post(f"/imports/{job_id}:cancel", {})["state"] == "STATE_CANCELLED"
    # Whoever follows it is shown, and the gateway keeps, a job whose ledger is still to be closed.
    assert api.get(f"/imports/{job_id}")["state"] == "STATE_CANCELLED"
    # The same rows go in at once: nothing of the cancelled job is in their way.
    again = api.run(feed(number, ROWS), supplier)
    cancelled = api.get(f"/imports/{job_id}")
    ledger = counts(cancelled)
    created = ledger.get("created", 0)
    assert again["state"] == "STATE_APPLIED"
    assert again["ledger"]["unchanged"] == created
    if stage == "applying":
        assert 20_000 <= created < ROWS
        assert cancelled["ledger"]["reasons"]["cancelled"] == ROWS - created
        assert [run["state"] for run in cancelled["runs"]] == ["abandoned"]
    else:
        assert created == 0


def test_a_small_import_does_not_wait_for_a_large_one(api: Api) -> None:
    large = begin(api, "Large", next(FEEDS), 4 * ROWS)
    wait(api, large, STAGES["reading"])
    small = api.run(feed(next(FEEDS), 1000), "Small")
    assert small["state"] == "STATE_APPLIED"
    assert api.get(f"/imports/{large}")["state"] != "STATE_APPLIED"
    assert api.follow(large)["state"] == "STATE_APPLIED"
