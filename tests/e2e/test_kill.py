"""kill -9 in the middle of a job: it ends by itself, and the catalogue is that of an undisturbed run."""

import itertools
import os
import random
import signal
import time
from typing import Any

import pytest
from api import FINAL, Api

from productsmanager.lifecycle import Running

ROWS = 30_000
VICTIMS = ("imports-worker", "imports", "catalog-bulk", "postgres")
# Where in the job to strike: while it is planned and while it is applied.
STAGES = ("STATE_MAPPED", "STATE_APPLYING")
# One number, and so barcodes of its own, for every feed.
FEEDS = itertools.count(1)


def check_digit(body: str) -> str:
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(body)))
    return body + str((10 - total % 10) % 10)


def feed(supplier: int, rows: int = ROWS) -> bytes:
    """A price list whose barcodes no other supplier has."""
    lines = ["sku,ean,title,brand,category,price,stock"]
    for row in range(rows):
        ean = check_digit(f"47{supplier:02d}{row:08d}")
        lines.append(
            f"K{row},{ean},Kettle number {row},Brand {row % 300},Kitchen/{row % 40},{row % 900}.{row % 100:02d},{row % 50}"
        )
    return "\n".join(lines).encode()


def catalogue(api: Api, supplier: str) -> list[tuple[Any, ...]]:
    """A supplier's offers with their products, in the file's terms."""
    [found] = api.get("/suppliers", name=supplier)["suppliers"]
    offers, token = [], ""
    while True:
        page = api.get("/offers", supplier_id=found["id"], page_size=500, page_token=token)
        offers += [
            (o["ref"], o["gtin"][5:13], o["title"], o["brand"], o["category"], o["price"]["amount"], o["stock"])
            for o in page["offers"]
        ]
        if not (token := page["next_page_token"]):
            return sorted(offers)


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
    job = api.run(feed(0), "Kill undisturbed")
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
    survive(stack, api, undisturbed, victim, stage)


def survive(stack: Running, api: Api, undisturbed: list[tuple[Any, ...]], victim: str, stage: str) -> None:
    """Import while `victim` is killed at a random moment of `stage`, and compare with the undisturbed import."""
    number = next(FEEDS)
    supplier = f"Kill {number} {victim} {stage}"
    job_id = api.upload(feed(number), supplier).json()["id"]
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
