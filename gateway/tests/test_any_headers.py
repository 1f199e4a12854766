"""Whatever stands in a request's headers: it is answered or refused, and no page of a stranger gets a session."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.tests.servicers import PRODUCT

SHOP = b"https://shop.example.org"
OWN = b"<own>"
HEADERS = st.sampled_from(
    [
        *(b"Host", b"Origin", b"Cookie", b"Authorization", b"User-Agent", b"Accept", b"Accept-Encoding", b"Content-Type"),
        *(b"X-Forwarded-For", b"X-Forwarded-Proto", b"X-Forwarded-Host", b"Forwarded", b"X-Request-Id", b"traceparent"),
        *(b"If-Match", b"If-None-Match", b"Cache-Control", b"Idempotency-Key", b"Range", b"Expect", b"Connection"),
        *(b"Access-Control-Request-Method", b"Access-Control-Request-Headers", b"Last-Event-ID"),
    ]
)
PIECES = [
    *(b"pm_refresh=", b"pmr_kept", b"pmr_over", b";", b"=", b",", b'"', b"\\", b"\\303", b" ", b"\t", b"\x00", b"\xff"),
    *(b"http://", b"https://", b"[", b"]", b"[::1]", b"@", b":", b":99999", b"/", b"?", b"#", b"%", b"%00", b"null", SHOP, OWN),
    *(b"Bearer ", b"pmk_", b"a.b.c", b"*", b'W/"3"', b"203.0.113.9", b"bytes=0-", b"00-" + b"0" * 32, b"9" * 30, b"\r\n"),
    *(b"x" * 300, b"\xc3\xa9"),
]
VALUES = st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=4)), max_size=6).map(b"".join)
LOGIN, REFRESH, LOGOUT = (b"POST /api/v1/auth/" + name for name in (b"login", b"refresh", b"logout"))
ROUTES = st.sampled_from(
    [
        *(REFRESH, LOGOUT, LOGIN, b"OPTIONS /api/v1/products/x", b"GET /api/v1/openapi.json", b"GET /nothing", b"GET /health"),
        *(b"GET /api/v1/products/" + PRODUCT.encode(), b"PATCH /api/v1/products/" + PRODUCT.encode(), b"POST /api/v1/imports"),
    ]
)
BODY = b'{"username":"ann","password":"secret","use_cookie":true}'


@pytest.fixture(scope="module")
async def door(settings: Any, serve: Any) -> AsyncIterator[tuple[str, int]]:
    """A gateway that believes the proxy on this machine, and lets pages of another host call."""
    changed = settings.model_copy(update={"trusted_proxies": ("127.0.0.0/8",), "cors_origins": (SHOP.decode(),)})
    async with serve(changed) as url:
        parts = urlsplit(url)
        yield parts.hostname, parts.port


async def status(door: tuple[str, int], request: bytes, headers: list[tuple[bytes, bytes]], body: bytes = b"") -> int:
    """What is answered to a request with just these headers, as they are; 0 when the connection is closed without a word."""
    reader, writer = await asyncio.open_connection(*door)
    own = f"http://{door[0]}:{door[1]}".encode()
    lines = [b"%s: %s" % (name, value.replace(OWN, own)) for name, value in headers]
    lines += [b"Host: %s:%d" % (door[0].encode(), door[1])] if not any(name == b"Host" for name, _ in headers) else []
    writer.write(b"\r\n".join([request + b" HTTP/1.1", *lines, b"Content-Length: %d" % len(body), b"", body]))
    try:
        line = await asyncio.wait_for(reader.readline(), 60)
    finally:
        writer.close()
    return int(line.split()[1]) if line else 0


@given(ROUTES, st.lists(st.tuples(HEADERS, VALUES), max_size=4))
@example(REFRESH, [(b"Cookie", b"pm_refresh=pmr_kept"), (b"Origin", b"http://[")])
@example(REFRESH, [(b"Cookie", b"pm_refresh=pmr_kept"), (b"Origin", SHOP), (b"Host", b"[")])
@example(REFRESH, [(b"X-Forwarded-For", b"\x80")])
@example(b"GET /nothing", [(b"Host", b"[")])
async def test_any_header_is_answered_or_refused(door: tuple[str, int], route: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    if route == LOGIN and b"Content-Type" not in dict(headers):
        headers = [*headers, (b"Content-Type", b"application/json")]
    assert 200 <= await status(door, route, headers, BODY if route == LOGIN else b"") < 500


@given(st.sampled_from([LOGIN, REFRESH, LOGOUT]), VALUES)
@example(REFRESH, b"http://[")
@example(REFRESH, b"null")
@example(LOGIN, b"https://shop.example.org.evil.example")
async def test_any_other_origin_gets_no_session(door: tuple[str, int], route: bytes, origin: bytes) -> None:
    known = SHOP in origin or OWN in origin
    sent = [(b"Cookie", b"pm_refresh=pmr_kept"), (b"Content-Type", b"application/json"), (b"Origin", origin)]
    answer = await status(door, route, sent, BODY if route == LOGIN else b"{}")
    assert answer in ((200, 400, 403) if known else (400, 403))
