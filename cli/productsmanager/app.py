"""The command line: one module per command, registered here."""

import os
import sys

import typer
from rich.markup import escape

from productsmanager.commands import (
    backup,
    bench,
    brands,
    demo,
    doctor,
    down,
    events,
    import_,
    jobs,
    keys,
    logs,
    search,
    status,
    suppliers,
    up,
    users,
)
from productsmanager.errors import ProductsManagerError, StartFailed
from productsmanager.options import err

app = typer.Typer(
    name="pm",
    help="ProductsManager on this machine: the whole stack by one command.",
    no_args_is_help=True,
    add_completion=False,
)
app.command("up")(up.up)
app.command("down")(down.down)
app.command("status")(status.status)
app.command("logs")(logs.logs)
app.command("doctor")(doctor.doctor)
app.command("backup")(backup.backup)
app.command("restore")(backup.restore)
app.command("import")(import_.import_)
app.add_typer(jobs.app, name="jobs")
app.add_typer(events.app, name="events")
app.command("search")(search.search)
app.add_typer(brands.app, name="brands")
app.add_typer(suppliers.app, name="suppliers")
app.add_typer(users.app, name="users")
app.add_typer(keys.app, name="keys")
app.add_typer(bench.app, name="bench")
app.command("demo", hidden=True)(demo.demo)


def main() -> None:
    """Run the command; an error is one red line that says what to do (PM_DEBUG=1 shows where it came from)."""
    try:
        app()
    except Exception as error:
        if os.environ.get("PM_DEBUG"):
            raise
        if isinstance(error, StartFailed):
            for line in error.log_lines:
                err.print(f"  {line}", style="dim", markup=False)
        expected = isinstance(error, ProductsManagerError)
        sentence = str(error) if expected else f"{type(error).__name__}: {error} (PM_DEBUG=1 shows where)"
        err.print(f"[red]{escape(sentence)}[/red]")
        sys.exit(error.exit_code if isinstance(error, ProductsManagerError) else 1)
