"""The document holds every route there is, so that a test that goes through it goes through all."""

import re
from collections.abc import Iterator
from typing import Any

from starlette.routing import Route, WebSocketRoute

from gateway.endpoints.pages import Pages
from gateway.http.routing import Routes
from gateway.main import create
from gateway.openapi.document import document
from gateway.settings import Settings


def leaves(node: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Verb and path of every endpoint, with every variable as {}."""
    for verb in node.handlers:
        yield verb, path
    for part, following in node.literal.items():
        yield from leaves(following, path + part)
    if node.variable:
        yield from leaves(node.variable, path + "{}")


def served(route: Any) -> Iterator[tuple[str, str]]:
    if isinstance(route, Routes):
        yield from leaves(route._root)
    elif not isinstance(route, Pages):  # the screens are no part of the API
        assert isinstance(route, Route | WebSocketRoute), f"{route} is served and nobody looks at it"
        yield "GET", route.path


async def test_every_route_of_the_gateway_is_in_the_document(settings: Settings) -> None:
    app = create(settings)
    async with app.router.lifespan_context(app):
        found = {each for route in app.router.routes for each in served(route)}
    paths = document()["paths"]
    described = {(verb.upper(), re.sub(r"{\w+}", "{}", path)) for path, verbs in paths.items() for verb in verbs}
    assert found == described | {("GET", "/api/v1/openapi.json"), ("GET", "/api/docs")}
