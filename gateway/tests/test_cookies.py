"""Browsers' sessions, and programs' in the body."""

from collections.abc import AsyncIterator
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

LOGIN, REFRESH, LOGOUT = "/api/v1/auth/login", "/api/v1/auth/refresh", "/api/v1/auth/logout"
BY_COOKIE = {"username": "ann", "password": "secret", "use_cookie": True}
SHOP = "https://shop.example.org"


@pytest.fixture(scope="module")
async def behind_tls(settings: Any, serve: Any) -> AsyncIterator[str]:
    """A gateway behind a proxy on this machine, for pages of another host too."""
    changed = settings.model_copy(update={"trusted_proxies": ("127.0.0.0/8",), "cors_origins": (SHOP,)})
    async with serve(changed) as url:
        yield url


def own_origin(url: str) -> dict[str, str]:
    return {"origin": f"http://{urlsplit(url).netloc}"}


def cookie(reply: httpx.Response) -> Any:
    parsed = SimpleCookie(reply.headers["set-cookie"])
    assert list(parsed) == ["pm_refresh"]
    return parsed["pm_refresh"]


async def test_browser_gets_the_refresh_token_in_a_cookie_no_script_reads(anonymous: httpx.AsyncClient, url: str) -> None:
    reply = await anonymous.post(LOGIN, json=BY_COOKIE, headers=own_origin(url))

    assert reply.status_code == 200
    made = cookie(reply)
    assert made.value == "pmr_next"
    assert (made["path"], made["max-age"], made["samesite"]) == ("/api/v1/auth", "1000", "strict")
    assert made["httponly"] is True
    assert "pmr_" not in reply.text
    anonymous.cookies.clear()


async def test_program_gets_it_in_the_body_and_no_cookie(anonymous: httpx.AsyncClient, told: Any) -> None:
    reply = await anonymous.post(LOGIN, json={"username": "ann", "password": "secret"})
    assert reply.json()["refresh_token"] == "pmr_next"
    again = await anonymous.post(REFRESH, json={"refresh_token": "pmr_mine"}, headers={"origin": "https://evil.example"})

    assert (again.status_code, again.json()["refresh_token"], told.last.refresh_token) == (200, "pmr_next", "pmr_mine")
    assert not {"set-cookie"} & {*reply.headers, *again.headers}


async def test_refresh_by_cookie_replaces_it(anonymous: httpx.AsyncClient, url: str, told: Any) -> None:
    reply = await anonymous.post(REFRESH, headers={"cookie": "pm_refresh=pmr_kept", **own_origin(url)})

    assert (reply.status_code, told.last.refresh_token) == (200, "pmr_kept")
    assert cookie(reply).value == "pmr_next"
    assert "pmr_" not in reply.text
    assert reply.json()["access_token"] == "token"
    anonymous.cookies.clear()


async def test_the_cookie_of_a_session_that_is_over_is_taken_away(anonymous: httpx.AsyncClient, url: str) -> None:
    reply = await anonymous.post(REFRESH, headers={"cookie": "pm_refresh=pmr_over", **own_origin(url)})

    assert (reply.status_code, reply.json()["reason"]) == (401, "SESSION_ENDED")
    assert (cookie(reply).value, cookie(reply)["max-age"], cookie(reply)["path"]) == ("", "0", "/api/v1/auth")
    assert reply.headers["www-authenticate"]


@pytest.mark.parametrize(("held", "sent"), [("pmr_busy", {}), ("pmr_kept", {"refresh_token": "pmr_over"})])
async def test_any_other_refusal_leaves_the_cookie(
    anonymous: httpx.AsyncClient, url: str, held: str, sent: dict[str, str]
) -> None:
    reply = await anonymous.post(REFRESH, json=sent, headers={"cookie": f"pm_refresh={held}", **own_origin(url)})

    assert reply.status_code == 401
    assert "set-cookie" not in reply.headers


async def test_logout_by_cookie_takes_it_away(anonymous: httpx.AsyncClient, url: str, told: Any) -> None:
    reply = await anonymous.post(LOGOUT, headers={"cookie": "pm_refresh=pmr_kept", **own_origin(url)})

    assert (reply.status_code, told.last.refresh_token) == (200, "pmr_kept")
    assert (cookie(reply).value, cookie(reply)["max-age"]) == ("", "0")
    anonymous.cookies.clear()


@pytest.mark.parametrize("path", [REFRESH, LOGOUT, LOGIN])
@pytest.mark.parametrize("origin", [None, "https://evil.example", "null", SHOP, "http://127.0.0.1:1"])
async def test_cookie_is_for_pages_of_ours_alone(anonymous: httpx.AsyncClient, told: Any, path: str, origin: str | None) -> None:
    headers = {"cookie": "pm_refresh=pmr_kept"} | ({"origin": origin} if origin else {})

    reply = await anonymous.post(path, json=BY_COOKIE if path == LOGIN else {}, headers=headers)

    assert (reply.status_code, reply.json()["reason"]) == (403, "ORIGIN_NOT_ALLOWED")
    assert not told.requests
    assert "set-cookie" not in reply.headers


async def test_behind_tls_the_cookie_and_the_host_are_for_tls_alone(behind_tls: str, told: Any) -> None:
    forwarded = {"x-forwarded-proto": "https", "x-forwarded-for": "203.0.113.9", **own_origin(behind_tls)}
    async with httpx.AsyncClient(base_url=behind_tls) as client:
        reply = await client.post(LOGIN, json=BY_COOKIE, headers=forwarded)

    assert cookie(reply)["secure"] is True
    assert reply.headers["strict-transport-security"].startswith("max-age=")
    assert told.metadata["x-client-address"] == "203.0.113.9"


async def test_nobody_but_a_trusted_proxy_is_believed(anonymous: httpx.AsyncClient, url: str, told: Any) -> None:
    forwarded = {"x-forwarded-proto": "https", "x-forwarded-for": "203.0.113.9", **own_origin(url)}
    reply = await anonymous.post(LOGIN, json=BY_COOKIE, headers=forwarded)

    assert not cookie(reply)["secure"]
    assert "strict-transport-security" not in reply.headers
    assert told.metadata["x-client-address"] == "127.0.0.1"
    anonymous.cookies.clear()


async def test_pages_of_named_hosts_may_call(behind_tls: str) -> None:
    asking = {
        "origin": SHOP,
        "access-control-request-method": "PATCH",
        "access-control-request-headers": "authorization,if-match",
    }
    async with httpx.AsyncClient(base_url=behind_tls) as client:
        preflight = await client.options("/api/v1/products/x", headers=asking)
        login = await client.post(LOGIN, json=BY_COOKIE, headers={"origin": SHOP})
        stranger = await client.options("/api/v1/products/x", headers=asking | {"origin": "https://evil.example"})

    assert (preflight.status_code, preflight.headers["access-control-allow-origin"]) == (200, SHOP)
    assert preflight.headers["access-control-allow-credentials"] == "true"
    assert (login.status_code, login.headers["access-control-allow-origin"]) == (200, SHOP)
    assert "access-control-allow-origin" not in stranger.headers


async def test_by_default_no_other_host_may(anonymous: httpx.AsyncClient) -> None:
    reply = await anonymous.get("/api/v1/openapi.json", headers={"origin": SHOP})
    assert not [name for name in reply.headers if name.startswith("access-control-")]
