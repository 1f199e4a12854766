"""One fault: a process taken away under load, and everything that must hold while it is away and afterwards."""

import time
import uuid
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime

from api import Api, counts
from load import NOBODY, YES, Answer, Load
from outages import OUTAGES, SECONDS, healthy, ready
from price_lists import FEEDS, feed
from table import Cell

from productsmanager.lifecycle import Running

ROWS = 30_000
# From when a process answers again until everything works.
RECOVERY_SECONDS = 10.0
WARM_SECONDS = 3.0
# What a proxy says in the first moment after its gateway was killed with a request in its hands.
BETWEEN = {"502", "504", NOBODY}


def survive(stack: Running, api: Api, away: str, how: str, row: Mapping[str, Cell]) -> None:
    """Take the process `away`, and compare with its row of docs/faults.md."""
    healthy(stack)
    supplier, number = f"Faults {uuid.uuid4().hex[:8]}", next(FEEDS)
    password = stack.admin_password_file.read_text(encoding="ascii").strip()
    token = str(api.http.headers["Authorization"]).removeprefix("Bearer ")
    [known] = api.run(feed(number, 1), f"{supplier} known")["runs"]
    product_id = api.get("/offers", supplier_id=known["supplier_id"])["offers"][0]["product_id"]
    load = Load(f"w{uuid.uuid4().hex[:8]}", stack.url, password, token, product_id)
    with load.running():
        time.sleep(WARM_SECONDS)
        job_id = api.upload(feed(number, ROWS), supplier).json()["id"]
        api.follow(job_id, {"STATE_MAPPED", "STATE_APPLYING", "STATE_APPLIED"})
        start = time.monotonic()
        with OUTAGES[how](stack, away):
            time.sleep(max(0.0, start + SECONDS - time.monotonic()))
            released = time.monotonic()
        ready(stack, away)
        end, returned = time.monotonic(), datetime.now(UTC)
        load.watch_all(end + RECOVERY_SECONDS)
    print(report(load, away, how, start, end))
    print(f"{away} {how} | start | answers {end - released:.1f} s after it was let go")
    faults = [
        f"{answer.kind}: {answer.said} after {answer.seconds:.1f} s, sent {answer.sent - start:.1f} s into it"
        for answer in load.between(0)
        if not is_allowed(answer, row[answer.kind], start, end) and not is_unrouted(answer, away, end)
    ]
    assert not faults, "\n".join(faults)
    nothing_is_lost_or_doubled(stack, api, load, supplier, job_id)
    ended = datetime.fromisoformat(api.get(f"/imports/{job_id}")["end_time"])
    print(f"{away} {how} | import | ended {(ended - returned).total_seconds():+.1f} s from its return")


def is_allowed(answer: Answer, cell: Cell, start: float, end: float) -> bool:
    """Whether a request may be answered so, while something was away from `start` to `end`."""
    if answer.said == YES:
        return True
    if answer.sent + answer.seconds < start or answer.sent >= end + RECOVERY_SECONDS:
        return False
    if cell.after and answer.sent < start + cell.after:
        return answer.said in BETWEEN
    return answer.said in cell.said


def is_unrouted(answer: Answer, away: str, end: float) -> bool:
    """Whether the proxy said it in the moment between listening and knowing its routes."""
    return away == "traefik" and answer.said == "404" and answer.sent <= end


def report(load: Load, away: str, how: str, start: float, end: float) -> str:
    """Answers by kind while it was away, the longest, and when each kind worked again."""
    lines = []
    for kind in load.kinds():
        during = [answer for answer in load.between(start, end) if answer.kind == kind]
        bad = [answer.sent + answer.seconds for answer in load.between(start) if answer.kind == kind and answer.said != YES]
        lines.append(
            f"{away} {how} | {kind} | {dict(Counter(answer.said for answer in during))} | "
            f"longest {max((answer.seconds for answer in during), default=0):.1f} s | "
            f"last refusal {max(bad, default=start) - end:+.1f} s from its return"
        )
    return "\n".join(lines)


def nothing_is_lost_or_doubled(stack: Running, api: Api, load: Load, supplier: str, job_id: str) -> None:
    """The import under way, all uploads and all writes are there, once."""
    api.http.headers["Authorization"] = f"Bearer {load.token}"
    job = api.follow(job_id, {"STATE_APPLIED", "STATE_FAILED"})
    assert job["state"] == "STATE_APPLIED", job
    assert counts(job)["created"] == ROWS, job["ledger"]
    psql = stack.installation.postgres.psql
    supplier_id = job["runs"][0]["supplier_id"]
    offers = f"SELECT count(*), count(DISTINCT supplier_ref) FROM supplier_products WHERE supplier_id = '{supplier_id}'"
    assert psql(offers, "db_catalog") == f"{ROWS}|{ROWS}"
    for uploaded in load.uploaded:
        done = api.follow(uploaded, {"STATE_APPLIED", "STATE_FAILED"})
        assert (done["state"], counts(done).get("created")) == ("STATE_APPLIED", 3), done
    load.repeat_writes()
    made = psql(f"SELECT sku FROM products WHERE sku LIKE '{load.name}-%'", "db_catalog").split()
    assert sorted(made) == sorted(load.attempted)
    told = f"SELECT count(*) FROM notifications WHERE subject_id = '{job_id}'"
    deadline = time.monotonic() + 60
    while (count := psql(told, "db_core")) != "1":
        assert count == "0", f"told {count} times"
        assert time.monotonic() < deadline, "nobody was told of the end of the import"
        time.sleep(0.5)
