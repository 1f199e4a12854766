"""`pm search`: find products by words or by a code."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from productsmanager.errors import ProductsManagerError
from productsmanager.options import DEFAULT_DATA, DataOption, JsonOption, out

if TYPE_CHECKING:
    from productsmanager.client import Client


def search(
    words: Annotated[list[str], typer.Argument(help="Words in any script, or a GTIN, SKU or part number.")],
    data: DataOption = DEFAULT_DATA,
    supplier: Annotated[str | None, typer.Option("--supplier", help="Only what this supplier offers.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=200, help="How many to show.")] = 20,
    as_json: JsonOption = False,
) -> None:
    """Find products: an exact code first, then words in titles and brands."""
    # httpx comes with them: half a second that the other commands need not wait.
    from productsmanager import client, report  # noqa: PLC0415

    gateway = client.connect(data)
    query = " ".join(words)
    parameters: dict[str, str | int] = {"query": query, "page_size": limit}
    if supplier:
        parameters["supplier_id"] = _supplier_id(gateway, supplier)
    answer = gateway.get("/products:search", **parameters)
    if as_json:
        typer.echo(json.dumps(answer, ensure_ascii=False))
    else:
        report.show_hits(out, answer, query)


def _supplier_id(gateway: "Client", name: str) -> str:
    found = gateway.get("/suppliers", name=name)["suppliers"]
    if not found:
        raise ProductsManagerError(f"no supplier is called {name!r}: import a file of theirs first")
    identifier: str = found[0]["id"]
    return identifier
