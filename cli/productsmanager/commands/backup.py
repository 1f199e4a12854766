"""`pm backup` and `pm restore`."""

from pathlib import Path
from typing import Annotated

import typer

from chassis.counts import counted
from productsmanager import lifecycle
from productsmanager.options import DEFAULT_DATA, DataOption, out


def backup(
    target: Annotated[Path, typer.Argument(metavar="TARGET", help="A new folder for the backup.")],
    data: DataOption = DEFAULT_DATA,
) -> None:
    """Copy databases, objects and keys of the running stack; nothing is stopped. The copy holds the keys: keep it safe."""
    # The client of S3 comes with it: a third of a second that the other commands need not wait.
    from productsmanager import backup as backups  # noqa: PLC0415

    manifest = backups.take(lifecycle.connect(data), target, _progress)
    rows = sum(sum(tables.values()) for tables in manifest.tables.values())
    out.print(f"{target}: {counted(rows, 'row')} and {counted(manifest.objects, 'object')} of {manifest.time}.")
    out.print(f"Restore with `pm restore {target} --data NEW`.")


def restore(
    source: Annotated[Path, typer.Argument(metavar="TARGET", exists=True, file_okay=False, help="What `pm backup` wrote.")],
    data: DataOption = DEFAULT_DATA,
    clusters: Annotated[
        int | None,
        typer.Option(help="PostgreSQL clusters: 1, or 7 for one for each service.", show_default="as many as were backed up"),
    ] = None,
) -> None:
    """Make a new installation from a backup, compare it with that, and leave it stopped."""
    from productsmanager import restore as restores  # noqa: PLC0415

    manifest = restores.restore(source, data, _progress, clusters)
    out.print(f"{data} is what was there at {manifest.time}. Start it with `pm up --data {data}`.")


def _progress(line: str) -> None:
    out.print(line, style="dim", markup=False)
