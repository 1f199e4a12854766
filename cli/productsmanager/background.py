"""Jobs of every kind as the gateway tells of them: what is going on in the background."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.text import Text

from productsmanager.client import Client

# Seconds, minutes and hours, from how many seconds on.
_UNITS = ((7200, 3600, "h"), (120, 60, "min"), (0, 1, "s"))


def newest(client: Client, limit: int, kind: str = "", state: str = "") -> dict[str, Any]:
    """The newest jobs (pm.common.v1.ListJobsResponse in JSON), of a kind and in a state where these are given."""
    asked: dict[str, str | int] = {"page_size": limit}
    if kind:
        asked["kinds"] = kind
    if state:
        asked["states"] = f"STATE_{state.upper()}"
    found: dict[str, Any] = client.get("/jobs", **asked)
    return found


def prioritize(client: Client, job_id: str, minutes: int) -> dict[str, Any]:
    """Let a job go so many minutes before others. Raises Refused for one that has ended."""
    found: dict[str, Any] = client.post(f"/jobs/{job_id}:prioritize", {"priority": minutes})
    return found


def lines(found: dict[str, Any]) -> Iterator[str]:
    """A line for each job, and one for each service that does not answer."""
    for job in found["jobs"]:
        since = datetime.fromisoformat(job["create_time"]).astimezone()
        parts = [job["id"], job["kind"], _state(job), f"{since:%Y-%m-%d %H:%M}", job["supplier_name"], job["title"]]
        said = job["failure_message"] or job["wait_reason"]
        yield "  ".join(filter(None, [*parts, _progress(job), said]))
    for service in found["missing"]:
        yield f"{service} does not answer: its jobs are not listed."


def show(console: Console, found: dict[str, Any]) -> None:
    """Print them, a text of a supplier's as it stands."""
    for line in lines(found):
        console.print(Text(line), soft_wrap=True)


def _state(job: dict[str, Any]) -> str:
    state = str(job["state"]).removeprefix("STATE_").lower()
    return state if job["kind_state"] == state else f"{state} ({job['kind_state']})"


def _progress(job: dict[str, Any]) -> str:
    progress = job.get("progress") or {}
    if not progress.get("stage"):
        return ""
    told = f"{progress['stage']} {progress['done']:,}"
    if progress["total"]:
        told += f" of {progress['total']:,}"
    if "rate" in progress:
        told += f", {progress['rate']:,.0f}/s"
    if "remaining_seconds" in progress:
        told += f", {_time(progress['remaining_seconds'])} left"
    return told


def _time(seconds: float) -> str:
    _, length, unit = next(one for one in _UNITS if seconds >= one[0])
    return f"{seconds / length:.0f} {unit}"
