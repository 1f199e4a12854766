"""`pm keys`: the keys with which services and tokens are signed."""

from typing import Annotated

import typer

from chassis import keys
from chassis.counts import counted
from productsmanager.data import DataDir
from productsmanager.errors import ProductsManagerError
from productsmanager.installation import SIGNERS
from productsmanager.options import DEFAULT_DATA, DataOption, out

app = typer.Typer(help="The keys that sign tokens.", no_args_is_help=True, add_completion=False)

NamesArgument = Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help=f"Of {', '.join(SIGNERS)}; all by default.")]


@app.callback()
def group() -> None:
    """The keys that sign tokens."""


@app.command()
def rotate(
    names: NamesArgument = None,
    data: DataOption = DEFAULT_DATA,
    *,
    now: Annotated[
        bool, typer.Option("--now", help="The key was stolen: what it signed ends within half a minute, also what we signed.")
    ] = False,
) -> None:
    """Replace signing keys. Nothing has to be restarted and no call fails: what was signed before lives out its time."""
    directory = DataDir.at(data).keys
    chosen = names or SIGNERS
    if unknown := set(chosen) - set(SIGNERS):
        raise ProductsManagerError(f"nobody called {', '.join(sorted(unknown))} signs: choose of {', '.join(SIGNERS)}")
    if not directory.is_dir():
        raise ProductsManagerError(f"nothing was ever started in {directory.parent}: run `pm up` first")
    if now:
        keys.rotate(directory, chosen, overlap_seconds=0)
        seconds = counted(2 * keys.REREAD_SECONDS, "second")
        out.print(f"Replaced: {', '.join(chosen)}. What the old keys signed is refused everywhere within {seconds}.")
        return
    keys.rotate(directory, chosen)
    minutes = keys.OVERLAP_SECONDS // 60
    out.print(f"Replaced: {', '.join(chosen)}. What the old keys signed is valid for another {counted(minutes, 'minute')}.")
