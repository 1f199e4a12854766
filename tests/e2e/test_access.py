"""Every route of the OpenAPI document: without a token, with a broken one, and with a role that has no right."""

from collections.abc import Iterator

import httpx
import pytest
from api import Api

PUBLIC = {("post", "/api/v1/auth/login"), ("get", "/api/v1/auth/jwks")}
METHODS = {"get", "post", "put", "patch", "delete"}
ID = "01890000-0000-7000-8000-000000000001"
# Keeps what a reader found for that reader; changes nothing that others see.
READING = {("post", "/api/v1/productSelections"), ("post", "/api/v1/notifications:markRead")}


@pytest.fixture(scope="module")
def routes(api: Api) -> list[tuple[str, str]]:
    paths = api.get("/openapi.json")["paths"]
    api_paths = {path: item for path, item in paths.items() if path.startswith("/api/")}
    return [(method, path) for path, item in api_paths.items() for method in item if method in METHODS]


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
    return client.request(method, concrete, json={} if method != "get" else None, **options)  # type: ignore[arg-type]


def test_the_document_describes_routes(routes: list[tuple[str, str]]) -> None:
    assert len(routes) > 20
    assert set(routes) >= PUBLIC


def test_without_a_token_nothing_is_told(api: Api, routes: list[tuple[str, str]]) -> None:
    with httpx.Client(base_url=api.http.base_url) as stranger:
        answers = {(method, path): call(stranger, method, path) for method, path in routes if (method, path) not in PUBLIC}
        assert {route: answer.status_code for route, answer in answers.items() if answer.status_code != 401} == {}
        forged = {"Authorization": "Bearer " + str(api.http.headers["Authorization"])[7:-4] + "AAAA"}
        assert call(stranger, "get", "/api/v1/products", headers=forged).status_code == 401


def test_a_viewer_changes_nothing(viewer: Api, routes: list[tuple[str, str]]) -> None:
    changing = [(method, path) for method, path in routes if method != "get" and (method, path) not in PUBLIC | READING]
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
