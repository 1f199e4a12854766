"""`pm jobs`: what was imported, what is going on, and a hand on it."""

import json
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from productsmanager.options import (
    DEFAULT_DATA,
    AcceptOption,
    DataOption,
    EncodingOption,
    JsonOption,
    err,
    fields_of,
    names_of,
    out,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from productsmanager.client import Client
    from productsmanager.jobs import Job

app = typer.Typer(
    help="Import jobs: list them, look at one, plan it anew, apply, pause, resume, cancel or prioritize it; `all` kinds of jobs.",
    add_completion=False,
)
JobArgument = Annotated[str, typer.Argument(metavar="JOB", help="The job's id, or its last letters, as `pm jobs` shows them.")]


@app.callback(invoke_without_command=True)
def list_(
    context: typer.Context,
    data: DataOption = DEFAULT_DATA,
    limit: Annotated[int, typer.Option("--limit", min=1, max=500, help="How many to show.")] = 20,
    as_json: JsonOption = False,
) -> None:
    """The newest jobs, and what each came to."""
    if context.invoked_subcommand:
        return
    # httpx comes with them: half a second that the other commands need not wait.
    from productsmanager import client, jobs, report  # noqa: PLC0415

    found = jobs.latest(client.connect(data), limit)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
    else:
        report.show_jobs(out, found)


@app.command("all")
def all_(
    data: DataOption = DEFAULT_DATA,
    limit: Annotated[int, typer.Option("--limit", min=1, max=500, help="How many to show.")] = 20,
    kind: Annotated[str, typer.Option("--kind", help="Those of this kind, such as import.")] = "",
    state: Annotated[
        str, typer.Option("--state", help="Those that are queued, running, waiting, paused, done, failed or cancelled.")
    ] = "",
    as_json: JsonOption = False,
) -> None:
    """The newest jobs of every kind: how far each is, how fast, and what it waits for."""
    from productsmanager import background, client  # noqa: PLC0415

    found = background.newest(client.connect(data), limit, kind, state)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
    else:
        background.show(out, found)


@app.command()
def show(job_id: JobArgument, data: DataOption = DEFAULT_DATA, as_json: JsonOption = False) -> None:
    """One job: where it stands, what its plan would do, its ledger and its suppliers' parts."""
    from productsmanager import client, importing, jobs  # noqa: PLC0415

    gateway = client.connect(data)
    job = jobs.get(gateway, jobs.named(gateway, job_id))
    if not as_json and jobs.state_of(job) in ("planned", "held"):
        importing.Import(gateway, out).look(job)
    _tell(job, as_json=as_json)


@app.command()
def problems(
    job_id: JobArgument,
    data: DataOption = DEFAULT_DATA,
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many to show.")] = 50,
    as_json: JsonOption = False,
) -> None:
    """Rows that were rejected, skipped or taken in with a warning, with all their reasons; as JSON one a line."""
    from productsmanager import client, jobs, report  # noqa: PLC0415

    gateway = client.connect(data)
    found = jobs.problems(gateway, jobs.named(gateway, job_id), limit)
    if not as_json:
        report.show_problems(out, list(found))
        return
    for problem in found:
        typer.echo(json.dumps(problem, ensure_ascii=False))


@app.command()
def apply(job_id: JobArgument, data: DataOption = DEFAULT_DATA, accept: AcceptOption = None, as_json: JsonOption = False) -> None:
    """Confirm the job's plan and follow it to its end."""
    from productsmanager import client, jobs  # noqa: PLC0415

    gateway = client.connect(data)
    known = jobs.named(gateway, job_id)
    _follow(gateway, lambda: jobs.confirm(gateway, jobs.get(gateway, known), names_of(accept)), as_json=as_json)


@app.command()
def replan(
    job_id: JobArgument,
    data: DataOption = DEFAULT_DATA,
    *,
    mapping: Annotated[
        list[str] | None, typer.Option("--map", metavar="FIELD=COLUMN", help="Correct the mapping; repeatable.")
    ] = None,
    currency: Annotated[
        str | None, typer.Option("--currency", metavar="EUR", help="ISO 4217 code of prices that name none.")
    ] = None,
    encoding: EncodingOption = None,
    accept: AcceptOption = None,
    yes: Annotated[bool, typer.Option("--yes", help="Apply the new plan without asking.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Read the job's file again, with a corrected mapping or currency, against today's catalogue, and follow it to its plan."""
    from productsmanager import client, jobs  # noqa: PLC0415

    gateway = client.connect(data)
    chosen = fields_of(mapping or []) | ({} if encoding is None else {"encoding": encoding})
    body: dict[str, Any] = {"mapping": chosen, "accept": list(names_of(accept))} | ({"currency": currency} if currency else {})
    body["auto_apply"] = yes
    known = jobs.named(gateway, job_id)
    _follow(gateway, lambda: jobs.decide(gateway, known, "replan", body), as_json=as_json)


def _follow(gateway: "Client", decide: "Callable[[], Job]", *, as_json: bool) -> None:
    """Decide, and watch the job until it rests."""
    from productsmanager import importing, jobs  # noqa: PLC0415

    watched = importing.Import(gateway, err if as_json else out)
    try:
        job = watched.follow(decide())
    except KeyboardInterrupt:
        if watched.job:
            importing.tell_interrupted(err, watched.job)
        raise typer.Exit(importing.INTERRUPTED) from None
    finally:
        if as_json and watched.job:
            typer.echo(json.dumps(jobs.outcome(watched.job), ensure_ascii=False))
    importing.explain(err if as_json else out, job)
    raise typer.Exit(jobs.exit_status(job))


@app.command()
def pause(job_id: JobArgument, data: DataOption = DEFAULT_DATA) -> None:
    """Stop a job; what it has applied stays."""
    _decide(job_id, "pause", data)


@app.command()
def resume(job_id: JobArgument, data: DataOption = DEFAULT_DATA) -> None:
    """Let a paused job go on."""
    _decide(job_id, "resume", data)


@app.command()
def cancel(job_id: JobArgument, data: DataOption = DEFAULT_DATA) -> None:
    """Give a job up; what it has applied stays."""
    _decide(job_id, "cancel", data)


@app.command()
def prioritize(
    job_id: JobArgument,
    minutes: Annotated[int, typer.Option("--minutes", min=-10080, max=10080, help="Below 0 it lets others go first.")] = 60,
    data: DataOption = DEFAULT_DATA,
) -> None:
    """Let a job go before those that became due up to so many minutes earlier."""
    from productsmanager import background, client, jobs  # noqa: PLC0415

    gateway = client.connect(data)
    background.show(out, {"jobs": [background.prioritize(gateway, jobs.named(gateway, job_id), minutes)], "missing": []})


def _decide(job_id: str, decision: str, data: "DataOption") -> None:
    from productsmanager import client, jobs  # noqa: PLC0415

    gateway = client.connect(data)
    _tell(jobs.decide(gateway, jobs.named(gateway, job_id), decision), as_json=False)


def _tell(job: "Job", *, as_json: bool) -> None:
    from productsmanager import importing, jobs  # noqa: PLC0415

    if as_json:
        typer.echo(json.dumps(job, ensure_ascii=False))
        return
    since = datetime.fromisoformat(job["create_time"]).astimezone()
    out.print(
        f"Job {job['id']}: {jobs.state_of(job)}, {job['file_name']} of {job['supplier_name']}, {since:%Y-%m-%d %H:%M}",
        markup=False,
    )
    if progress := importing.progress_of(job):
        out.print(progress, markup=False)
    if job["wait_reason"]:
        out.print(job["wait_reason"], markup=False)
    importing.explain(out, job)
