"""Who is let in."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from chassis.auth import Signer, Verifier

PATH = "/api/v1/products/01890000-0000-7000-8000-0000000000aa"


async def test_no_token(anonymous: httpx.AsyncClient, told: Any) -> None:
    reply = await anonymous.get(PATH)
    assert (reply.status_code, reply.json()["reason"]) == (401, "INVALID_TOKEN")
    assert reply.headers["www-authenticate"].startswith("Bearer")
    assert not told.requests


def claims(**changed: Any) -> dict[str, Any]:
    now = int(time.time())
    base = {
        "sub": "u",
        "aud": "productsmanager",
        "iss": "core-svc",
        "perms": ["catalog.products.read"],
        "iat": now,
        "exp": now + 60,
    }
    return base | changed


def signed(keys_dir: Path, made: dict[str, Any], key: Any = None, kid: str = "core-svc", algorithm: str = "EdDSA") -> str:
    if key is None:
        key = load_pem_private_key((keys_dir / "core.pem").read_bytes(), password=None)
    return jwt.encode(made, key, algorithm, headers={"kid": kid})


async def test_token_made_here_is_accepted(anonymous: httpx.AsyncClient, keys_dir: Path) -> None:
    """The counterpart of the refusals below: nothing but what they change is wrong with their tokens."""
    reply = await anonymous.get(PATH, headers={"authorization": f"bearer {signed(keys_dir, claims())}"})
    assert reply.status_code == 200


@pytest.mark.parametrize(
    "forge",
    [
        lambda keys: signed(keys, claims(exp=int(time.time()) - 60)),
        lambda keys: signed(keys, claims(aud="elsewhere")),
        lambda keys: signed(keys, claims(iss="catalog-svc")),
        lambda keys: signed(keys, claims(), key=Ed25519PrivateKey.generate()),
        lambda keys: signed(keys, claims(), kid="../core"),
        lambda keys: signed(keys, claims(), key=(keys / "core.pub").read_text()[:40], algorithm="HS256"),
        lambda keys: jwt.encode(claims(), None, "none", headers={"kid": "core-svc"}),
        lambda keys: "not.a.token",
    ],
    ids=["expired", "audience", "issuer", "key", "key id", "symmetric", "unsigned", "garbage"],
)
async def test_token_that_is_not_valid(
    anonymous: httpx.AsyncClient, keys_dir: Path, told: Any, forge: Callable[[Path], str]
) -> None:
    reply = await anonymous.get(PATH, headers={"authorization": f"Bearer {forge(keys_dir)}"})
    assert (reply.status_code, reply.json()["reason"]) == (401, "INVALID_TOKEN")
    assert not told.requests


async def test_basic_authentication_is_not_a_token(anonymous: httpx.AsyncClient) -> None:
    reply = await anonymous.get(PATH, auth=("admin", "secret"))
    assert reply.status_code == 401


@pytest.mark.parametrize(
    ("permissions", "verb", "path", "status"),
    [
        (("catalog.products.read",), "GET", PATH, 200),
        (("catalog.products.write",), "GET", PATH, 403),
        ((), "GET", PATH, 403),
        (("catalog.products.read",), "PATCH", PATH, 403),
        (("imports.jobs.read",), "POST", "/api/v1/imports", 403),
        (("catalog.products.read",), "GET", "/api/v1/imports/01890000-0000-7000-8000-0000000000aa/events", 403),
        (("catalog.products.read",), "GET", "/api/v1/imports/01890000-0000-7000-8000-0000000000aa/problems.csv", 403),
    ],
)
async def test_permission_of_the_contract(
    signed_in: Callable[..., httpx.AsyncClient], told: Any, permissions: tuple[str, ...], verb: str, path: str, status: int
) -> None:
    async with signed_in(*permissions) as client:
        reply = await client.request(verb, path)
    assert reply.status_code == status
    if status == 403:
        assert reply.json()["reason"] == "MISSING_PERMISSION"
        assert reply.json()["metadata"]["permission"]
        assert not told.requests


async def test_own_token_is_passed_on(signed_in: Callable[..., httpx.AsyncClient], told: Any) -> None:
    async with signed_in("catalog.products.read") as client:
        await client.get(PATH)
        assert told.metadata["authorization"] == client.headers["authorization"]


async def test_service_token_is_no_users_token(anonymous: httpx.AsyncClient, keys_dir: Path, told: Any) -> None:
    token = Signer("imports-svc", keys_dir).service_token("gateway")
    reply = await anonymous.get(PATH, headers={"authorization": f"Bearer {token}"})
    assert reply.status_code == 403
    assert not told.requests


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer expired.or.worse"}])
async def test_public_method_needs_no_token_and_is_called_in_the_gateways_name(
    anonymous: httpx.AsyncClient, told: Any, keys_dir: Path, headers: dict[str, str]
) -> None:
    reply = await anonymous.post("/api/v1/auth/login", json={"username": "ann", "password": "secret"}, headers=headers)
    assert reply.status_code == 200
    assert told.last.username == "ann"
    principal = Verifier("core-svc", keys_dir).verify(told.metadata["authorization"].removeprefix("Bearer "))
    assert (principal.kind, principal.subject) == ("service", "gateway")
    assert told.metadata["x-client-address"] == "127.0.0.1"
    assert told.metadata["x-client-user-agent"].startswith("python-httpx")


async def test_no_other_service_is_told_where_its_callers_are(client: httpx.AsyncClient, told: Any) -> None:
    await client.get(PATH)
    assert "x-client-address" not in told.metadata


async def test_revoked_token_is_refused(url: str, keys_dir: Path, serve: Any, settings: Any, revoked: Any) -> None:
    """By a gateway that starts when it is revoked already: it asks at once."""
    signer = Signer("core-svc", keys_dir)
    ended, living = (signer.access_token("u", ["catalog.products.read"], session=name) for name in ("ended", "living"))
    revoked.subjects["ended"] = time.time() + 10
    async with serve(settings) as fresh, httpx.AsyncClient(base_url=fresh) as client:
        while (reply := await client.get(PATH, headers={"authorization": f"Bearer {ended}"})).status_code == 200:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        assert (reply.status_code, reply.json()["reason"]) == (401, "TOKEN_REVOKED")
        assert (await client.get(PATH, headers={"authorization": f"Bearer {living}"})).status_code == 200
    revoked.subjects.clear()
