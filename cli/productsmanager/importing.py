"""One import as somebody watches it: bars while it goes on, then what was recognised, the plan and the ledger."""

import shlex
import time
from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from productsmanager import jobs, report
from productsmanager.client import Client
from productsmanager.errors import ProductsManagerError
from productsmanager.jobs import Feed, Job

# How many rows of the plan are shown of each kind, and of how many suppliers.
SAMPLES = {"KIND_UPDATE": 4, "KIND_CREATE": 3, "KIND_DUPLICATE": 2, "KIND_VANISHED": 2}
SAMPLED_RUNS = 3
# Among so many jobs one is looked for that a worker is at.
LATEST = 100
# What a shell gives a command that Ctrl-C ended.
INTERRUPTED = 130
UNCLAIMED_SECONDS = 15.0
MOVED = "The catalogue moved since the plan was made."
# States of a run that nobody works at any more.
SETTLED = ("applied", "abandoned", "superseded")
UNITS = {"reading": "rows", "planning": "suppliers", "applying": "batches"}


class NotWorkedAt(ProductsManagerError):
    """Nobody moves the job on; waiting longer would tell nothing."""

    def __init__(self, job: Job) -> None:
        why = (
            job["wait_reason"].rstrip(".")
            or job["failure_message"]
            or "no worker has taken it: `pm doctor` says whether one runs"
        )
        super().__init__(f"job {job['id']} waits: {why}. It goes on by itself; `pm jobs show {job['id']}` looks at it")


class Import:
    """Carries one feed as far as it is told to. `job` is None until the upload is answered."""

    def __init__(self, client: Client, console: Console) -> None:
        self._client = client
        self._console = console
        self._began = 0.0
        self._shown: set[str] = set()
        self._claimed_at = 0.0
        self.job: Job | None = None

    @property
    def seconds(self) -> float:
        """Since the upload began."""
        return time.monotonic() - self._began

    def start(self, feed: Feed) -> Job:
        """Upload, and follow until the job rests. Raises Refused, Unreachable, OSError."""
        self._began = time.monotonic()
        bar = (TextColumn("uploading"), BarColumn(), DownloadColumn(), TimeElapsedColumn())
        with Progress(*bar, console=self._console, disable=not self._console.is_terminal) as progress:
            task = progress.add_task("", total=feed.path.stat().st_size)
            job = jobs.upload(self._client, feed, lambda count: progress.advance(task, count))
        self._console.print(Text(f"Job {job['id']}", style="dim"))
        return self.follow(job)

    def apply(self, job: Job, accept: Sequence[str] = ()) -> Job:
        """Confirm the plan that was shown with these doubts accepted, and follow again. Raises Refused, Unreachable."""
        return self.follow(jobs.confirm(self._client, job, accept))

    def look(self, job: Job) -> None:
        """How the file was read and what its plan would do, as far as that is known."""
        self._tell(job)

    def follow(self, job: Job) -> Job:
        """Watch a job until it rests. Raises Refused, Unreachable."""
        self.job = job
        self._claimed_at = time.monotonic()
        bar = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[unit]}"))
        disabled = not self._console.is_terminal
        with Progress(*bar, TimeElapsedColumn(), console=self._console, disable=disabled) as progress:
            stages = Stages(progress)
            for heard in jobs.follow(self._client, job["id"]):
                self.job = job = heard
                stages.show(job)
                self._tell(job)
                self._expect_worker(job)
            stages.finish()
        return job

    def _tell(self, job: Job) -> None:
        """Each part of the story once, as soon as it is known."""
        if job.get("field_mapping") and self._first("mapping"):
            report.show_recognised(self._console, job)
        if job["plan_hash"] and self._first(job["plan_hash"]):
            # One that applies itself drops its plan sooner or later: rows that are shown now and then only confuse.
            waits = jobs.state_of(job) == "held" or (jobs.state_of(job) == "planned" and not job["auto_apply"])
            report.show_plan(self._console, job, list(self._samples(job)) if waits else [])
            report.show_doubts(self._console, job)

    def _expect_worker(self, job: Job) -> None:
        """A job may wait for its turn, but not for workers that do not run."""
        if job["claimed"] or jobs.rests(job):
            self._claimed_at = time.monotonic()
        elif time.monotonic() - self._claimed_at > UNCLAIMED_SECONDS and (
            job["wait_reason"] or job["failure_message"] or not self._workers_run()
        ):
            raise NotWorkedAt(job)

    def _workers_run(self) -> bool:
        return any(job["claimed"] for job in jobs.latest(self._client, LATEST))

    def _first(self, part: str) -> bool:
        is_first = part not in self._shown
        self._shown.add(part)
        return is_first

    def _samples(self, job: Job) -> Iterator[tuple[str, report.Row]]:
        for run in job["runs"][:SAMPLED_RUNS]:
            for kind, limit in SAMPLES.items():
                for row in jobs.plan_rows(self._client, job, run, kind, limit):
                    yield run["supplier_name"], row


class Stages:
    """A bar for each stage of a job."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks: dict[str, TaskID] = {}

    def show(self, job: Job) -> None:
        now = job.get("progress")
        if not now or not now["stage"]:
            return
        stage, done, total = now["stage"], now["done"], now["total"]
        if stage not in self._tasks:
            self.finish()
            self._tasks[stage] = self._progress.add_task(stage, total=None, unit=UNITS.get(stage, ""))
        # Without a total the bar moves by itself, which says more than one that stands at 0.
        self._progress.update(self._tasks[stage], completed=done, total=total if done else None)

    def finish(self) -> None:
        """What has been left behind is done, though its last step was not heard of."""
        for task in self._progress.tasks:
            if task.total is not None:
                self._progress.update(task.id, completed=task.total)


def progress_of(job: Job) -> str:
    """Such as `reading 1,000 of 2,000 rows`; empty when the job is at no stage."""
    now = job.get("progress")
    if not now or not now["stage"]:
        return ""
    return f"{now['stage']} {now['done']:,} of {now['total']:,} {UNITS.get(now['stage'], '')}".rstrip()


def tell_interrupted(console: Console, job: Job) -> None:
    """After Ctrl-C: the job is the server's."""
    console.print(Text(f"The job goes on. `pm jobs show {job['id']}` looks at it, `pm jobs cancel {job['id']}` gives it up."))


def _way_on(job: Job) -> str:
    """What to do about a held job."""
    doubts = jobs.open_doubts(job)
    if not doubts:
        return "Import it again with --map FIELD=COLUMN."
    names = ",".join(doubt["name"] for doubt in doubts)
    command = f"pm jobs apply {job['id']} --accept {shlex.quote(names)}"
    said = "--currency CODE" if any(doubt["name"].startswith("currency") for doubt in doubts) else "--map FIELD=COLUMN"
    return f"If it was read as it is meant: `{command}`; else `pm jobs replan {job['id']} {said}`."


def may_apply(job: Job) -> bool:
    """Whether the job waits for a yes to its plan; what it is not sure of may hold it, a mapping without any key may not."""
    return jobs.state_of(job) == "planned" or (jobs.state_of(job) == "held" and bool(jobs.open_doubts(job)))


def question(job: Job) -> str:
    """What to ask before the plan is applied."""
    doubts = jobs.open_doubts(job)
    return f"Apply this plan in spite of {', '.join(doubt['name'] for doubt in doubts)}?" if doubts else "Apply this plan?"


def explain(console: Console, job: Job) -> None:
    """Where the job stands, and what to do about it."""
    state = jobs.state_of(job)
    if job["same_as_job_id"]:
        console.print(Text(f"Job {job['same_as_job_id']} applied the same file last: nothing changes (--force overrides)."))
    # The ledger of a job that was given up is that of its plan until the catalogue has let go of it.
    settled = state == "applied" or all(run["state"] in SETTLED for run in job["runs"])
    if job["runs"] and state in ("applied", "cancelled", "failed") and settled:
        report.show_ledger(console, job)
    sentences = {
        "planned": f"Nothing was changed. `pm jobs apply {job['id']}` applies the plan.",
        "held": f"Held: {job['hold_reason']} {_way_on(job)}",
        "paused": f"Paused. `pm jobs resume {job['id']}` lets it go on, `pm jobs cancel {job['id']}` gives it up.",
        "stale": f"{job['hold_reason'] or MOVED} `pm jobs replan {job['id']}` plans it anew.",
        "cancelled": "The job was cancelled; what it had applied stays."
        + ("" if settled else f" How much that was: `pm jobs show {job['id']}`, in a moment."),
        "failed": f"Failed: {job['failure_message']} ({job['failure_reason']})",
    }
    if state in sentences:
        console.print(Text(sentences[state], style="yellow" if jobs.exit_status(job) == jobs.WAITING else "red"))
