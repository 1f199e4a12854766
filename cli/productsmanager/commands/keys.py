"""`pm keys`: the keys with which tokens are signed, and credentials of others sealed."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from chassis import keys
from chassis.counts import counted
from chassis.errors import ServiceError
from credentials import keys as sealing
from credentials import rows
from productsmanager import installation as installations
from productsmanager.data import DataDir
from productsmanager.errors import ProductsManagerError
from productsmanager.installation import KEEPERS, SIGNERS
from productsmanager.options import DEFAULT_DATA, DataOption, out

app = typer.Typer(help="The keys that sign tokens and seal credentials.", no_args_is_help=True, add_completion=False)

NamesArgument = Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help=f"Of {', '.join(SIGNERS)}; all by default.")]
KeepersArgument = Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help=f"Of {', '.join(KEEPERS)}; else all.")]


@app.callback()
def group() -> None:
    """The keys that sign tokens and seal credentials."""


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
    directory, chosen = _chosen(names, SIGNERS, "signs", data)
    if now:
        keys.rotate(directory, chosen, overlap_seconds=0)
        seconds = counted(2 * keys.REREAD_SECONDS, "second")
        out.print(f"Replaced: {', '.join(chosen)}. What the old keys signed is refused everywhere within {seconds}.")
        return
    keys.rotate(directory, chosen)
    minutes = keys.OVERLAP_SECONDS // 60
    out.print(f"Replaced: {', '.join(chosen)}. What the old keys signed is valid for another {counted(minutes, 'minute')}.")


@app.command()
def reseal(
    names: KeepersArgument = None,
    data: DataOption = DEFAULT_DATA,
    *,
    retire: Annotated[
        bool,
        typer.Option("--retire", help="Take the old keys away, when no row of a running stack is sealed with them any more."),
    ] = False,
    anyway: Annotated[
        bool,
        typer.Option("--anyway", help="With --retire: also when rows are, or nobody knows; what they hold can't be opened then."),
    ] = False,
) -> None:
    """Replace the keys that seal credentials of others. Nothing has to be restarted: services seal anew by themselves."""
    directory, chosen = _chosen(names, KEEPERS, "keeps credentials", data)
    if retire:
        ids = {name: sealing.old(directory, name) for name in chosen}
        if not anyway:
            _expect_unused(ids, data)
        gone = [id for name, old in ids.items() for id in sealing.retire(directory, name, old)]
        out.print(f"Taken away: {counted(len(gone), 'old key')} of {', '.join(chosen)}.")
        return
    sealing.rotate(directory, chosen)
    out.print(f"Replaced: {', '.join(chosen)}. The old keys still open; a day later `pm keys reseal --retire` takes them away.")


def _expect_unused(ids: Mapping[str, list[str]], data: Path) -> None:
    """Raise ProductsManagerError when rows are sealed with these keys, by service, or when nobody can say."""
    if not any(ids.values()):
        return
    installation = installations.read(DataDir.at(data))
    for name, old in ids.items():
        try:
            rows.expect_none_under(installation.database_url(name), name, old)
        except ServiceError as error:
            raise ProductsManagerError(error.message) from None


def _chosen(names: list[str] | None, known: Sequence[str], what: str, data: Path) -> tuple[Path, Sequence[str]]:
    """The directory of keys, and the names. Raises ProductsManagerError."""
    directory = DataDir.at(data).keys
    if unknown := set(names or known) - set(known):
        raise ProductsManagerError(f"nobody called {', '.join(sorted(unknown))} {what}: choose of {', '.join(known)}")
    if not directory.is_dir():
        raise ProductsManagerError(f"nothing was ever started in {directory.parent}: run `pm up` first")
    return directory, names or known
