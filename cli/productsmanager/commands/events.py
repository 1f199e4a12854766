"""`pm events`: who follows what services tell each other, how far they are, and a hand on it."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Column, Table

from chassis.counts import counted
from productsmanager.errors import ProductsManagerError
from productsmanager.options import DEFAULT_DATA, DataOption, JsonOption, err, out

app = typer.Typer(help="Events between services: who follows them and how far they are; replay, skip.", add_completion=False)
PATH = "/events/consumers"
ConsumerArgument = Annotated[str, typer.Argument(metavar="SERVICE/NAME", help="Such as analytics-svc/product-counts.")]


@app.callback(invoke_without_command=True)
def list_(context: typer.Context, data: DataOption = DEFAULT_DATA, as_json: JsonOption = False) -> None:
    """Every consumer with what it has still to apply; exit status 1 when one is stopped or can't be asked."""
    if context.invoked_subcommand:
        return
    from productsmanager import client  # noqa: PLC0415

    found = client.connect(data).get(PATH)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
    else:
        _show(found["consumers"])
        for service in found["missing"]:
            err.print(f"{service} does not answer: `pm status` says whether it runs", style="red", markup=False)
    if found["missing"] or any(each["state"] != "STATE_FOLLOWING" for each in found["consumers"]):
        raise typer.Exit(1)


@app.command()
def replay(
    consumer: ConsumerArgument,
    since: Annotated[str, typer.Option("--from", help="A time such as 2026-11-22 or 2026-11-22T06:30Z; UTC unless it says so.")],
    data: DataOption = DEFAULT_DATA,
    skip: Annotated[bool, typer.Option("--skip", help="Go forward as well, past events that were never applied.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Let a consumer forget what it made of events since a time, and apply them again."""
    _change(data, f"{consumer}:replay", {"time": moment(since).isoformat(), "skip": skip}, as_json)


@app.command()
def skip(
    consumer: ConsumerArgument,
    key: Annotated[str, typer.Argument(help="What the event is about; the consumer's error names it.")],
    data: DataOption = DEFAULT_DATA,
    as_json: JsonOption = False,
) -> None:
    """Let a consumer that is stopped pass by the one event at which it stands.

    The event is kept (`pm events skipped`), and a replay over its time tries to apply it again.
    """
    _change(data, f"{consumer}:skip", {"key": key}, as_json)


@app.command()
def skipped(consumer: ConsumerArgument, data: DataOption = DEFAULT_DATA, as_json: JsonOption = False) -> None:
    """What a consumer has skipped, the newest first, and whether a replay has applied it since."""
    from productsmanager import client  # noqa: PLC0415

    found = client.connect(data).get(f"{PATH}/{consumer}/skipped")
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    table = Table(Column("key", no_wrap=True), "happened", "skipped", "by", "applied since", "error")
    for each in found["events"]:
        times = each["event_time"], each["skip_time"], each["skipped_by"], each.get("apply_time", "-")
        table.add_row(each["key"], *times, each["error"])
    out.print(table)
    if found["total"] > len(found["events"]):
        out.print(f"the newest {len(found['events']):,} of {found['total']:,}")


def _change(data: Path, path: str, body: dict[str, Any], as_json: bool) -> None:
    from productsmanager import client  # noqa: PLC0415

    shown = client.connect(data).post(f"{PATH}/{path}", body)
    if as_json:
        typer.echo(json.dumps(shown, ensure_ascii=False))
    else:
        _show([shown])


def moment(text: str) -> datetime:
    """A time as it is typed; raises ProductsManagerError."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ProductsManagerError(f"{text} is no time: write it like 2026-11-22 or 2026-11-22T06:30Z") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _show(consumers: list[dict[str, Any]]) -> None:
    table = Table(title_justify="left")
    # Replay and skip are given this name.
    table.add_column("consumer", no_wrap=True)
    table.add_column("follows")
    table.add_column("state")
    table.add_column("to apply", justify="right")
    table.add_column("seconds", justify="right")
    table.add_column("skipped", justify="right")
    table.add_column("last event")
    for each in consumers:
        state = each["state"].removeprefix("STATE_").lower()
        rows = f"{each['lag_rows']:,}{' or more' if each['lag_capped'] else ''}" if "lag_rows" in each else "-"
        seconds = f"{each['lag_seconds']:.1f}" if "lag_seconds" in each else "-"
        name, skipped = f"{each['service']}/{each['name']}", str(each["skipped"])
        table.add_row(name, each["producer"], state, rows, seconds, skipped, each.get("event_time", "-"))
    out.print(table)
    for each in consumers:
        if each["error"]:
            attempts = f", tried {counted(each['failures'], 'time')}" if each["failures"] else ""
            err.print(f"{each['service']}/{each['name']}{attempts}: {each['error']}", style="red", markup=False)
