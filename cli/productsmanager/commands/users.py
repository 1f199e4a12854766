"""`pm users`: letting people in again."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from productsmanager.errors import ProductsManagerError
from productsmanager.options import DEFAULT_DATA, DataOption, out

if TYPE_CHECKING:
    from productsmanager.client import Client

app = typer.Typer(help="The people who use this installation.", no_args_is_help=True, add_completion=False)


@app.callback()
def group() -> None:
    """The people who use this installation."""


@app.command("reset-password")
def reset_password(
    username: Annotated[str, typer.Argument(help="Who forgot the password.")], data: DataOption = DEFAULT_DATA
) -> None:
    """Issue a token with which somebody sets a new password, once and within an hour: pass it on by a way that you trust."""
    # httpx comes with it: half a second that the other commands need not wait.
    from productsmanager import client  # noqa: PLC0415

    gateway = client.connect(data)
    user = next((one for one in _users(gateway) if one["username"].lower() == username.lower()), None)
    if user is None:
        raise ProductsManagerError(f"no user is called {username}")
    issued = gateway.post(f"/users/{user['id']}/passwordReset", {})
    out.print(f"Token for {user['username']}, until {issued['expire_time']}:", style="bold")
    typer.echo(issued["token"])
    out.print("It is used with POST /api/v1/auth/passwordReset and ends all sessions of this user.")


def _users(gateway: "Client") -> Iterator[dict[str, Any]]:
    token = ""
    while True:
        page = gateway.get("/users", page_size=500, page_token=token)
        yield from page["users"]
        if not (token := page["next_page_token"]):
            return
