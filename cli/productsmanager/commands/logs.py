"""`pm logs`: the last lines of one process or of all, and what comes after them; on a terminal not as JSON but as text."""

import json
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from productsmanager.data import DataDir
from productsmanager.errors import ProductsManagerError
from productsmanager.options import DEFAULT_DATA, DataOption, out
from productsmanager.supervision import tail

POLL_SECONDS = 0.3
COLOURS = ("cyan", "green", "yellow", "magenta", "blue", "bright_cyan", "bright_green", "bright_magenta")


def logs(
    name: Annotated[str | None, typer.Argument(help="A process of `pm status`; all of them without it.")] = None,
    data: DataOption = DEFAULT_DATA,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on as lines are written, until Ctrl-C.")] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", min=0, help="How many of the last lines of each.")] = 50,
) -> None:
    """Show the logs."""
    directory = DataDir.at(data)
    paths = [directory.log_of(name)] if name else sorted(directory.logs.glob("*.log"))
    if not paths or not paths[0].exists():
        known = ", ".join(path.stem for path in sorted(directory.logs.glob("*.log")))
        raise ProductsManagerError(f"no log of {name or 'anything'} in {directory.logs}: {known or 'run `pm up` first'}")
    positions = {path: path.stat().st_size for path in paths}
    for path in paths:
        _show(path.stem, tail(path, lines) if lines else [], prefixed=name is None)
    try:
        while follow:
            time.sleep(POLL_SECONDS)
            for path in paths:
                positions[path] = _follow(path, positions[path], prefixed=name is None)
    except KeyboardInterrupt:
        return


def _follow(path: Path, position: int, *, prefixed: bool) -> int:
    """Show the whole lines written after `position`, and return where the next begins."""
    try:
        if path.stat().st_size < position:
            position = 0  # rotated
        with path.open("rb") as file:
            file.seek(position)
            content = file.read()
    except FileNotFoundError:
        return 0
    whole = content[: content.rfind(b"\n") + 1]
    _show(path.stem, whole.decode(errors="replace").splitlines(), prefixed=prefixed)
    return position + len(whole)


def _show(name: str, lines: list[str], *, prefixed: bool) -> None:
    colour = COLOURS[sum(name.encode()) % len(COLOURS)]
    for line in lines:
        shown = readable(line) if out.is_terminal else line
        out.print(Text.assemble((f"{name:14} ", colour) if prefixed else "", shown))


def readable(line: str) -> str:
    """A line of ours as text: when, how bad, what, and what belongs to it; lines that are not JSON stay as they are."""
    try:
        entry = json.loads(line)
        head = f"{entry.pop('timestamp')[11:23]} {entry.pop('level'):8}{entry.pop('event')}"
    except (ValueError, KeyError, TypeError, AttributeError):
        return line
    trailing = entry.pop("exception", "")
    said = " ".join(f"{name}={value}" for name, value in entry.items() if name != "service")
    return f"{head}  {said}" + (f"\n{trailing}" if trailing else "")
