"""Options that every command takes, and the two consoles they write to."""

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
