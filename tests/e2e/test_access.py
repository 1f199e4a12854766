"""Every route of the OpenAPI document, which holds every route of the gateway, with every kind of caller."""

from collections.abc import Callable, Iterator

import httpx
import pytest
from api import Api
from callers import Tokens, permissions

from productsmanager.lifecycle import Running

PUBLIC = {
    ("post", "/api/v1/auth/login"),
    ("post", "/api/v1/auth/refresh"),
    ("post", "/api/v1/auth/logout"),
    ("post", "/api/v1/auth/passwordReset"),
    ("get", "/api/v1/auth/jwks"),
}
METHODS = {"get", "post", "put", "patch", "delete"}
ID = "01890000-0000-7000-8000-000000000001"
# Keeps what a reader found for that reader, or reads what a query has no room for; changes nothing that others see.
READING = {
    *(("post", f"/api/v1/{path}") for path in ("productSelections", "notifications:markRead", "products:batchGet")),
}


@pytest.fixture(scope="module")
def routes(api: Api) -> list[tuple[str, str]]:
    paths = api.get("/openapi.json")["paths"]
    api_paths = {path: item for path, item in paths.items() if path.startswith("/api/")}
    return [(method, path) for path, item in api_paths.items() for method in item if method in METHODS]


@pytest.fixture(scope="module")
def own(api: Api) -> set[tuple[str, str]]:
    """The routes that concern nobody but the caller: every user who signed in may use them."""
    paths = api.get("/openapi.json")["paths"]
    return {(verb, path) for path, item in paths.items() for verb in item if item[verb].get("security") == [{"bearer": []}]}


@pytest.fixture(scope="module")
def tokens(stack: Running) -> Tokens:
    return Tokens(stack.installation.data.keys)


@pytest.fixture
def reasons(api: Api, routes: list[tuple[str, str]]) -> Callable[[str], dict[tuple[str, str], tuple[int, str]]]:
    """Status and reason of every route that is not public, with a token."""

    def ask(token: str) -> dict[tuple[str, str], tuple[int, str]]:
        with httpx.Client(base_url=api.http.base_url, headers={"Authorization": f"Bearer {token}"}, timeout=60) as client:
            answers = {route: call(client, *route) for route in routes if route not in PUBLIC}
        return {
            route: (answer.status_code, answer.json().get("reason", "") if answer.is_error else "")
            for route, answer in answers.items()
        }

    return ask


@pytest.fixture(scope="module")
def viewer(api: Api) -> Iterator[Api]:
    """Somebody who may only look."""
    user = {"username": "viewer@example.test", "display_name": "Vera", "active": True, "roles": ["viewer"]}
    api.post("/users", {"user": user, "password": "only to look at things"})
    with Api(str(api.http.base_url).removesuffix("/api/v1/")) as viewer:
        viewer.login("viewer@example.test", "only to look at things")
        yield viewer


def call(client: httpx.Client, method: str, path: str, **options: object) -> httpx.Response:
    concrete = path.removeprefix("/api/v1")
    for name in [part[1:].split("}")[0] for part in path.split("/") if part.startswith("{")]:
        concrete = concrete.replace(f"{{{name}}}", ID)
    with client.stream(method, concrete, json={} if method != "get" else None, **options) as answer:  # type: ignore[arg-type]
        # A stream of events has no end.
        if not answer.headers.get("content-type", "").startswith("text/event-stream"):
            answer.read()
    return answer


def test_the_document_describes_routes(routes: list[tuple[str, str]]) -> None:
    assert len(routes) > 20
    assert set(routes) >= PUBLIC


def test_without_a_token_nothing_is_told(api: Api, routes: list[tuple[str, str]]) -> None:
    with httpx.Client(base_url=api.http.base_url) as stranger:
        answers = {(method, path): call(stranger, method, path) for method, path in routes if (method, path) not in PUBLIC}
        assert {route: answer.status_code for route, answer in answers.items() if answer.status_code != 401} == {}
        forged = {"Authorization": "Bearer " + str(api.http.headers["Authorization"])[7:-4] + "AAAA"}
        assert call(stranger, "get", "/api/v1/products", headers=forged).status_code == 401


@pytest.mark.parametrize("kind", ["expired", "for_others"])
def test_a_token_that_does_not_count_opens_nothing(tokens: Tokens, reasons: Callable, kind: str) -> None:
    wrong = {route: found for route, found in reasons(getattr(tokens, kind)()).items() if found != (401, "INVALID_TOKEN")}
    assert wrong == {}


def test_without_a_right_nothing_is_told_but_what_is_ones_own(tokens: Tokens, reasons: Callable, own: set) -> None:
    found = reasons(tokens.user())
    assert {route: each for route, each in found.items() if route not in own and each != (403, "MISSING_PERMISSION")} == {}
    assert {route: each for route, each in found.items() if route in own and each[0] in (401, 403)} == {}
    by_key = reasons(tokens.user(*permissions(), api_key=True))
    assert {route: each for route, each in by_key.items() if route in own and each != (403, "SIGN_IN_NEEDED")} == {}


def test_with_all_rights_no_door_is_closed(tokens: Tokens, reasons: Callable) -> None:
    found = reasons(tokens.everything())
    assert {route: each for route, each in found.items() if each[0] in (401, 403) or each[0] >= 500} == {}


def test_a_viewer_changes_nothing(viewer: Api, routes: list[tuple[str, str]], own: set[tuple[str, str]]) -> None:
    changing = [(method, path) for method, path in routes if method != "get" and (method, path) not in PUBLIC | READING | own]
    answers = {(method, path): call(viewer.http, method, path).status_code for method, path in changing}
    assert {route: status for route, status in answers.items() if status != 403} == {}
    assert viewer.get("/products", page_size=1)["products"] is not None


def test_a_wrong_password_says_nothing_about_the_user(api: Api) -> None:
    with httpx.Client(base_url=api.http.base_url) as stranger:
        answers = [
            stranger.post("/auth/login", json={"username": name, "password": "wrong wrong wrong"})
            for name in ("admin", "nobody-of-this-name")
        ]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert answers[0].json()["reason"] == answers[1].json()["reason"] == "INVALID_CREDENTIALS"
