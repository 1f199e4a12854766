"""`pm suppliers`: who offers, in which rank, and which one is the shop's own article list."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from productsmanager.errors import ProductsManagerError
from productsmanager.options import DEFAULT_DATA, DataOption, JsonOption, out

if TYPE_CHECKING:
    from productsmanager.client import Client

app = typer.Typer(help="Suppliers: list, rank, and the shop's own article list.", add_completion=False)
NameArgument = Annotated[str, typer.Argument(metavar="SUPPLIER", help="Its name as it is listed.")]


@app.callback(invoke_without_command=True)
def list_(context: typer.Context, data: DataOption = DEFAULT_DATA, as_json: JsonOption = False) -> None:
    """Suppliers in the order of their ranks: the first one that says something of a product is believed."""
    if context.invoked_subcommand:
        return
    found = sorted(_pages(_gateway(data)), key=lambda one: (one["priority"], one["name"].casefold()))
    if as_json:
        for one in found:
            typer.echo(json.dumps(one, ensure_ascii=False))
        return
    told = "tied: article numbers that the shop's own list ties to our SKUs"
    table = Table("rank", "supplier", "offers", "tied", "currency", "", caption=told)
    for one in found:
        notes = ["the shop's own list"] if one["own_list"] else []
        if not one["offer_count"]:
            # Of an import that waits for somebody, perhaps: cancelled, it takes its supplier with it.
            notes.append("no offer yet")
        if one["offers_to_rank"]:
            notes.append(f"{one['offers_to_rank']:,} offers still to be ranked again")
        offers, tied = (f"{one[name]:,}" for name in ("offer_count", "tie_count"))
        table.add_row(str(one["priority"]), Text(one["name"]), offers, tied, one["default_currency"], ", ".join(notes))
    out.print(table)


@app.command()
def own(supplier: NameArgument, data: DataOption = DEFAULT_DATA, as_json: JsonOption = False) -> None:
    """Make a supplier, new or known, the shop's own list: its references are our SKUs, and it ranks before all others."""
    gateway = _gateway(data)
    known = next(_pages(gateway, name=supplier), None)
    if known is None:
        answer = gateway.post("/suppliers", {"name": supplier, "own_list": True})
    else:
        answer = gateway.patch(f"/suppliers/{known['id']}", {"own_list": True})
    _tell(answer, f"{answer['name']} is the shop's own list.", as_json, "and their products get their SKUs")


@app.command()
def disown(supplier: NameArgument, data: DataOption = DEFAULT_DATA, as_json: JsonOption = False) -> None:
    """Make the shop's own list a supplier like others; products keep the SKUs that it gave them."""
    gateway = _gateway(data)
    answer = gateway.patch(f"/suppliers/{_named(gateway, supplier)['id']}", {"own_list": False})
    _tell(answer, f"{answer['name']} is a supplier of rank {answer['priority']}.", as_json)


@app.command()
def rank(
    supplier: NameArgument,
    number: Annotated[int, typer.Argument(metavar="RANK", min=1, max=10_000, help="1 ranks first; new suppliers have 100.")],
    data: DataOption = DEFAULT_DATA,
    as_json: JsonOption = False,
) -> None:
    """Give a supplier another rank; its offers count anew."""
    gateway = _gateway(data)
    answer = gateway.patch(f"/suppliers/{_named(gateway, supplier)['id']}", {"priority": number})
    _tell(answer, f"{answer['name']} has rank {answer['priority']}.", as_json)


def _gateway(data: Path) -> "Client":
    # httpx comes with it: half a second that the other commands need not wait.
    from productsmanager import client  # noqa: PLC0415

    return client.connect(data)


def _named(gateway: "Client", name: str) -> dict[str, Any]:
    """The supplier of this name; raises ProductsManagerError."""
    found = next(_pages(gateway, name=name), None)
    if found is None:
        raise ProductsManagerError(f"no supplier is called {name}")
    return found


def _pages(gateway: "Client", **parameters: str) -> Iterator[dict[str, Any]]:
    token = ""
    while True:
        page = gateway.get("/suppliers", page_size=500, page_token=token, **parameters)
        yield from page["suppliers"]
        token = page["next_page_token"]
        if not token:
            return


def _tell(answer: dict[str, Any], sentence: str, as_json: bool, also: str = "") -> None:
    """What became of a supplier; `also` is what its offers are still given while they are ranked again."""
    if as_json:
        typer.echo(json.dumps(answer, ensure_ascii=False))
        return
    out.print(Text(sentence))
    if left := answer["offers_to_rank"]:
        ranked = " ".join(("are ranked again", also)).strip()
        out.print(Text(f"{left:,} offers {ranked} behind this: `pm suppliers` tells how many are left."))
