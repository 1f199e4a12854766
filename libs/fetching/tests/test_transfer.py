"""Bodies: whole or not at all, within their limits, gone on with where they broke off."""

import asyncio
import gzip
import hashlib
import random
from contextlib import suppress

import pytest
from loopback import BODY, NEW, TAG, TEXT, Asked, Kept, Loopback, answer, cut, part, untold

from chassis.settings import StorageSettings
from chassis.storage import Storage
from fetching.errors import (
    AnswerUnexpected,
    ChangedMeanwhile,
    CutOff,
    FetchFailed,
    HostAway,
    TooLarge,
)
from fetching.fetcher import Fetcher
from fetching.limits import MIB, Limits
from fetching.requests import Request


async def test_a_body_comes_whole_with_what_is_told_of_it(get, server: Loopback, kept: Kept) -> None:
    told = {
        "Content_Type": "Text/CSV; charset=Windows-1252",
        "Content_Disposition": "attachment; filename*=UTF-8''..%2Fpreis%C3%A9.csv",
    }
    found = await get(server.gives("/a", answer(BODY, **told)))
    assert kept.body == BODY
    assert (found.size, found.came, found.sha256) == (len(BODY), len(BODY), hashlib.sha256(BODY).hexdigest())
    assert (found.content_type, found.charset, found.filename) == ("text/csv", "windows-1252", "preisé.csv")
    assert found.whole and not found.resumed


async def test_a_body_of_untold_length_is_not_called_whole(get, server: Loopback, kept: Kept) -> None:
    found = await get(server.gives("/a", answer(BODY, length=-1)))
    assert kept.body == BODY and not found.whole


@pytest.mark.parametrize("length", [-1, None])
async def test_no_more_than_the_limit_is_read(get, server: Loopback, length: int | None) -> None:
    with pytest.raises(TooLarge, match=r"larger than 1,?000 bytes"):
        await get(server.gives("/a", answer(BODY, length=length)), Limits(size=1000))


async def test_a_length_that_promises_less_is_refused_or_kept_to(get, server: Loopback, kept: Kept) -> None:
    """Whether the rest is seen in time is chance; it is no part of this answer, and of no other either."""
    for _ in range(5):
        with suppress(AnswerUnexpected):
            await get(server.gives("/a", answer(BODY, length=1000)))
            assert kept.body == BODY[:1000]
    server.gives("/b", answer(b"next"))
    await get(f"{server.address}/b")
    assert kept.body == b"next"


async def test_a_length_that_promises_more_is_cut_off(get, server: Loopback, kept: Kept) -> None:
    with pytest.raises(CutOff, match=r"of 300,?001 bytes"):
        await get(server.gives("/a", cut(answer(BODY, length=len(BODY) + 1), len(BODY))))


@pytest.mark.parametrize("end", [b"5\r\nab", b"5\r\nabcde\r\n", b"x\r\n", b""])
async def test_chunks_that_do_not_end_are_cut_off(get, server: Loopback, end: bytes) -> None:
    with pytest.raises(FetchFailed) as failed:
        await get(server.gives("/a", cut(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + end, 100)))
    assert isinstance(failed.value, CutOff | AnswerUnexpected)


@pytest.mark.parametrize(
    "garbage", [b"SSH-2.0-OpenSSH\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", b"\x00\x01\r\n\r\n"]
)
async def test_what_is_no_http_is_said(get, server: Loopback, garbage: bytes) -> None:
    async def give(_: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(garbage)
        await writer.drain()
        writer.close()

    with pytest.raises((AnswerUnexpected, HostAway)):
        await get(server.gives("/a", give))


# Broken off and gone on with


async def test_a_transfer_goes_on_where_it_broke_off(get, server: Loopback, kept: Kept) -> None:
    url = server.gives("/a", cut(answer(BODY, ETag=TAG), 100_000), cut(part(BODY, 100_000), 50_000), part(BODY, 150_000))
    found = await get(url)
    assert (kept.body, kept.calls, found.resumed) == (BODY, 1, 2)
    assert found.sha256 == hashlib.sha256(BODY).hexdigest()
    assert [asked.headers.get("range") for asked in server.asked] == [None, "bytes=100000-", "bytes=150000-"]
    assert {asked.headers.get("if-range") for asked in server.asked[1:]} == {TAG}


async def test_a_packed_transfer_goes_on_too(get, server: Loopback, kept: Kept) -> None:
    packed = gzip.compress(TEXT)
    told = {"Content_Encoding": "gzip"}
    url = server.gives("/a", cut(answer(packed, ETag=TAG, **told), 10_000), part(packed, 10_000, **told))
    found = await get(url)
    assert (kept.body, found.resumed, found.came) == (TEXT, 1, len(packed))


async def test_a_part_of_a_part_is_gone_on_with(get, server: Loopback, kept: Kept) -> None:
    url = server.gives("/a", cut(answer(BODY, ETag=TAG), 1000), part(BODY, 1000, last=1999), part(BODY, 2000))
    await get(url)
    assert kept.body == BODY


@pytest.mark.parametrize(
    "rest",
    [
        answer(NEW, ETag='"v2"'),  # it changed, and so comes whole
        part(BODY, 99_999, ETag=TAG),  # a part that was not asked for
        part(BODY, 100_000, of=400_000),  # of another whole
        part(BODY, 100_000, ETag='"v2"'),  # of another state
        part(BODY, 100_000, Content_Encoding="gzip"),  # the same in another encoding
        untold(part(BODY, 100_000), "ETag"),  # of any state
        part(BODY, 100_000, Content_Range="bytes */300000"),
        part(BODY, 100_000, Content_Range=f"bytes {'1' * 5000}-2/300000"),
        part(BODY, 100_000, Content_Range=f"bytes 100000-299999/{'3' * 5000}"),
        part(BODY, 100_000, Content_Range="lines 1-2/3"),
        answer(status="416 Range Not Satisfiable", Content_Range="bytes */10"),
    ],
)
async def test_two_files_are_never_glued_together(get, server: Loopback, kept: Kept, rest: bytes) -> None:
    url = server.gives("/a", cut(answer(BODY, ETag=TAG), 100_000), rest, answer(NEW, ETag='"v2"'))
    found = await get(url)
    assert (kept.body, kept.calls) == (NEW, 2)
    assert found.sha256 == hashlib.sha256(NEW).hexdigest()
    assert found.validators.etag == '"v2"'


async def test_a_file_that_always_changes_is_given_up(get, server: Loopback) -> None:
    number = iter(range(1000))

    async def give(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await cut(answer(BODY, ETag=f'"{next(number)}"'), 1000)(asked, writer)

    with pytest.raises(ChangedMeanwhile):
        await get(server.gives("/a", give))


@pytest.mark.parametrize(
    ("whole", "rest"), [({"Content_Encoding": "gzip"}, {}), ({"Content_Encoding": "gzip"}, {"Content_Encoding": "deflate"})]
)
async def test_a_part_in_another_encoding_begins_anew(
    get, server: Loopback, kept: Kept, whole: dict[str, str], rest: dict[str, str]
) -> None:
    packed = gzip.compress(TEXT)
    given = answer(packed, ETag=TAG, **whole)
    await get(server.gives("/a", cut(given, 10_000), part(packed, 10_000, **rest), given))
    assert (kept.body, kept.calls) == (TEXT, 2)


async def test_a_part_may_call_the_same_encoding_by_another_name(get, server: Loopback, kept: Kept) -> None:
    packed = gzip.compress(TEXT)
    rest = part(packed, 10_000, Content_Encoding="x-gzip")
    await get(server.gives("/a", cut(answer(packed, ETag=TAG, Content_Encoding="gzip"), 10_000), rest))
    assert (kept.body, kept.calls) == (TEXT, 1)


DATED = {"Last_Modified": "Mon, 30 Nov 2026 10:00:00 GMT"}


@pytest.mark.parametrize("told", [{"ETag": 'W/"v1"'}, {}, DATED, DATED | {"Date": "Mon, 30 Nov 2026 10:00:01 GMT"}])
async def test_a_file_that_cannot_be_named_exactly_is_not_gone_on_with(get, server: Loopback, told: dict[str, str]) -> None:
    with pytest.raises(CutOff):
        await get(server.gives("/a", cut(answer(BODY, **told), 1000)))
    assert len(server.asked) == 1


async def test_a_date_that_is_old_enough_names_a_file(get, server: Loopback, kept: Kept) -> None:
    dated = {"Last_Modified": "Mon, 30 Nov 2026 10:00:00 GMT", "Date": "Mon, 30 Nov 2026 10:02:00 GMT"}
    rest = untold(part(BODY, 1000, **dated), "ETag")
    await get(server.gives("/a", cut(answer(BODY, **dated), 1000), rest))
    assert kept.body == BODY
    assert server.asked[1].headers["if-range"] == dated["Last_Modified"]


@pytest.mark.parametrize("told", [{"Last_Modified": "Mon, 30 Nov 2026 10:04:59 GMT"}, {}, {"ETag": TAG}])
async def test_a_part_of_another_date_or_of_none_begins_anew(get, server: Loopback, kept: Kept, told: dict[str, str]) -> None:
    dated = {"Last_Modified": "Mon, 30 Nov 2026 10:00:00 GMT", "Date": "Mon, 30 Nov 2026 10:02:00 GMT"}
    other = NEW[:500] + BODY[500:]
    rest = part(other, 1000, **({"ETag": ""} | told))
    found = await get(server.gives("/a", cut(answer(BODY, **dated), 1000), rest, answer(other)))
    assert (kept.body, kept.calls, found.sha256) == (other, 2, hashlib.sha256(other).hexdigest())


@pytest.mark.parametrize(("of", "whole"), [("*", False), ("12", True)])
async def test_a_part_of_untold_length_ends_nothing(get, server: Loopback, kept: Kept, of: str, whole: bool) -> None:
    chunked = b"HTTP/1.1 %s\r\nETag: " + TAG.encode() + b"\r\nTransfer-Encoding: chunked\r\n"
    begun = chunked % b"200 OK" + b"\r\na\r\n0123456789\r\n"
    rest = chunked % b"206 P" + b"Content-Range: bytes 10-11/%s\r\n\r\n2\r\nab\r\n0\r\n\r\n" % of.encode()
    found = await get(server.gives("/a", cut(begun, 100), rest))
    assert (kept.body, found.whole) == (b"0123456789ab", whole)


async def test_a_server_that_always_breaks_off_is_given_up(get, server: Loopback) -> None:
    async def give(asked: Asked, writer: asyncio.StreamWriter) -> None:
        first = int(asked.headers.get("range", "bytes=0-")[6:-1])
        whole = part(BODY, first) if first else answer(BODY, ETag=TAG)
        await cut(whole, 10)(asked, writer)

    with pytest.raises(CutOff):
        await get(server.gives("/a", give), Limits(resumes=2))
    assert len(server.asked) == 3


async def test_a_part_that_nobody_asked_for_is_refused(get, server: Loopback) -> None:
    with pytest.raises(AnswerUnexpected):
        await get(server.gives("/a", part(BODY, 0, last=99)))


async def test_a_file_goes_straight_to_s3(fetcher: Fetcher, server: Loopback, s3_server, tmp_path) -> None:
    """Also one that breaks off, and one that changes: what is kept is one of the two."""
    keys = {"access_key": s3_server.access_key, "secret_key": s3_server.secret_key}
    storage = Storage(StorageSettings(endpoint=s3_server.endpoint, **keys))
    await storage.ensure_bucket("feeds")
    large = random.Random(8).randbytes(20 * MIB)
    url = server.gives("/a", cut(answer(large, ETag=TAG), 9 * MIB), part(large, 9 * MIB))
    found = await fetcher.fetch(Request(url), lambda pieces: storage.put("feeds", "one", pieces))
    await storage.download("feeds", "one", tmp_path / "one")
    assert hashlib.sha256((tmp_path / "one").read_bytes()).hexdigest() == found.sha256 == hashlib.sha256(large).hexdigest()
    server.gives("/a", cut(answer(large, ETag=TAG), 9 * MIB), answer(NEW, ETag='"v2"'))
    found = await fetcher.fetch(Request(url), lambda pieces: storage.put("feeds", "one", pieces))
    await storage.download("feeds", "one", tmp_path / "one")
    assert (tmp_path / "one").read_bytes() == NEW
