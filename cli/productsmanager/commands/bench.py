"""`pm bench`: how fast the whole stack is on this machine, through the gateway."""

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.table import Table

from productsmanager.options import DEFAULT_DATA, DataOption, JsonOption, err, out


class Name(StrEnum):
    IMPORT = "import"
    REIMPORT = "reimport"
    READ = "read"
    SEARCH = "search"


def bench(
    name: Annotated[Name, typer.Argument(help="What to measure.")],
    *,
    data: DataOption = DEFAULT_DATA,
    rows: Annotated[int, typer.Option("--rows", min=100, help="Rows of the feed, or products of the catalogue.")] = 100_000,
    repeats: Annotated[int, typer.Option("--repeats", min=1, help="The median of so many is told.")] = 3,
    reuse: Annotated[bool, typer.Option("--reuse", help="Measure the stack that runs on --data instead of a fresh one.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Measure on generated data: import, reimport, read or search."""
    # httpx comes with it: half a second that the other commands need not wait.
    from productsmanager.bench.suite import BENCHMARKS  # noqa: PLC0415

    for figure in BENCHMARKS[name](data if reuse else None, rows, repeats, _notify):
        if as_json:
            typer.echo(json.dumps(figure))
        else:
            out.print(_table(figure))


def _notify(line: str) -> None:
    err.print(line, style="dim", markup=False)


def _table(figure: Mapping[str, Any]) -> Table:
    table = Table(figure["name"], f"{figure['value']:,} {figure['unit']}", title_justify="left")
    for name, value in figure.items():
        if name not in ("name", "value", "unit"):
            table.add_row(name, f"{value:,}" if isinstance(value, int | float) else str(value))
    return table
