"""`pm brands`: brands that may be one under several names, and what people decide about them."""

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

app = typer.Typer(help="Brands that may be one: list, merge, split, reject.", add_completion=False)
# Where the counting of products ends.
_MANY = 10_000
NameArgument = Annotated[str, typer.Argument(metavar="BRAND", help="Its name as it is listed.")]


@app.callback(invoke_without_command=True)
def list_(context: typer.Context, data: DataOption = DEFAULT_DATA, as_json: JsonOption = False) -> None:
    """Brands whose names differ only in case, marks and legal forms; nothing is merged until somebody says so."""
    if context.invoked_subcommand:
        return
    from productsmanager import client  # noqa: PLC0415

    found = list(_pages(client.connect(data), "/brand-suggestions", "suggestions"))
    if as_json:
        for one in found:
            typer.echo(json.dumps(one, ensure_ascii=False))
        return
    if not found:
        out.print("No brands look alike.")
        return
    table = Table(title_justify="left")
    table.add_column("brand")
    table.add_column("products", justify="right")
    table.add_column("may be the same")
    for one in found:
        others = "\n".join(f"{other['name']} ({_count(other)})" for other in one["others"])
        table.add_row(Text(one["brand"]["name"]), _count(one["brand"]), Text(others))
    out.print(table)
    out.print("pm brands merge OTHER BRAND makes one of them; pm brands reject OTHER BRAND says that they are two.")


@app.command()
def merge(
    brand: NameArgument,
    into: Annotated[str, typer.Argument(metavar="INTO", help="The brand that stays.")],
    data: DataOption = DEFAULT_DATA,
    as_json: JsonOption = False,
) -> None:
    """Make a brand a synonym of another one: its products become that one's, and so does what says its name later."""
    gateway = _gateway(data)
    known = _named(gateway, brand), _named(gateway, into)
    _tell(gateway.post(f"/brands/{known[0]['id']}:merge", {"into_id": known[1]["id"]}), f"{brand} is {into} now.", as_json)


@app.command()
def split(brand: NameArgument, data: DataOption = DEFAULT_DATA, as_json: JsonOption = False) -> None:
    """Make a synonym a brand of its own again."""
    gateway = _gateway(data)
    _tell(gateway.post(f"/brands/{_named(gateway, brand)['id']}:split", {}), f"{brand} is a brand of its own.", as_json)


@app.command()
def reject(
    brand: NameArgument,
    other: Annotated[str, typer.Argument(metavar="OTHER", help="The brand that it is not.")],
    data: DataOption = DEFAULT_DATA,
    as_json: JsonOption = False,
) -> None:
    """Remember that two brands are different: they are not suggested again."""
    gateway = _gateway(data)
    known = _named(gateway, brand), _named(gateway, other)
    answer = gateway.post(f"/brands/{known[0]['id']}:reject", {"other_id": known[1]["id"]})
    _tell(answer, f"{brand} and {other} stay two brands.", as_json)


def _gateway(data: Path) -> "Client":
    # httpx comes with it: half a second that the other commands need not wait.
    from productsmanager import client  # noqa: PLC0415

    return client.connect(data)


def _named(gateway: "Client", name: str) -> dict[str, Any]:
    """The brand of this name; raises ProductsManagerError."""
    listed = _pages(gateway, "/brands", "brands", prefix=name)
    found = next((one for one in listed if one["name"].casefold() == name.casefold()), None)
    if found is None:
        raise ProductsManagerError(f"no brand is called {name}")
    return found


def _pages(gateway: "Client", path: str, key: str, **parameters: str) -> Iterator[dict[str, Any]]:
    token = ""
    while True:
        page = gateway.get(path, page_size=500, page_token=token, **parameters)
        yield from page[key]
        token = page["next_page_token"]
        if not token:
            return


def _count(brand: dict[str, Any]) -> str:
    count = brand.get("product_count", 0)
    return f"{count:,}{' or more' if count >= _MANY else ''}"


def _tell(answer: dict[str, Any], sentence: str, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(answer, ensure_ascii=False))
    else:
        out.print(Text(sentence))
