"""Files on their way in."""

import asyncio
import hashlib
import json
import random
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

PATH = "/api/v1/imports"
CONTENT = random.Random(7).randbytes(5 * 1024 * 1024 + 321)
BOUNDARY = "cut-here"
FORM = {"content-type": f"multipart/form-data; boundary={BOUNDARY}"}


async def test_form(client: httpx.AsyncClient, told: Any) -> None:
    fields = {"supplier_name": "Größe & Söhne", "mapping": json.dumps({"title": "Naam"}), "auto_apply": "true", "currency": "EUR"}
    reply = await client.post(PATH, data=fields, files={"file": ("prix_été.csv", CONTENT, "text/csv")})
    assert reply.status_code == 201
    job = reply.json()
    assert reply.headers["location"] == f"{PATH}/{job['id']}"
    assert (int(job["file_bytes"]), job["plan_hash"]) == (len(CONTENT), hashlib.sha256(CONTENT).hexdigest())
    options = told.last
    assert (options.file_name, options.supplier_name, options.currency) == ("prix_été.csv", "Größe & Söhne", "EUR")
    assert (dict(options.mapping), options.auto_apply, options.force) == ({"title": "Naam"}, True, False)
    assert told.metadata["authorization"] == client.headers["authorization"]


@pytest.mark.parametrize(
    "kind",
    [
        "application/octet-stream",
        "text/csv; charset=utf-16",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.ms-excel.sheet.macroEnabled.12",
        "text/xml",
    ],
)
async def test_bare_file(client: httpx.AsyncClient, told: Any, kind: str) -> None:
    options = {"supplier_name": "North", "file_name": "a.csv", "force": "true", "mapping": '{"price": "EK"}'}
    reply = await client.post(PATH, params=options, content=CONTENT, headers={"content-type": kind})
    assert reply.status_code == 201
    assert reply.json()["plan_hash"] == hashlib.sha256(CONTENT).hexdigest()
    assert (told.last.file_name, told.last.force, dict(told.last.mapping)) == ("a.csv", True, {"price": "EK"})


async def test_a_key_goes_along(client: httpx.AsyncClient, told: Any) -> None:
    for sent in ({"files": {"file": ("a.csv", b"x")}}, {"content": b"x", "headers": {"content-type": "text/csv"}}):
        headers = {**sent.pop("headers", {}), "idempotency-key": "night-1"}
        reply = await client.post(PATH, params={"supplier_name": "N", "file_name": "a.csv"}, headers=headers, **sent)
        assert (reply.status_code, told.last.request_id) == (201, "night-1")
        refused = await client.post(PATH, params={"supplier_name": "N", "request_id": "x"}, headers=headers, **sent)
        assert (refused.status_code, refused.json()["violations"][0]["field"]) == (400, "request_id")


async def test_stream_without_a_length(client: httpx.AsyncClient) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(CONTENT), 100_003):
            yield CONTENT[start : start + 100_003]

    reply = await client.post(f"{PATH}?supplier_name=N&file_name=a.csv", content=pieces(), headers={"content-type": "text/csv"})
    assert reply.json()["plan_hash"] == hashlib.sha256(CONTENT).hexdigest()


async def test_empty_file_is_passed_on(client: httpx.AsyncClient) -> None:
    """Whether an empty file is a feed is for imports-svc to say."""
    reply = await client.post(PATH, data={"supplier_name": "N"}, files={"file": ("a.csv", b"")})
    assert (reply.status_code, int(reply.json()["file_bytes"])) == (201, 0)


async def test_only_the_name_of_a_path(client: httpx.AsyncClient, told: Any) -> None:
    await client.post(PATH, data={"supplier_name": "N"}, files={"file": ("../../etc/passwd", b"x")})
    assert told.last.file_name == "passwd"
    await client.post(f"{PATH}?supplier_name=N&file_name=C:%5Cfeeds%5Ca.csv", content=b"x", headers={"content-type": "text/csv"})
    assert told.last.file_name == "a.csv"


def form(*parts: tuple[str, str, bytes], end: bool = True) -> bytes:
    """A form in this order; (name, file name or nothing, content)."""
    made = b""
    for name, file_name, content in parts:
        named = f'; filename="{file_name}"' if file_name else ""
        made += f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{named}\r\n\r\n'.encode() + content + b"\r\n"
    return made + (f"--{BOUNDARY}--\r\n".encode() if end else b"")


FILE = ("file", "a.csv", b"ref;price\n1;2\n")
SUPPLIER = ("supplier_name", "", b"North")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (form(FILE, SUPPLIER), "supplier_name"),
        (form(SUPPLIER), "file"),
        (form(SUPPLIER, FILE, FILE), "file"),
        (form(SUPPLIER, ("colour", "", b"red"), FILE), "colour"),
        (form(SUPPLIER, ("force", "", b"yes"), FILE), "force"),
        (form(SUPPLIER, SUPPLIER, FILE), "supplier_name"),
        (form(SUPPLIER, ("mapping", "", b"{"), FILE), "mapping"),
        (form(SUPPLIER, ("mapping", "", b'{"title": 5}'), FILE), "mapping"),
        (form(SUPPLIER, ("mapping", "", b'["title"]'), FILE), "mapping"),
        (form(SUPPLIER, ("mapping", "", b"x" * 70_000), FILE), "mapping"),
        (form(*[SUPPLIER] * 40, FILE), "(body)"),
        (form(SUPPLIER, FILE, end=False), "(body)"),
        (b"no form at all", "(body)"),
        (b"", "(body)"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_form_that_can_not_be_read(client: httpx.AsyncClient, told: Any, body: bytes, field: str) -> None:
    reply = await client.post(PATH, content=body, headers=FORM)
    assert (reply.status_code, reply.json()["reason"]) == (400, "MALFORMED_REQUEST")
    assert field in [each["field"] for each in reply.json()["violations"]]


async def test_options_that_break_the_contract(client: httpx.AsyncClient) -> None:
    reply = await client.post(PATH, content=form(FILE), headers=FORM)
    assert reply.status_code == 400
    assert any(each["field"].endswith("supplier_name") for each in reply.json()["violations"])


async def test_refusal_in_the_middle_of_the_file(client: httpx.AsyncClient) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(8):
            yield bytes(1024 * 1024)
            await asyncio.sleep(0.02)

    reply = await client.post(
        f"{PATH}?supplier_name=closed&file_name=a.csv", content=pieces(), headers={"content-type": "text/csv"}
    )
    assert (reply.status_code, reply.json()["reason"]) == (409, "SUPPLIER_CLOSED")


@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded", ""])
async def test_body_of_another_type(client: httpx.AsyncClient, kind: str) -> None:
    reply = await client.post(PATH, content=b"x", headers={"content-type": kind} if kind else {})
    assert (reply.status_code, reply.json()["reason"]) == (415, "UNSUPPORTED_MEDIA_TYPE")


async def test_form_without_a_boundary(client: httpx.AsyncClient) -> None:
    reply = await client.post(PATH, content=b"x", headers={"content-type": "multipart/form-data"})
    assert [each["field"] for each in reply.json()["violations"]] == ["Content-Type"]


async def test_announced_size_over_the_limit(client: httpx.AsyncClient, told: Any, url: str) -> None:
    reader, writer = await connect(url, client, "content-length: 99999999999", "content-type: text/csv")
    status = await reader.readline()
    assert b" 413 " in status
    assert not told.requests
    writer.close()


async def test_size_over_the_limit(client: httpx.AsyncClient, told: Any) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(17):
            yield bytes(1024 * 1024)

    reply = await client.post(f"{PATH}?supplier_name=N&file_name=a.csv", content=pieces(), headers={"content-type": "text/csv"})
    assert (reply.status_code, reply.json()["reason"]) == (413, "PAYLOAD_TOO_LARGE")
    await asyncio.wait_for(told.broken_off.wait(), 10)


async def test_client_that_is_cut_off(client: httpx.AsyncClient, told: Any, url: str) -> None:
    _, writer = await connect(url, client, "content-length: 9000000", "content-type: application/octet-stream")
    writer.write(bytes(3_000_000))
    await writer.drain()
    await asyncio.wait_for(told.running.wait(), 10)
    writer.transport.abort()
    await asyncio.wait_for(told.broken_off.wait(), 10)


async def test_client_that_stands_still(client: httpx.AsyncClient, told: Any, url: str) -> None:
    reader, writer = await connect(url, client, "content-length: 9000000", "content-type: application/octet-stream")
    writer.write(bytes(3_000_000))
    await writer.drain()
    assert b" 408 " in await asyncio.wait_for(reader.readline(), 20)
    await asyncio.wait_for(told.broken_off.wait(), 10)
    writer.close()


async def connect(url: str, client: httpx.AsyncClient, *headers: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection on which an upload has begun."""
    place = urlsplit(url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    lines = [
        f"POST {PATH}?supplier_name=N&file_name=a.csv HTTP/1.1",
        "host: gateway",
        f"authorization: {client.headers['authorization']}",
        *headers,
    ]
    writer.write("\r\n".join([*lines, "", ""]).encode())
    await writer.drain()
    return reader, writer
