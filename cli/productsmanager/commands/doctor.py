"""`pm doctor`: what is wrong with an installation, and what to do about it."""

import dataclasses
import json

import typer
from rich.markup import escape
from rich.table import Table

from productsmanager.data import DataDir
from productsmanager.options import DEFAULT_DATA, DataOption, JsonOption, out

MARKS = {"good": "[green]ok[/green]", "note": "[yellow]note[/yellow]", "bad": "[red]wrong[/red]"}


def doctor(data: DataOption = DEFAULT_DATA, as_json: JsonOption = False) -> None:
    """Check the machine and the installation; exit status 1 when something is wrong."""
    # Clients of Valkey and S3 come with it: half a second that the other commands need not wait.
    from productsmanager.diagnosis import Severity, examine  # noqa: PLC0415

    findings = examine(DataDir.at(data))
    if as_json:
        told = [dataclasses.asdict(finding) | {"severity": finding.severity.value} for finding in findings]
        typer.echo(json.dumps({"findings": told}, ensure_ascii=False))
    else:
        table = Table("", "check", "finding", "what to do")
        for finding in findings:
            table.add_row(MARKS[finding.severity.value], finding.check, escape(finding.text), escape(finding.remedy))
        out.print(table)
    if any(finding.severity is Severity.BAD for finding in findings):
        raise typer.Exit(1)
