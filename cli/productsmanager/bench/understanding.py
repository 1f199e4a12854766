"""How well files are read: the campaign of imports-svc, run as a process of its own, because this command imports no service."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence

from rich.table import Column, Table

from productsmanager.bench.figure import Figure
from productsmanager.errors import ProductsManagerError

ANSWERS = ("right", "doubt", "needless", "refused", "wrong")
# With this status the campaign says that a file was wrong in silence.
_WRONG = 1


def measure(files: int, seed: int) -> Iterator[Figure]:
    """One figure a kind of trouble, when all files are judged. `value`: the share of right answers in percent.

    Raises ProductsManagerError.
    """
    command = [sys.executable, "-m", "imports_svc.understanding", "--json", "--files", str(files), "--seed", str(seed)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in (0, _WRONG) or not done.stdout:
        raise ProductsManagerError(f"The files could not be judged: {done.stderr.strip()[-2_000:]}")
    for line in done.stdout.splitlines():
        yield _figure(json.loads(line))


def _figure(told: dict[str, object]) -> Figure:
    counts = {name: int(str(told[name])) for name in ("files", *ANSWERS)}
    # Of kinds nobody can know, everything but silence is right.
    right = counts["files"] - counts["wrong"] if told["doubtful"] else counts["right"]
    share = round(100 * right / counts["files"], 1)
    return {"name": f"understanding: {told['kind']}", "value": share, "unit": "%", **told}


def table(figures: Sequence[Figure]) -> Table:
    """The figures for people, with their sums."""
    shown = Table(Column("kind", no_wrap=True), *(Column(name, justify="right") for name in ("answered", "files", *ANSWERS)))
    for figure in figures:
        name = f"{figure['kind']} (doubt)" if figure["doubtful"] else figure["kind"]
        shown.add_row(name, f"{figure['value']:.1f} %", *(f"{figure[column]:,}" for column in ("files", *ANSWERS)))
    sums = {column: sum(figure[column] for figure in figures) for column in ("files", *ANSWERS)}
    shown.add_row("all", "", *(f"{count:,}" for count in sums.values()), style="bold")
    return shown


def wrong_files(figures: Sequence[Figure]) -> list[str]:
    """The files that are wrong in silence, so that each can be made again."""
    return [
        f"{figure['kind']}: file {wrong['number']} of seed {figure['seed']} is wrong in silence: {'; '.join(wrong['found'])}"
        for figure in figures
        for wrong in figure["wrong_files"]
    ]
