"""Import jobs as the gateway tells of them: upload, follow to a rest, confirm."""

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NotRequired, TypedDict, cast

from productsmanager.client import Client, Refused, Unreachable
from productsmanager.errors import ProductsManagerError

COUNTS = (
    *("read", "created", "updated", "unchanged", "rejected", "skipped", "vanished", "warnings"),
    *("products_created", "products_changed"),
)
CHUNK_BYTES = 256 * 1024
PROBLEM_PAGE = 5000
# A crashed process is back within seconds, a crashed database after its recovery.
PATIENCE_SECONDS = 120.0
RETRY_SECONDS = 1.0
# The last letters of an id tell jobs apart: they are drawn, where the first ones are the time.
ENDING = 8
WHOLE_ID = 36
# Among so many of the newest jobs one is known by its last letters.
KNOWN_BY_ENDING = 500
SUCCEEDED, FAILED, WAITING = 0, 1, 3
_ENDING = re.compile("[0-9a-f-]{4,}")


class Progress(TypedDict):
    stage: str
    done: int
    total: int


class Run(TypedDict):
    id: str
    supplier_name: str
    state: str
    ledger: dict[str, Any]


class Doubt(TypedDict):
    """Something of a file that may mean something else than it was read as."""

    name: str
    message: str
    rows: int
    examples: list[str]
    holds: bool
    accepted: bool


class Layout(TypedDict):
    """pm.imports.v1.FileLayout."""

    origin: str
    encoding: str
    delimiter: str
    header: bool
    columns: list[str]
    renamed: list[str]
    rows: int
    decimal_marks: dict[str, str]


class MappedField(TypedDict):
    """pm.imports.v1.MappedField."""

    field: str
    column: str
    confidence: float
    why: str


class FieldMapping(TypedDict):
    """pm.imports.v1.FieldMapping."""

    fields: list[MappedField]
    currency: str
    problems: list[str]


class Job(TypedDict):
    """pm.imports.v1.Job in JSON, as far as it is looked at here."""

    id: str
    file_name: str
    supplier_name: str
    state: str
    plan_hash: str
    ledger: dict[str, Any]
    runs: list[Run]
    hold_reason: str
    failure_reason: str
    failure_message: str
    wait_reason: str
    auto_apply: bool
    same_as_job_id: str
    claimed: bool
    doubts: list[Doubt]
    create_time: str
    progress: NotRequired[Progress]
    # Once the file was looked at.
    layout: NotRequired[Layout]
    field_mapping: NotRequired[FieldMapping]


@dataclass(frozen=True)
class Feed:
    """A file and how to read it. `mapping`: field to column name; `currency`: of prices without one."""

    path: Path
    supplier: str
    mapping: Mapping[str, str] = field(default_factory=dict)
    currency: str | None = None
    accept: tuple[str, ...] = ()
    force: bool = False
    auto_apply: bool = False

    def parameters(self) -> dict[str, str | list[str]]:
        """The options of the upload, as query parameters."""
        given: dict[str, str | list[str]] = {"file_name": self.path.name, "supplier_name": self.supplier}
        if self.mapping:
            given["mapping"] = json.dumps(dict(self.mapping), ensure_ascii=False)
        if self.currency:
            given["currency"] = self.currency
        if self.accept:
            given["accept"] = list(self.accept)
        flags = {"force": self.force, "auto_apply": self.auto_apply}
        return given | {name: "true" for name, is_set in flags.items() if is_set}


def upload(client: Client, feed: Feed, sent: Callable[[int], None] = lambda count: None) -> Job:
    """Start a job; `sent` is told how many more bytes have gone. Raises Refused, Unreachable, OSError."""
    size = feed.path.stat().st_size
    return cast(Job, client.upload("/imports", _chunks(feed.path, sent), size, feed.parameters()))


def follow(client: Client, job_id: str) -> Iterator[Job]:
    """The job each time it changed and every few seconds, until it rests: by events, once a second where these break off.

    Raises Refused, and what is still wrong when nothing was heard for PATIENCE_SECONDS.
    """
    heard = time.monotonic()
    while True:
        try:
            for name, data in client.events(f"/imports/{job_id}/events"):
                heard = time.monotonic()
                if name == "job":
                    yield data
                elif name == "heartbeat":
                    yield get(client, job_id)
                elif name == "end":
                    return
            job = get(client, job_id)
            heard = time.monotonic()
            yield job
            if rests(job):
                return
        except (Refused, Unreachable) as error:
            lasting = isinstance(error, Refused) and not error.is_temporary
            if lasting or time.monotonic() - heard > PATIENCE_SECONDS:
                raise
        time.sleep(RETRY_SECONDS)


def get(client: Client, job_id: str) -> Job:
    """Raises Refused when there is no such job."""
    return cast(Job, client.get(f"/imports/{job_id}"))


def latest(client: Client, limit: int) -> list[Job]:
    """The newest jobs, without their runs."""
    return cast(list[Job], client.get("/imports", page_size=limit)["jobs"])


def named(client: Client, given: str) -> str:
    """The id of the job given by its id or the end of that. Raises ProductsManagerError where this is none's, or several's."""
    ending = given.strip().lower()
    if len(ending) >= WHOLE_ID or not _ENDING.fullmatch(ending):
        return given
    found = [job["id"] for job in latest(client, KNOWN_BY_ENDING) if job["id"].endswith(ending)]
    if len(found) == 1:
        return found[0]
    if found:
        raise ProductsManagerError(f"the ids of {len(found)} jobs end in {ending}: give more of it")
    raise ProductsManagerError(f"none of the newest {KNOWN_BY_ENDING} jobs has an id that ends in {ending}: give the whole id")


def decide(client: Client, job_id: str, decision: str, body: Mapping[str, Any] | None = None) -> Job:
    """`replan`, `pause`, `resume` or `cancel` a job. Raises Refused where its state does not allow it."""
    return cast(Job, client.post(f"/imports/{job_id}:{decision}", body or {}))


def confirm(client: Client, job: Job, accept: Sequence[str] = ()) -> Job:
    """Have the plan that was shown applied, with these doubts accepted.

    Raises Refused when it is no longer the job's plan, or a doubt that holds it is not accepted.
    """
    return cast(Job, client.post(f"/imports/{job['id']}:apply", {"plan_hash": job["plan_hash"], "accept": list(accept)}))


def open_doubts(job: Job) -> list[Doubt]:
    """The doubts that hold the job."""
    return [doubt for doubt in job["doubts"] if doubt["holds"] and not doubt["accepted"]]


def plan_rows(client: Client, job: Job, run: Run, kind: str, limit: int) -> list[dict[str, Any]]:
    """The first rows of one kind (pm.catalog.v1.PlanRow); none once the plan has been applied and dropped."""
    try:
        page = client.get(f"/imports/{job['id']}/plan", run_id=run["id"], kind=kind, page_size=limit)
    except Refused:
        return []
    return cast(list[dict[str, Any]], page["rows"])


def problems(client: Client, job_id: str, limit: int) -> Iterator[dict[str, Any]]:
    """The first rows that were rejected, skipped or taken in with a warning (pm.imports.v1.Problem), in the order of the file."""
    token = ""
    while limit > 0:
        page = client.get(f"/imports/{job_id}/problems", page_size=min(limit, PROBLEM_PAGE), page_token=token)
        yield from page["problems"]
        limit -= len(page["problems"])
        token = page["next_page_token"]
        if not token:
            return


def state_of(job: Job) -> str:
    """The state in lower case, such as `planned`."""
    return job["state"].removeprefix("STATE_").lower()


def rests(job: Job) -> bool:
    """Whether the job stays as it is until somebody acts."""
    state = state_of(job)
    return state in ("held", "paused", "applied", "stale", "cancelled", "failed") or (
        state == "planned" and not job["auto_apply"]
    )


def exit_status(job: Job) -> int:
    """0 applied, 3 waiting for a person (planned, held, paused or stale), else 1."""
    state = state_of(job)
    if state == "applied":
        return SUCCEEDED
    return WAITING if state in ("planned", "held", "paused", "stale") else FAILED


def outcome(job: Job, seconds: float | None = None) -> dict[str, Any]:
    """What `pm import --json` prints, and others that follow a job; `seconds` since the upload began."""
    told: dict[str, Any] = {"job_id": job["id"], "state": state_of(job), "plan_hash": job["plan_hash"]}
    told |= _counts(job["ledger"]) | ({} if seconds is None else {"seconds": round(seconds, 3)})
    told["runs"] = [{"run_id": run["id"], "supplier": run["supplier_name"]} | _counts(run["ledger"]) for run in job["runs"]]
    if job["hold_reason"]:
        told["hold_reason"] = job["hold_reason"]
    if job["doubts"]:
        told["doubts"] = job["doubts"]
    if job["wait_reason"]:
        told["wait_reason"] = job["wait_reason"]
    if job["failure_reason"]:
        told |= {"reason": job["failure_reason"], "message": job["failure_message"]}
    return told


def _counts(ledger: Mapping[str, Any]) -> dict[str, int]:
    return {name: ledger[name] for name in COUNTS}


def _chunks(path: Path, sent: Callable[[int], None]) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk
            sent(len(chunk))
