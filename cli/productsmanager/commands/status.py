"""`pm status`: what runs, and whether it answers."""

import dataclasses
import json

import typer
from rich.table import Table

from chassis.counts import counted
from productsmanager import lifecycle
from productsmanager.errors import NotRunning
from productsmanager.options import DEFAULT_DATA, DataOption, JsonOption, out


def status(data: DataOption = DEFAULT_DATA, as_json: JsonOption = False) -> None:
    """Show every process; exit status 0 when all are healthy, 1 when one is not, 3 when nothing runs."""
    try:
        running = lifecycle.connect(data)
    except NotRunning:
        if as_json:
            typer.echo(json.dumps({"url": None, "processes": []}))
        raise
    processes = running.status()
    if as_json:
        typer.echo(json.dumps({"url": running.url, "processes": [dataclasses.asdict(process) for process in processes]}))
    else:
        table = Table("process", "pid", "port", "state", title=running.url, title_justify="left", title_style="bold")
        table.add_column("MB", justify="right")
        table.add_column("ended", justify="right")
        for process in processes:
            state = "[green]healthy[/green]" if process.healthy else f"[red]{'frozen' if process.frozen else 'not healthy'}[/red]"
            ends = counted(process.ends, "time") if process.ends else ""
            table.add_row(process.name, str(process.pid or "-"), str(process.port or "-"), state, str(process.rss_mb), ends)
        out.print(table)
        for process in processes:
            if process.error:
                out.print(f"{process.name} said: {process.error}", style="yellow", markup=False)
    if not all(process.healthy for process in processes):
        raise typer.Exit(1)
