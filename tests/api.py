"""A client of the gateway for tests: signs in, uploads, follows jobs."""

import json
import time
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx

FINAL = {"STATE_APPLIED", "STATE_FAILED", "STATE_CANCELLED"}
WAITING = FINAL | {"STATE_PLANNED", "STATE_HELD", "STATE_STALE"}
FIXTURES = Path(__file__).parent / "fixtures"
# Long enough for a machine that does something else; a test that waits so long has failed anyway.
PATIENCE_SECONDS = 240
COUNTS = (
    "read",
    "created",
    "updated",
    "unchanged",
    "rejected",
    "skipped",
    "vanished",
    "warnings",
    "products_created",
    "products_changed",
)


class Api:
    """The gateway at `url`; answers are parsed JSON, unexpected statuses raise."""

    def __init__(self, url: str) -> None:
        self.http = httpx.Client(base_url=f"{url}/api/v1", timeout=60)

    def __enter__(self) -> "Api":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.http.close()

    def login(self, username: str, password: str) -> None:
        answer = self.http.post("/auth/login", json={"username": username, "password": password})
        answer.raise_for_status()
        self.http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def get(self, path: str, **parameters: Any) -> Any:
        answer = self.http.get(path, params=parameters)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: Any, status: int = 200) -> Any:
        answer = self.http.post(path, json=body)
        assert answer.status_code == status, answer.text
        return answer.json()

    def upload(
        self, content: bytes | Path, supplier: str, *, name: str = "", apply: bool = True, **options: Any
    ) -> httpx.Response:
        """POST a file as it is; `options` are the other parameters of the route."""
        file_name = name or (content.name if isinstance(content, Path) else "feed.csv")
        data = content.read_bytes() if isinstance(content, Path) else content
        parameters = {"file_name": file_name, "supplier_name": supplier, "auto_apply": str(apply).lower()} | options
        if "mapping" in parameters:
            parameters["mapping"] = json.dumps(parameters["mapping"])
        return self.http.post("/imports", params=parameters, content=data, headers={"Content-Type": "application/octet-stream"})

    def run(self, content: bytes | Path, supplier: str, **options: Any) -> dict[str, Any]:
        """Upload and follow the job to its end, or until it waits for a person."""
        answer = self.upload(content, supplier, **options)
        assert answer.status_code == 201, answer.text
        job: dict[str, Any] = self.follow(answer.json()["id"])
        return job

    def follow(self, job_id: str, until: set[str] = WAITING) -> Any:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            job = self.get(f"/imports/{job_id}")
            if job["state"] in until and not (job["auto_apply"] and job["state"] == "STATE_PLANNED"):
                return job
            time.sleep(0.1)
        raise AssertionError(f"the job did not end: {job}")

    def problems(self, job_id: str) -> dict[int, tuple[str, list[str]]]:
        """Outcome and reasons of every row that has any, by row number."""
        found, token = {}, ""
        while True:
            page = self.get(f"/imports/{job_id}/problems", page_size=500, page_token=token)
            for problem in page["problems"]:
                found[problem["row_no"]] = (problem["outcome"].removeprefix("OUTCOME_").lower(), sorted(problem["reasons"]))
            if not (token := page["next_page_token"]):
                return found


def counts(job: dict[str, Any]) -> dict[str, int]:
    """The job's ledger without zeros; checks that it balances, and that the runs sum up to it."""
    ledger = job["ledger"]
    assert ledger["read"] == sum(ledger[name] for name in ("created", "updated", "unchanged", "rejected", "skipped")), ledger
    for name in COUNTS:
        assert ledger[name] == sum(run["ledger"][name] for run in job["runs"]), name
    return {name: ledger[name] for name in COUNTS if ledger[name]}
