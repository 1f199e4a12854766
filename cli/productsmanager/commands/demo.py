"""`pm demo`, which `make demo` runs: the whole way from nothing to a searchable catalogue, on two feeds of ours."""

from pathlib import Path

from productsmanager import lifecycle, stack
from productsmanager.errors import NotRunning, ProductsManagerError
from productsmanager.lifecycle import Running
from productsmanager.options import DEFAULT_DATA, DataOption, out

SAMPLES = Path(__file__).parent.parent / "samples"
QUERY = "espresso cup"


def demo(data: DataOption = DEFAULT_DATA) -> None:
    """Start the stack, import two sample feeds, search, and leave it running."""
    # httpx comes with them: half a second that the other commands need not wait.
    from productsmanager import client, importing, jobs, report  # noqa: PLC0415

    running = _running(data)
    gateway = client.connect(data)
    for feed in (
        jobs.Feed(SAMPLES / "nordwind_pricelist.csv", "Nordwind"),
        jobs.Feed(SAMPLES / "market_feed.tsv", "Market", {"supplier": "seller"}),
    ):
        out.rule(f"[bold]{feed.path.name}[/bold]", align="left")
        watched = importing.Import(gateway, out)
        job = watched.start(feed)
        if jobs.state_of(job) == "planned":
            job = watched.apply(job)
        importing.explain(out, job)
        if jobs.exit_status(job) != jobs.SUCCEEDED:
            raise ProductsManagerError(f"the demo's feed {feed.path.name} was not applied: `pm logs imports-worker` says more")
    out.rule(f"[bold]pm search {QUERY}[/bold]", align="left")
    report.show_hits(out, gateway.get("/products:search", query=QUERY, page_size=5), QUERY)
    _explain(running, data)


def _running(data: Path) -> Running:
    try:
        return lifecycle.connect(data)
    except NotRunning:
        out.print("Starting the stack: PostgreSQL, Valkey, SeaweedFS, seven services, a worker, the gateway.")
        return lifecycle.start(data, bound=False, notify=lambda line: out.print(line, style="dim", markup=False))


def _explain(running: Running, data: Path) -> None:
    option = "" if data == DEFAULT_DATA else f" --data {data}"
    out.rule("[bold]It is running[/bold]", align="left")
    for label, value in (
        ("Screens", running.url if (stack.PAGES / "pages.json").exists() else "not built: `make web`, then restart"),
        ("API docs", f"{running.url}/api/docs"),
        ("OpenAPI", f"{running.url}/api/v1/openapi.json"),
        ("Log in", f"as admin, the password is in {running.admin_password_file}"),
        ("Search", f".venv/bin/pm search resistance{option}"),
        ("Import", f".venv/bin/pm import FILE --supplier NAME{option}"),
        ("Stop it", f".venv/bin/pm down{option}"),
    ):
        out.print(f"{label:9} {value}", markup=False)
