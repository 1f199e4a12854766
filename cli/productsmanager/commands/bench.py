"""`pm bench`: how fast the whole stack is on this machine, through the gateway."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from productsmanager.errors import ProductsManagerError
from productsmanager.options import DEFAULT_DATA, DataOption, JsonOption, err, out

# Told by `pm bench --help`; the benchmarks themselves are imported when one runs: httpx takes half a second.
DESCRIPTIONS = {
    "import": "A supplier's first feed, each repeat into a fresh stack.",
    "reimport": "The same supplier's next feed, 2 % changed.",
    "second-supplier": "A further supplier's first feed; 70 % of its products are known.",
    "prices-only": "References, prices and stocks of all offers, all changed.",
    "full-price": "The whole feed, every price and stock changed.",
    "delisting": "The whole feed without 5 % of its rows.",
    "small": "1,000 rows, from the click to searchable.",
    "encodings": "Eight suppliers' feeds, each in its own encoding and shape.",
    "read": "One product by its id.",
    "read-cached": "The same, of products that the gateway holds ready: also `read --cached`.",
    "list": "Fifty products of the list.",
    "search": "Twenty products by two words.",
    "facets": "Twenty products by two words, with five facets.",
    "lookup": "A product by EAN or by reference.",
    "write": "A product's title, with its version checked.",
    "mixed": "Reads while a feed is imported.",
    "changes": "Every entry of what changed, in pages of 5,000.",
    "changes-values": "The same, with the products they are about.",
    "export": "The whole catalogue as lines of JSON.",
    "events": "Edits of single products, told by the catalogue and counted by analytics.",
    "all": "All of them on one stack, filled once.",
}
FOLDER = Path("bench")

RowsOption = Annotated[
    int, typer.Option("--rows", "--products", min=100, help="Rows of the feed that fills the catalogue, and so its products.")
]
RepeatsOption = Annotated[int, typer.Option("--repeats", min=1, max=11, help="The median of so many is told.")]
ReuseOption = Annotated[bool, typer.Option("--reuse", help="Measure the stack that runs on --data instead of a fresh one.")]
CompareOption = Annotated[
    bool, typer.Option("--compare", help="Compare CPU times with the kept figures; a loss above 15 % ends with status 1.")
]
StoreOption = Annotated[bool, typer.Option("--store", help="Keep the figures, and show them in the README.")]
ProfileOption = Annotated[
    Path | None, typer.Option("--profile", help="Write where the time goes into this folder; needs py-spy, and makes it slower.")
]
CachedOption = Annotated[bool, typer.Option("--cached", help="Of `read`: what the gateway holds ready.")]
FolderOption = Annotated[Path, typer.Option("--folder", help="Where figures are kept and shown: bench/ of a checkout.")]

app = typer.Typer(help="Measure the whole stack on generated data.", no_args_is_help=True)


def _register(name: str) -> Callable[..., None]:
    def bench(
        *,
        data: DataOption = DEFAULT_DATA,
        rows: RowsOption = 100_000,
        repeats: RepeatsOption = 3,
        reuse: ReuseOption = False,
        as_json: JsonOption = False,
        compare: CompareOption = False,
        store: StoreOption = False,
        profile: ProfileOption = None,
        cached: CachedOption = False,
        folder: FolderOption = FOLDER,
    ) -> None:
        from productsmanager.bench import shown  # noqa: PLC0415
        from productsmanager.bench.store import Store, losses  # noqa: PLC0415
        from productsmanager.bench.suite import NAMES, Runner  # noqa: PLC0415

        if cached and f"{name}-cached" not in NAMES:
            raise typer.BadParameter(f"{name} is measured without caches alone", param_hint="--cached")
        chosen = f"{name}-cached" if cached else name
        kept, figures = Store(folder / "figures.json"), []
        before = kept.read()["figures"]
        runner = Runner(data if reuse else None, rows, repeats, _notify, profile)
        for figure in runner.run(NAMES if name == "all" else (chosen,)):
            _tell(figure, as_json=as_json)
            figures.append(figure)
            if store:
                # At once: a long run that breaks off loses only what it was at.
                kept.keep([figure])
                shown.show(folder)
        if compare and (lost := losses(figures, before)):
            raise ProductsManagerError("\n".join(lost))

    return app.command(name, help=DESCRIPTIONS[name])(bench)


for _name in DESCRIPTIONS:
    _register(_name)


@app.command()
def growth(
    *,
    sizes: Annotated[str, typer.Option("--sizes", help="Numbers of products, with commas.")] = "10000,100000,1000000",
    repeats: RepeatsOption = 1,
    as_json: JsonOption = False,
    folder: FolderOption = FOLDER,
) -> None:
    """Time and memory against the size of the catalogue; keeps growth.json and growth.svg."""
    from productsmanager.bench import growth, shown  # noqa: PLC0415
    from productsmanager.bench.store import Store  # noqa: PLC0415

    for figure in growth.grow([int(size) for size in sizes.split(",")], repeats, _notify):
        _tell(figure, as_json=as_json)
        # At once: the largest size takes longest, and the others are worth something without it.
        Store(folder / "growth.json").keep([figure])
    shown.show(folder)


@app.command()
def start(
    *,
    repeats: RepeatsOption = 3,
    as_json: JsonOption = False,
    store: StoreOption = False,
    folder: FolderOption = FOLDER,
) -> None:
    """First start, cold start, and memory at rest."""
    from productsmanager.bench import shown, start  # noqa: PLC0415
    from productsmanager.bench.store import Store  # noqa: PLC0415

    figures = []
    for figure in start.start(repeats, _notify):
        _tell(figure, as_json=as_json)
        figures.append(figure)
    if store:
        Store(folder / "figures.json").keep(figures)
        shown.show(folder)


@app.command()
def quality(
    *,
    data_dir: Annotated[Path, typer.Option("--data-dir", help="The folder of real feeds; it is not part of the repository.")],
    data: DataOption = DEFAULT_DATA,
    reuse: Annotated[bool, typer.Option("--reuse", help="Ask the stack that runs on --data and holds the feeds.")] = False,
    as_json: JsonOption = False,
    store: StoreOption = False,
    folder: FolderOption = FOLDER,
) -> None:
    """How well the search finds: 200 labelled queries over real titles."""
    from productsmanager.bench import quality, shown  # noqa: PLC0415
    from productsmanager.bench.store import Store  # noqa: PLC0415

    labelled = quality.labels(folder / "quality" / "queries.tsv")
    figures = []
    for figure in quality.measure(labelled, data_dir, data if reuse else None, _notify):
        _tell(figure, as_json=as_json)
        figures.append(figure)
    if store:
        Store(folder / "quality.json").replace(figures)
        shown.show(folder)


@app.command()
def understanding(
    *,
    files: Annotated[int, typer.Option("--files", min=1, help="How many are made; kinds of trouble take turns.")] = 2_000,
    seed: Annotated[int, typer.Option("--seed", help="The same files for the same seed.")] = 7,
    as_json: JsonOption = False,
) -> None:
    """How well files are read: clean lists, dirtied by every kind of trouble. Status 1 for one wrong in silence."""
    from productsmanager.bench import understanding  # noqa: PLC0415

    figures = []
    for figure in understanding.measure(files, seed):
        figures.append(figure)
        if as_json:
            typer.echo(json.dumps(figure))
    if not as_json:
        out.print(understanding.table(figures))
    if wrong := understanding.wrong_files(figures):
        raise ProductsManagerError("\n".join(wrong))


@app.command()
def show(folder: FolderOption = FOLDER) -> None:
    """Show the kept figures in bench/README.md and README.md, and draw the chart of growth."""
    from productsmanager.bench import shown  # noqa: PLC0415

    shown.show(folder)


def _tell(figure: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(figure))
        return
    table = Table(figure["name"], f"{figure['value']:,} {figure['unit']}", title_justify="left")
    for name, value in figure.items():
        if name not in ("name", "value", "unit"):
            table.add_row(name, f"{value:,}" if isinstance(value, int | float) else str(value))
    out.print(table)


def _notify(line: str) -> None:
    err.print(line, style="dim", markup=False)
