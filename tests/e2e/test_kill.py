"""kill -9 in the middle of a job: it ends by itself, and the catalogue is that of an undisturbed run."""

import os
import random
import signal
import time
from typing import Any

import pytest
from api import FINAL, Api
from followers import created_by, here
from price_lists import FEEDS, catalogue, feed

from productsmanager.lifecycle import Running

ROWS = 30_000
VICTIMS = ("imports-worker", "imports", "catalog-bulk", "postgres")
# Where in the job to strike: while it is planned and while it is applied.
STAGES = ("STATE_MAPPED", "STATE_APPLYING")


def strike(stack: Running, victim: str) -> None:
    pid = stack.pid(victim)
    assert pid, f"{victim} does not run"
    os.kill(pid, signal.SIGKILL)


def get_patiently(api: Api, path: str) -> Any:
    """GET through the time a killed process is away."""
    for _ in range(600):
        answer = api.http.get(path)
        if answer.status_code == 200:
            return answer.json()
        time.sleep(0.2)
    raise AssertionError(answer.text)


@pytest.fixture(scope="module")
def undisturbed(api: Api) -> list[tuple[Any, ...]]:
    job = api.run(feed(0, ROWS), "Kill undisturbed")
    assert job["ledger"]["created"] == ROWS
    return catalogue(api, "Kill undisturbed")


@pytest.mark.parametrize("victim", VICTIMS)
def test_a_killed_process_loses_nothing(stack: Running, api: Api, undisturbed: list[tuple[Any, ...]], victim: str) -> None:
    survive(stack, api, undisturbed, victim, random.choice(STAGES))


@pytest.mark.faults
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("round_number", range(5))
@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("victim", VICTIMS)
def test_it_loses_nothing_again_and_again(
    stack: Running, api: Api, undisturbed: list[tuple[Any, ...]], victim: str, stage: str, round_number: int
) -> None:
    api.login("admin", stack.admin_password_file.read_text().strip())  # All rounds take longer than a token lives.
    survive(stack, api, undisturbed, victim, stage)


def survive(stack: Running, api: Api, undisturbed: list[tuple[Any, ...]], victim: str, stage: str) -> None:
    """Import while `victim` is killed at a random moment of `stage`, and compare with the undisturbed import."""
    number = next(FEEDS)
    supplier = f"Kill {number} {victim} {stage}"
    before = here(api)
    job_id = api.upload(feed(number, ROWS), supplier).json()["id"]
    api.follow(job_id, {stage} | FINAL)
    time.sleep(random.uniform(0, 1.5))
    strike(stack, victim)
    for _ in range(1200):
        job = get_patiently(api, f"/imports/{job_id}")
        if job["state"] in FINAL:
            break
        time.sleep(0.2)
    assert job["state"] == "STATE_APPLIED", job
    assert (job["ledger"]["read"], job["ledger"]["created"]) == (ROWS, ROWS)
    assert catalogue(api, supplier) == undisturbed
    # Who follows what changes is told of each product, once.
    told = created_by(api, before, {run["id"] for run in job["runs"]}, ROWS)
    assert len(told) == len(set(told)) == ROWS
