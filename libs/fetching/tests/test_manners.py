"""Hosts are asked as often as they want, and unchanged files are not sent again."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loopback import Asked, Kept, Loopback, answer, cut

from fetching import headers
from fetching.errors import AccessRefused, AnswerUnexpected, Gone, NotThere, ServerFailing, TooManyRequests
from fetching.fetcher import Fetcher
from fetching.headers import Validators
from fetching.limits import Limits
from fetching.manners import ADDRESSES, HOSTS, Manners
from fetching.requests import Request
from fetching.urls import read

OLD = "Mon, 30 Nov 2026 10:00:00 GMT"
BUSY = "429 Too Many Requests"


async def test_what_has_not_changed_costs_one_conditional_request(get, server: Loopback, kept: Kept) -> None:
    first = await get(server.gives("/a", answer(b"x", ETag='"1"', Last_Modified=OLD)))
    assert first.validators == Validators('"1"', OLD)
    server.gives("/a", answer(status="304 Not Modified", length=-1))
    again = await get(f"{server.address}/a", known=first.validators)
    assert again.unchanged and again.validators == first.validators and kept.calls == 1
    asked = server.asked[-1].headers
    assert (asked["if-none-match"], asked["if-modified-since"]) == ('"1"', OLD)
    server.gives("/a", answer(status="304 Not Modified", length=-1, ETag='"2"'))
    assert (await get(f"{server.address}/a", known=first.validators)).validators.etag == '"2"'


async def test_a_304_that_nobody_asked_for_is_refused(get, server: Loopback) -> None:
    with pytest.raises(AnswerUnexpected, match="nobody asked"):
        await get(server.gives("/a", answer(status="304 Not Modified", length=-1)))


async def test_a_server_that_knows_no_conditions_sends_all(get, server: Loopback, kept: Kept) -> None:
    found = await get(server.gives("/a", answer(b"x", ETag='"1"')), known=Validators('"1"'))
    assert not found.unchanged and kept.body == b"x"


@pytest.mark.parametrize(
    ("status", "error"),
    [
        *[(status, AccessRefused) for status in ("401 U", "403 F")],
        ("404 N", NotThere),
        ("410 G", Gone),
        *[(status, ServerFailing) for status in ("500 E", "502 B", "503 S", "408 T")],
        *[(status, AnswerUnexpected) for status in ("204 N", "206 P", "300 M", "416 R", "418 T")],
    ],
)
async def test_statuses_have_their_reasons(get, server: Loopback, kept: Kept, status: str, error: type[Exception]) -> None:
    with pytest.raises(error, match=r"http://127\.0\.0\.1:\d+ "):
        await get(server.gives("/a", answer(status=status)))
    assert kept.calls == 0


async def test_missing_credentials_are_told_from_wrong_ones(get, server: Loopback) -> None:
    url = server.gives("/a", answer(status="401 U"))
    with pytest.raises(AccessRefused, match="none are set"):
        await get(url)
    for given_ in ({"headers": {"X-Key": "k"}}, {"query": {"key": "k"}}):
        server.gives("/a?key=k", answer(status="401 U"))
        with pytest.raises(AccessRefused, match="does not accept"):
            await get(url, **given_)


@pytest.mark.parametrize("status", [BUSY, "503 S"])
async def test_a_short_wish_to_be_left_alone_is_waited_for(get, server: Loopback, kept: Kept, status: str) -> None:
    await get(server.gives("/a", answer(status=status, Retry_After="1"), answer(b"x")))
    assert (kept.body, len(server.asked)) == (b"x", 2)


async def test_a_long_one_is_told_and_kept_to(get, server: Loopback) -> None:
    url = server.gives("/a", answer(status=BUSY, Retry_After="3600"))
    with pytest.raises(TooManyRequests) as refused:
        await get(url)
    assert refused.value.retry_after == 3600
    # Other addresses of that host are not asked for some minutes: many suppliers may share it.
    with pytest.raises(TooManyRequests) as refused:
        await get(f"{server.address}/b")
    assert 290 < (refused.value.retry_after or 0) <= 300
    with pytest.raises(TooManyRequests) as refused:
        await get(url)
    assert 3590 < (refused.value.retry_after or 0) <= 3600
    assert len(server.asked) == 1


async def test_hosts_and_addresses_are_remembered_up_to_a_number() -> None:
    """Whoever names thousands of hosts that want to be left alone fills no memory."""
    told = Manners(4, 20)
    first = read("https://h.example/")
    async with told.connection(first.origin):
        told.leave_alone(first, 3600)
        for number in range(3 * HOSTS):
            told.leave_alone(read(f"https://h{number}.example/"), 3600)
        assert (len(told._used), len(told._idle), len(told._quiet)) == (1, HOSTS, ADDRESSES)
        # One that is in use is not forgotten, and the most recent ones are not.
        for url in (first, read(f"https://h{3 * HOSTS - 1}.example/")):
            with pytest.raises(TooManyRequests):
                await told.turn(url, 20)
    await told.turn(read("https://h0.example/"), 20)


@pytest.mark.parametrize(
    ("told", "least", "most"),
    [({}, 60, 60), ({"Retry_After": "999999999999"}, 86_400, 86_400), ({"Retry_After": "soon"}, 60, 60)],
)
async def test_a_wish_has_its_bounds(get, server: Loopback, told: dict[str, str], least: float, most: float) -> None:
    with pytest.raises(TooManyRequests) as refused:
        await get(server.gives("/a", answer(status=BUSY, **told)))
    assert least <= (refused.value.retry_after or 0) <= most


async def test_a_date_counts_from_the_servers_own_clock(get, server: Loopback) -> None:
    """Whose clock is wrong by years."""
    told = {"Date": "Mon, 30 Nov 2020 10:00:00 GMT", "Retry_After": "Mon, 30 Nov 2020 10:20:00 GMT"}
    with pytest.raises(ServerFailing) as refused:
        await get(server.gives("/a", answer(status="503 S", **told)))
    assert refused.value.retry_after == 1200
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=600), usegmt=True)
    assert 590 <= (headers.retry_after({"Retry-After": later}) or 0) <= 600


async def test_a_server_that_is_always_busy_is_asked_twice(get, server: Loopback) -> None:
    with pytest.raises(TooManyRequests):
        await get(server.gives("/a", answer(status=BUSY, Retry_After="0")))
    assert len(server.asked) == 2


async def test_a_host_has_no_more_connections_than_it_may(fetcher_with: Callable[..., Fetcher], server: Loopback) -> None:
    at_once = most = 0

    async def give(_: Asked, writer: asyncio.StreamWriter) -> None:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0.02)
        at_once -= 1
        writer.write(answer(b"x"))

    url = server.gives("/a", give)
    async with fetcher_with(connections_per_host=3) as fetcher:
        await asyncio.gather(*(fetcher.fetch(Request(url), Kept()) for _ in range(20)))
    assert (most, len(server.asked)) == (3, 20)
    assert server.connections == 3


async def test_one_connection_is_enough_to_go_on(fetcher_with: Callable[..., Fetcher], server: Loopback, kept: Kept) -> None:
    told = {"ETag": '"1"'}
    rest = answer(b"cd", "206 P", Content_Range="bytes 2-3/4", **told)
    url = server.gives("/a", cut(answer(b"abcd", **told), 2), rest)
    async with fetcher_with(connections_per_host=1) as fetcher:
        await fetcher.fetch(Request(url), kept, Limits(whole=10))
    assert kept.body == b"abcd"


async def test_requests_are_spread_over_time(fetcher_with: Callable[..., Fetcher], server: Loopback) -> None:
    url = server.gives("/a", answer(b"x"))
    loop = asyncio.get_running_loop()
    begun = loop.time()
    async with fetcher_with(requests_per_second=20, connections_per_host=10) as fetcher:
        await asyncio.gather(*(fetcher.fetch(Request(url), Kept()) for _ in range(7)))
    # Six gaps of 50 ms, however slow the machine is.
    assert loop.time() - begun >= 0.3


READ = ["Retry-After", "Date", "Content-Range", "Content-Length", "ETag", "Last-Modified", "Content-Type", "Content-Disposition"]
ODD = ["bytes 5-3/2", "-1", "1e9", "٣", OLD, 'attachment; filename="../.."', "text/csv; charset*=x", "99999999999999999999"]


@given(st.dictionaries(st.sampled_from(READ), st.text(max_size=40) | st.sampled_from(ODD)))
def test_any_header_is_read_or_passed_over(told: dict[str, str]) -> None:
    assert (headers.retry_after(told) or 0) >= 0
    assert (headers.length(told) or 0) >= 0
    found = headers.content_range(told)
    assert found is None or found.first <= found.last
    assert "/" not in headers.filename(told) and headers.filename(told) not in (".", "..")
    headers.validators(told), headers.if_range(told), headers.content_type(told)
