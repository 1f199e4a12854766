"""Signing in and out, keys and rights, as a whole stack lives by them."""

import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import grpc
import httpx
import pytest
from api import PATIENCE_SECONDS, Api
from callers import methods, refusal, rule

from productsmanager.lifecycle import Running

PASSWORD = "only for these tests"
SERVICES = ("core", "catalog", "imports", "exports", "media", "code2asin", "analytics", "catalog-bulk")


@pytest.fixture
def add_user(api: Api) -> Callable[..., dict[str, Any]]:
    def add(name: str, *roles: str) -> dict[str, Any]:
        user = {"username": f"{name}@example.test", "roles": roles}
        found: dict[str, Any] = api.post("/users", {"user": user, "password": PASSWORD})
        return found

    return add


def sign_in(api: Api, user: dict[str, Any], password: str = PASSWORD) -> dict[str, Any]:
    answer: dict[str, Any] = api.post("/auth/login", {"username": user["username"], "password": password})
    return answer


def read(api: Api, token: str) -> httpx.Response:
    return httpx.get(f"{api.http.base_url}products", headers={"Authorization": f"Bearer {token}"})


def wait_for(reason: str, call: Callable[[], str]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (found := call()) != reason:
        assert time.monotonic() < deadline, f"still {found!r}"
        time.sleep(0.2)


def pm(stack: Running, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "productsmanager", *arguments, "--data", str(stack.installation.data.root)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


async def test_signing_out_everywhere_is_known_to_the_gateway_and_to_every_service(
    stack: Running, api: Api, add_user: Callable[..., dict[str, Any]]
) -> None:
    user = add_user("leaver", "viewer")
    here, there = sign_in(api, user), sign_in(api, user)
    assert read(api, there["access_token"]).status_code == 200

    own = {"Authorization": f"Bearer {here['access_token']}"}
    assert api.http.post("/me/sessions:end", json={}, headers=own).json() == {"ended": 2}

    wait_for("TOKEN_REVOKED", lambda: read(api, there["access_token"]).json().get("reason", ""))
    asked = next(method for method in methods() if rule(method).permission == "catalog.products.read")
    for server in SERVICES:
        # Each verifies before it finds that the method is not its own, so one question does for all.
        async with grpc.aio.insecure_channel(f"127.0.0.1:{stack.ports[server]}") as channel:
            method = asked if server == "catalog" else _any_method(server)
            while (found := await refusal(channel, method, there["access_token"])) != "TOKEN_REVOKED":
                assert found != "INVALID_TOKEN"
    assert api.http.post("/auth/refresh", json={"refresh_token": there["refresh_token"]}).json()["reason"] == "SESSION_ENDED"


def _any_method(server: str) -> Any:
    """A method of this process that is not public."""
    package = f"pm.{server.removesuffix('-bulk')}.v1"
    bulk = server.endswith("-bulk")
    return next(
        method
        for method in methods()
        if method.containing_service.file.package == package
        and not rule(method).public
        and bulk == (method.containing_service.name == "BulkService")
    )


def test_a_key_opens_what_it_was_made_for_until_it_is_revoked(api: Api, add_user: Callable[..., dict[str, Any]]) -> None:
    signed_in = sign_in(api, add_user("integrator", "viewer"))
    own = {"Authorization": f"Bearer {signed_in['access_token']}"}
    with httpx.Client(base_url=api.http.base_url, headers=own) as client:
        made = client.post("/me/apiKeys", json={"name": "nightly", "permissions": ["catalog.products.read"]}).json()
        key = made["secret"]
        assert read(api, key).status_code == 200
        assert httpx.get(f"{api.http.base_url}suppliers", headers={"Authorization": f"Bearer {key}"}).status_code == 403
        assert key not in client.get("/me/apiKeys").text
        assert client.delete(f"/me/apiKeys/{made['api_key']['id']}").status_code == 200

    wait_for("INVALID_API_KEY", lambda: read(api, key).json().get("reason", ""))


def test_a_role_that_changes_is_felt_by_whoever_has_it(api: Api, add_user: Callable[..., dict[str, Any]]) -> None:
    api.post("/roles", {"name": "buyer", "permissions": ["catalog.products.read"]})
    signed_in = sign_in(api, add_user("buyer", "buyer"))
    assert read(api, signed_in["access_token"]).status_code == 200

    assert api.http.patch("/roles/buyer", json={"permissions": []}).json()["permissions"] == []

    wait_for("TOKEN_REVOKED", lambda: read(api, signed_in["access_token"]).json().get("reason", ""))
    fresh = api.post("/auth/refresh", {"refresh_token": signed_in["refresh_token"]})
    assert read(api, fresh["access_token"]).json()["reason"] == "MISSING_PERMISSION"


def test_a_forgotten_password_is_set_anew(stack: Running, api: Api, add_user: Callable[..., dict[str, Any]]) -> None:
    user = add_user("forgetful")
    issued = pm(stack, "users", "reset-password", user["username"].upper())
    assert issued.returncode == 0, issued.stderr
    token = next(line for line in issued.stdout.splitlines() if line.startswith("pmp_"))

    api.post("/auth/passwordReset", {"token": token, "new_password": "remembered this time"})

    assert sign_in(api, user, "remembered this time")["access_token"]
    assert pm(stack, "users", "reset-password", "nobody").returncode == 1


def test_keys_are_replaced_while_everything_goes_on(stack: Running, api: Api, add_user: Callable[..., dict[str, Any]]) -> None:
    user = add_user("witness", "viewer")
    before = sign_in(api, user)

    for _ in range(2):
        assert pm(stack, "keys", "rotate").returncode == 0
        after = sign_in(api, user)
        for signed_in in (before, after):
            assert read(api, signed_in["access_token"]).status_code == 200
        # What the gateway itself signs, too.
        assert httpx.get(f"{stack.url}/health/db").status_code == 200

    published = {key["kid"] for key in api.get("/auth/jwks")["keys"]}
    assert len(published) == 3


def test_a_service_whose_key_was_stolen_goes_on_with_another(stack: Running, api: Api) -> None:
    assert pm(stack, "keys", "rotate", "gateway", "imports", "--now").returncode == 0

    assert api.get("/products")["products"] is not None
    assert httpx.get(f"{stack.url}/health/db").status_code == 200


def test_a_command_leaves_no_session_behind(stack: Running) -> None:
    def sessions(condition: str = "true") -> int:
        return int(stack.installation.postgres.psql(f"SELECT count(*) FROM user_sessions WHERE {condition}", "db_core"))

    before, open_before = sessions(), sessions("end_time IS NULL")
    assert pm(stack, "search", "nothing of the kind").returncode == 0
    assert pm(stack, "jobs", "show", "no job").returncode == 1

    assert (sessions(), sessions("end_time IS NULL")) == (before + 2, open_before)
