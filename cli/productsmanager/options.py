"""Options that every command takes, and the two consoles they write to."""

import re
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

DEFAULT_DATA = Path(".data")
DataOption = Annotated[
    Path, typer.Option("--data", envvar="PM_DATA", help="Directory that holds everything of this installation.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="One line of JSON instead of a table.")]

# Paths and messages are never markup, and a line is not cut to the width of a pipe.
out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)
AcceptOption = Annotated[
    list[str] | None, typer.Option("--accept", metavar="DOUBT", help="Say yes to a doubt by its name; repeatable.")
]
EncodingOption = Annotated[
    str | None,
    typer.Option("--encoding", metavar="NAME", help="The encoding of a text, such as cp1250; remembered. Empty has it found."),
]

# A code stands behind the comma.
_NEXT_DOUBT = re.compile(r",(?=\s*(?:[a-z]+(?:_[a-z]+)+\s*(?:[:,]|$)|,|$))")


def names_of(given: list[str] | None) -> tuple[str, ...]:
    """Names of doubts, several of them divided by commas or given one by one; a column or sheet in a name may hold commas."""
    return tuple(name for text in given or () for part in _NEXT_DOUBT.split(text) if (name := part.strip(" ,")))


def fields_of(pairs: list[str]) -> dict[str, str]:
    """`FIELD=COLUMN` as a mapping; an empty column unmaps the field. Raises BadParameter."""
    found: dict[str, str] = {}
    for pair in pairs:
        name, separator, column = pair.partition("=")
        if not separator or not name:
            raise typer.BadParameter(f"{pair!r} is not FIELD=COLUMN, such as price=EK", param_hint="--map")
        found[name] = column
    return found
