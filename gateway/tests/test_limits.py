"""How large a request may be: on every route."""

import httpx
import pytest

from gateway.http.routing import BODY_MAX_BYTES
from gateway.openapi.document import document

UPLOAD = ("post", "/api/v1/imports")
ROUTES = [(verb, path) for path, verbs in document()["paths"].items() if path.startswith("/api/") for verb in verbs]


def test_routes_are_found() -> None:
    assert len(ROUTES) > 60
    assert UPLOAD in ROUTES


@pytest.mark.parametrize(("verb", "path"), sorted({*ROUTES, ("get", "/api/v1/openapi.json"), ("get", "/api/docs")} - {UPLOAD}))
async def test_larger_body_is_refused_unread(anonymous: httpx.AsyncClient, verb: str, path: str) -> None:
    reply = await anonymous.request(verb, path.replace("{", "").replace("}", ""), content=b" " * (BODY_MAX_BYTES + 1))
    assert (reply.status_code, reply.json()["reason"]) == (413, "PAYLOAD_TOO_LARGE")
