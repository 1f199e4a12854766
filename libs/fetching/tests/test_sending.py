"""What is sent: once, to the one address, with an answer that fits into memory."""

import asyncio
from collections.abc import Callable

import pytest
from loopback import Asked, Loopback, answer, cut

from fetching.errors import AddressInside, CutOff, HostAway, RedirectRefused, ServerFailing, TooLarge, TooManyRequests
from fetching.fetcher import Fetcher
from fetching.requests import Request

HOOK = b'{"text": "The feed of Nord is late."}'


async def test_a_body_is_sent_and_the_answer_is_given(fetcher: Fetcher, server: Loopback) -> None:
    url = server.gives("/hook?key=k", answer(b"ok", status="201 Created", X_Id="7"))
    request = Request(url.replace("?key=k", ""), headers={"Authorization": "Bearer t"}, query={"key": "k"})
    reply = await fetcher.send(request, HOOK, "application/json")
    assert (reply.status, reply.body, reply.headers["X-Id"]) == (201, b"ok", "7")
    [asked] = server.asked
    assert (asked.method, asked.target, asked.headers["content-type"]) == ("POST", "/hook?key=k", "application/json")
    assert (asked.headers["content-length"], asked.headers["authorization"]) == (str(len(HOOK)), "Bearer t")
    assert server.bodies == [HOOK]


@pytest.mark.parametrize("status", ["400 Bad", "404 Not Found", "422 No", "500 Error"])
async def test_what_is_answered_is_for_the_caller_to_judge(fetcher: Fetcher, server: Loopback, status: str) -> None:
    reply = await fetcher.send(Request(server.gives("/a", answer(b"why", status=status))), HOOK, "application/json", method="PUT")
    assert (f"{reply.status}", reply.body) == (status[:3], b"why")
    assert server.asked[0].method == "PUT"


async def test_it_is_sent_on_to_nobody(fetcher: Fetcher, server: Loopback) -> None:
    with pytest.raises(RedirectRefused):
        await fetcher.send(Request(server.gives("/a", answer(status="307 T", Location="/b"))), HOOK, "application/json")
    with pytest.raises(AddressInside):
        await fetcher.send(Request("http://169.254.169.254/"), HOOK, "application/json")
    assert len(server.asked) == 1


async def nothing(_: Asked, writer: asyncio.StreamWriter) -> None:
    writer.close()


@pytest.mark.parametrize(
    ("given", "error"),
    [
        (nothing, HostAway),
        (answer(bytes(2**20 + 1)), TooLarge),
        (cut(answer(b"abc"), 1), CutOff),
        (answer(status="429 Busy", Retry_After="3600"), TooManyRequests),
        (answer(status="429 Busy", Retry_After="1"), TooManyRequests),
        (answer(status="503 Service Unavailable", Retry_After="1"), ServerFailing),
    ],
)
async def test_what_fails_is_not_sent_again(
    fetcher: Fetcher, server: Loopback, given: bytes | Callable, error: type[Exception]
) -> None:
    with pytest.raises(error):
        await fetcher.send(Request(server.gives("/a", given)), HOOK, "application/json")
    assert len(server.asked) == 1
