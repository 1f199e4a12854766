"""`pm import`: a supplier's file into the catalogue, with a look before the leap."""

import json
import sys
from pathlib import Path
from typing import Annotated

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


def import_(
    file: Annotated[
        Path,
        typer.Argument(
            exists=True, dir_okay=False, readable=True, help="A price list: CSV, Excel, ODS, XML, BMEcat, JSON; also packed."
        ),
    ],
    *,
    supplier: Annotated[str, typer.Option("--supplier", help="Whose file it is.")],
    data: DataOption = DEFAULT_DATA,
    supplier_column: Annotated[
        str | None, typer.Option("--supplier-column", metavar="COL", help="The column that names each row's supplier.")
    ] = None,
    mapping: Annotated[
        list[str] | None, typer.Option("--map", metavar="FIELD=COLUMN", help="Correct the mapping; repeatable.")
    ] = None,
    sheet: Annotated[
        list[str] | None,
        typer.Option(
            "--sheet",
            metavar="NAME",
            help="The sheet of a workbook, or all, repeatable for some of them; or the path of records. Remembered.",
        ),
    ] = None,
    encoding: EncodingOption = None,
    currency: Annotated[
        str | None, typer.Option("--currency", metavar="EUR", help="ISO 4217 code of prices that name none.")
    ] = None,
    accept: AcceptOption = None,
    force: Annotated[bool, typer.Option("--force", help="Also when the same file was applied last.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Apply the plan without asking.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Import a file: see what would change, then apply it.

    Exit status 0 when it was applied, 1 when that failed, 3 when it waits for somebody.
    """
    # httpx comes with them: half a second that the other commands need not wait.
    from productsmanager import client, importing, jobs  # noqa: PLC0415

    if not file.is_file():
        raise typer.BadParameter("is not a regular file: save what the pipe holds first", param_hint="FILE")
    console = err if as_json else out
    chosen = fields_of(mapping or [])
    if supplier_column:
        chosen["supplier"] = supplier_column
    if sheet:
        # No name has a line feed, and many have a comma.
        chosen["table"] = "\n".join(sheet)
    if encoding is not None:
        chosen["encoding"] = encoding
    feed = jobs.Feed(file, supplier, chosen, currency, names_of(accept), force=force, auto_apply=yes)
    watched = importing.Import(client.connect(data), console)
    try:
        job = watched.start(feed)
        if importing.may_apply(job) and sys.stdin.isatty() and typer.confirm(importing.question(job), err=as_json):
            job = watched.apply(job, [doubt["name"] for doubt in jobs.open_doubts(job)])
    except KeyboardInterrupt:
        if watched.job:
            importing.tell_interrupted(err, watched.job)
        raise typer.Exit(importing.INTERRUPTED) from None
    finally:
        if as_json and watched.job:
            typer.echo(json.dumps(jobs.outcome(watched.job, watched.seconds), ensure_ascii=False))
    importing.explain(console, job)
    raise typer.Exit(jobs.exit_status(job))
