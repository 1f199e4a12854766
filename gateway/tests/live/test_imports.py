"""Jobs as they go on, and the rows they refused."""

import asyncio
import csv
import io
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from chassis.errors import Unauthenticated, Unavailable
from chassis.invalidation import Announcer
from gateway.endpoints.live import imports as watching
from pm.imports.v1.imports_pb2 import Job, Problem, Progress

ID = "01890000-0000-7000-8000-0000000000aa"
EVENTS = f"/api/v1/imports/{ID}/events"
PROBLEMS = f"/api/v1/imports/{ID}/problems.csv"


class TokenRevoked(Unauthenticated):
    pass


def job(state: Job.State.ValueType, done: int = 0, *, auto_apply: bool = False) -> Job:
    return Job(id=ID, state=state, progress=Progress(stage="read", done=done), auto_apply=auto_apply)


@pytest.fixture(autouse=True)
async def _announced(valkey_server: str) -> AsyncIterator[None]:
    """Each change of the job is heard of."""
    announcer = Announcer(valkey_server, "imports")

    async def announce() -> None:
        while True:
            await announcer.announce({f"job:{ID}"})
            await asyncio.sleep(0.05)

    announcing = asyncio.create_task(announce())
    yield
    announcing.cancel()
    await announcer.close()


async def events(client: httpx.AsyncClient) -> list[tuple[str, Any]]:
    reply = await client.get(EVENTS)
    assert reply.status_code == 200
    assert reply.headers["content-type"].startswith("text/event-stream")
    blocks = [block for block in reply.text.split("\n\n") if block.startswith("event: ")]
    parts = [block.removeprefix("event: ").split("\ndata: ") for block in blocks]
    return [(name, json.loads(data)) for name, data in parts]


async def test_events_until_the_job_rests(client: httpx.AsyncClient, imports: Any) -> None:
    imports.jobs = [
        job(Job.STATE_UPLOADED),
        job(Job.STATE_UPLOADED),
        job(Job.STATE_APPLYING, 1),
        job(Job.STATE_APPLYING, 2),
        job(Job.STATE_APPLIED, 2),
    ]
    seen = await events(client)
    assert [name for name, _ in seen] == ["job", "job", "job", "job", "end"]
    assert [data["state"] for _, data in seen] == [
        "STATE_UPLOADED",
        "STATE_APPLYING",
        "STATE_APPLYING",
        "STATE_APPLIED",
        "STATE_APPLIED",
    ]
    assert seen[2][1]["progress"] == {"stage": "read", "done": 2, "total": 0}


@pytest.mark.parametrize(
    "state",
    [Job.STATE_PLANNED, Job.STATE_HELD, Job.STATE_APPLIED, Job.STATE_STALE, Job.STATE_CANCELLED, Job.STATE_FAILED],
)
async def test_job_that_rests_already(client: httpx.AsyncClient, imports: Any, state: Job.State.ValueType) -> None:
    imports.jobs = [job(state)]
    assert [name for name, _ in await events(client)] == ["job", "end"]


async def test_plan_that_applies_itself_does_not_rest(client: httpx.AsyncClient, imports: Any) -> None:
    imports.jobs = [job(Job.STATE_PLANNED, auto_apply=True), job(Job.STATE_APPLIED, auto_apply=True)]
    assert [data["state"] for _, data in await events(client)] == ["STATE_PLANNED", "STATE_APPLIED", "STATE_APPLIED"]


async def test_service_that_restarts_does_not_end_the_stream(client: httpx.AsyncClient, imports: Any) -> None:
    imports.jobs = [job(Job.STATE_APPLYING), Unavailable("restarting"), job(Job.STATE_APPLIED)]
    assert [name for name, _ in await events(client)] == ["job", "job", "end"]


async def test_token_that_expires_ends_the_stream_with_a_problem(client: httpx.AsyncClient, imports: Any) -> None:
    imports.jobs = [job(Job.STATE_APPLYING), TokenRevoked("The token has expired.")]
    (_, _), (name, problem) = await events(client)
    assert name == "problem"
    assert (problem["status"], problem["reason"]) == (401, "TOKEN_REVOKED")


async def test_heartbeat(client: httpx.AsyncClient, imports: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "HEARTBEAT_SECONDS", 0.0)
    imports.jobs = [job(Job.STATE_APPLYING), job(Job.STATE_APPLYING), job(Job.STATE_APPLIED)]
    assert "\n: heartbeat\n\n" in (await client.get(EVENTS)).text


@pytest.mark.parametrize("path", [EVENTS, EVENTS.replace(ID, "42")])
async def test_stream_that_can_not_begin_is_a_problem(client: httpx.AsyncClient, imports: Any, path: str) -> None:
    imports.jobs = []
    reply = await client.get(path)
    assert reply.status_code == (404 if path == EVENTS else 400)
    assert reply.headers["content-type"] == "application/problem+json"


async def test_problems_page_by_page(client: httpx.AsyncClient, imports: Any, told: Any) -> None:
    imports.problems = [
        [
            Problem(row_no=1, supplier_name="=cmd|'x'!A1", outcome=Problem.OUTCOME_REJECTED, reasons=["no_identity", "price"]),
            Problem(row_no=2, supplier_name='Ann, "B"\nC', outcome=Problem.OUTCOME_WARNING, values={"EAN": "4.68E+11"}, line=4),
        ],
        [
            Problem(row_no=3, supplier_name=text, outcome=Problem.OUTCOME_SKIPPED)
            for text in ("+1", "-1", "@a", "\ta", "\ra", "a=")
        ],
    ]
    reply = await client.get(PROBLEMS)
    assert reply.headers["content-type"].startswith("text/csv")
    assert "attachment" in reply.headers["content-disposition"]
    rows = list(csv.reader(io.StringIO(reply.text, newline="")))
    assert rows[:3] == [
        ["row_no", "supplier", "outcome", "reasons", "values", "line"],
        ["1", "'=cmd|'x'!A1", "rejected", "no_identity price", "", ""],
        ["2", 'Ann, "B"\nC', "warning", "", '{"EAN":"4.68E+11"}', "4"],
    ]
    assert [row[1] for row in rows[3:]] == ["'+1", "'-1", "'@a", "'\ta", "'\ra", "a="]
    assert [request.page_token for request in told.requests[-2:]] in (["", "1"], ["1", "1"])
    assert len(told.requests) == 2


async def test_no_problems_is_a_header(client: httpx.AsyncClient, imports: Any) -> None:
    imports.problems = [[]]
    assert (await client.get(PROBLEMS)).text == "row_no,supplier,outcome,reasons,values,line\r\n"


async def test_problems_of_no_job(client: httpx.AsyncClient) -> None:
    reply = await client.get(PROBLEMS.replace(ID, "42"))
    assert (reply.status_code, reply.headers["content-type"]) == (400, "application/problem+json")
