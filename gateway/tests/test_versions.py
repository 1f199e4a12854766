"""The version of a resource: what a change is held to, and what a client knows already."""

from typing import Any

import httpx
import pytest

PATH = "/api/v1/products/01890000-0000-7000-8000-0000000000aa"


@pytest.mark.parametrize(("etag", "version"), [('W/"3.9f86d081884c"', 3), ('W/"3"', 3), ('"3"', 3), ("*", None)])
async def test_if_match_is_the_version(client: httpx.AsyncClient, told: Any, etag: str, version: int | None) -> None:
    reply = await client.patch(PATH, json={"title": "Stylo"}, headers={"if-match": etag})
    assert reply.status_code == 200
    assert (told.last.version if told.last.HasField("version") else None) == version


async def test_somebody_else_was_faster(client: httpx.AsyncClient) -> None:
    reply = await client.patch(PATH, json={"title": "Stylo"}, headers={"if-match": 'W/"2"'})
    assert (reply.status_code, reply.json()["reason"]) == (412, "VERSION_CONFLICT")
    assert reply.json()["metadata"] == {"expected_version": "2", "actual_version": "3"}


async def test_if_match_that_is_no_version(client: httpx.AsyncClient, told: Any) -> None:
    reply = await client.patch(PATH, json={"title": "Stylo"}, headers={"if-match": "three"})
    assert [each["field"] for each in reply.json()["violations"]] == ["If-Match"]
    assert not told.requests


async def test_what_is_known_is_not_sent_again(client: httpx.AsyncClient) -> None:
    tag = (await client.get(PATH)).headers["etag"]
    same = await client.get(PATH, headers={"if-none-match": f'W/"1.00", {tag}'})
    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", tag)
    for other in ('W/"3"', 'W/"3.00"'):
        assert (await client.get(PATH, headers={"if-none-match": other})).status_code == 200
    assert (await client.patch(PATH, json={"title": "Stylo"}, headers={"if-none-match": tag})).status_code == 200


async def test_only_what_is_not_there_may_be_changed(client: httpx.AsyncClient) -> None:
    reply = await client.patch(PATH, json={"title": "Stylo"}, headers={"if-none-match": "*"})
    assert (reply.status_code, reply.json()["reason"]) == (412, "VERSION_CONFLICT")
    assert (await client.get(PATH, headers={"if-none-match": "*"})).status_code == 304
