"""Redirects are followed to where they may lead, and what is secret is sent to nobody else."""

from collections.abc import Callable

import pytest
from loopback import Kept, Loopback, Names, answer, loopback

from fetching.errors import AnswerUnexpected, RedirectRefused, TooManyRedirects
from fetching.fetcher import Fetcher
from fetching.requests import Request


def to(location: str, status: str = "302 Found") -> bytes:
    return answer(status=status, Location=location)


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See", "307 Temporary", "308 Permanent"])
async def test_a_chain_is_followed_to_its_end(get, server: Loopback, kept: Kept, status: str) -> None:
    server.gives("/b", to("c?d=e", status))
    server.gives("/c?d=e", answer(b"here"))
    found = await get(server.gives("/a", to("/b", status)))
    assert kept.body == b"here"
    assert found.url.text == f"{server.address}/c?d=e"


async def test_a_loop_ends(get, server: Loopback) -> None:
    server.gives("/b", to("/a"))
    with pytest.raises(TooManyRedirects):
        await get(server.gives("/a", to("/b")))
    assert len(server.asked) == 2


async def test_a_chain_without_end_ends(get, server: Loopback) -> None:
    for number in range(9):
        server.gives(f"/{number}", to(f"/{number + 1}"))
    with pytest.raises(TooManyRedirects):
        await get(f"{server.address}/0")
    assert len(server.asked) == 6


@pytest.mark.parametrize(
    "location",
    ["ftp://127.0.0.1/a", "file:///etc/passwd", "http://u:p@127.0.0.1/", "http://127.1/", "http://127.0.0.1:25/", "http:///"],
)
async def test_addresses_that_are_not_asked_are_not_followed_to(get, server: Loopback, location: str) -> None:
    with pytest.raises(RedirectRefused, match="sends on"):
        await get(server.gives("/a", to(location)))


async def test_a_redirect_to_nowhere(get, server: Loopback) -> None:
    with pytest.raises(AnswerUnexpected):
        await get(server.gives("/a", answer(status="302 Found")))


async def test_secrets_go_to_their_host_only(fetcher_with: Callable[..., Fetcher], server: Loopback, kept: Kept) -> None:
    names = Names(one_test=[["127.0.0.1"]], two_test=[["127.0.0.1"]])
    async with loopback() as other, fetcher_with(names) as fetcher:
        port, other_port = (one.address.rpartition(":")[2] for one in (server, other))
        server.gives("/a?key=k3y", to("/b"))
        server.gives("/b", to(f"http://one.test:{other_port}/c"))
        other.gives("/c", to(f"http://two.test:{port}/d"))
        server.gives("/d", answer(b"here"))
        headers = {"Authorization": "Basic abc", "X-Key": "abc"}
        await fetcher.fetch(Request(f"http://one.test:{port}/a", headers=headers, query={"key": "k3y"}), kept)
    own = [asked.headers.get("x-key") for asked in (*server.asked, *other.asked)]
    assert own == ["abc", "abc", None, None]
    assert [asked.headers.get("authorization") for asked in other.asked] == [None]
    assert kept.body == b"here"


async def test_cookies_are_not_kept(get, server: Loopback) -> None:
    server.gives("/b", answer(b"x"))
    await get(server.gives("/a", answer(status="302 Found", Location="/b", Set_Cookie="a=b")))
    assert "cookie" not in server.asked[1].headers
