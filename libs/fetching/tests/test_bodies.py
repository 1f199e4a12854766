"""Bodies that come compressed, of the wrong type, or too slowly."""

import asyncio
import gzip
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

import pytest
from loopback import BODY, TEXT, Asked, Kept, Loopback, answer

from fetching.errors import (
    CutOff,
    DamagedBody,
    EncodingUnknown,
    TooDense,
    TooLarge,
    TooSlow,
    WrongType,
)
from fetching.fetcher import Fetcher
from fetching.limits import MIB, Limits
from fetching.requests import Request


def members(body: bytes) -> bytes:
    return gzip.compress(body[:1000]) + gzip.compress(body[1000:]) + bytes(512)


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [("gzip", gzip.compress), ("x-gzip", gzip.compress), ("GZIP", members), ("deflate", zlib.compress),
     ("deflate", lambda body: zlib.compress(body, wbits=-15)), ("identity", bytes)],
)  # fmt: skip
@pytest.mark.parametrize("piece", [1, 1000, 10**9])
async def test_packed_bodies_are_unpacked(
    get, server: Loopback, kept: Kept, encoding: str, pack: Callable[[bytes], bytes], piece: int
) -> None:
    text = TEXT[:2000] if piece == 1 else TEXT
    packed = pack(text)

    async def give(_: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(answer(length=len(packed), Content_Encoding=encoding))
        for start in range(0, len(packed), piece):
            writer.write(packed[start : start + piece])
            await writer.drain()
            await asyncio.sleep(0)

    found = await get(server.gives("/a", give))
    assert kept.body == text
    assert (found.size, found.came) == (len(text), len(packed))


async def test_a_bomb_does_not_go_off(get, server: Loopback, kept: Kept) -> None:
    bomb = gzip.compress(bytes(64 * MIB), compresslevel=1)
    with pytest.raises(TooDense):
        await get(server.gives("/a", answer(bomb, Content_Encoding="gzip")))
    assert len(kept.body) <= 5 * MIB
    with pytest.raises(TooLarge):
        await get(server.gives("/a", answer(bomb, Content_Encoding="gzip")), Limits(ratio=2000, size=8 * MIB))
    assert len(kept.body) <= 8 * MIB


async def test_a_dense_file_that_is_small_is_read(get, server: Loopback, kept: Kept) -> None:
    await get(server.gives("/a", answer(gzip.compress(bytes(MIB)), Content_Encoding="gzip")))
    assert len(kept.body) == MIB


@pytest.mark.parametrize(
    "damage", [lambda b: b[:-9], lambda b: b[:50] + b"xxxx" + b[54:], lambda b: b"no gzip", lambda b: b[:-6] + b"123456"]
)
async def test_damaged_packed_bodies_are_refused(get, server: Loopback, damage: Callable[[bytes], bytes]) -> None:
    with pytest.raises(DamagedBody):
        await get(server.gives("/a", answer(damage(gzip.compress(TEXT)), Content_Encoding="gzip")))


async def test_a_packed_body_of_untold_length_that_is_cut_off_is_seen(get, server: Loopback) -> None:
    with pytest.raises(CutOff):
        await get(server.gives("/a", answer(gzip.compress(TEXT)[:-9], length=-1, Content_Encoding="gzip")))


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "rot13"])
async def test_unknown_encodings_are_refused(get, server: Loopback, encoding: str) -> None:
    with pytest.raises(EncodingUnknown):
        await get(server.gives("/a", answer(BODY, Content_Encoding=encoding)))


# Types and times


@pytest.mark.parametrize(
    ("told", "limits", "ok"),
    [
        ("image/png", Limits(types=("image/*",)), True),
        ("TEXT/HTML; charset=utf-8", Limits(types=("image/*",)), False),
        ("", Limits(types=("image/*", "application/octet-stream")), True),
        ("", Limits(types=("image/*",)), False),
        ("text/html", Limits(no_types=("text/html",)), False),
        ("text/csv", Limits(no_types=("text/html",)), True),
    ],
)
async def test_types(get, server: Loopback, kept: Kept, told: str, limits: Limits, ok: bool) -> None:
    url = server.gives("/a", answer(b"x", **({"Content_Type": told} if told else {})))
    if ok:
        await get(url, limits)
    else:
        with pytest.raises(WrongType, match="check the address"):
            await get(url, limits)
    assert kept.calls == int(ok)


def drip(seconds: float) -> Callable[[Asked, asyncio.StreamWriter], Awaitable[None]]:
    async def give(_: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(answer(length=1_000_000))
        while not writer.is_closing():
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(seconds)

    return give


async def silent(_: Asked, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(3)


SOON = Limits(silence=0.2, connect=2)


async def test_a_server_that_says_nothing_is_left(get, server: Loopback) -> None:
    with pytest.raises(TooSlow, match=r"silent for 0\.2 seconds"):
        await get(server.gives("/a", silent), SOON)


async def test_a_server_that_falls_silent_is_left(get, server: Loopback) -> None:
    with pytest.raises(TooSlow, match="silent"):
        await get(server.gives("/a", drip(3)), SOON)


async def test_a_server_that_dribbles_is_left(get, server: Loopback) -> None:
    with pytest.raises(TooSlow, match="less than 512 bytes a second"):
        await get(server.gives("/a", drip(0.02)), replace(SOON, silence=5, patience=0.3))


async def test_all_of_it_has_to_be_done_in_time(get, server: Loopback) -> None:
    with pytest.raises(TooSlow, match=r"not done within 0\.3 seconds"):
        await get(server.gives("/a", drip(0.02)), Limits(whole=0.3))


async def test_a_slow_sink_is_not_the_servers_fault(fetcher: Fetcher, server: Loopback) -> None:
    async def slowly(pieces: AsyncIterator[bytes]) -> None:
        async for _ in pieces:
            await asyncio.sleep(0.3)

    found = await fetcher.fetch(Request(server.gives("/a", answer(TEXT))), slowly, Limits(patience=0.2, slowest=10**9))
    assert found.size == len(TEXT)


async def test_what_the_sink_raises_goes_on(fetcher: Fetcher, server: Loopback) -> None:
    async def full(pieces: AsyncIterator[bytes]) -> None:
        async for _ in pieces:
            raise TimeoutError("the disk")

    with pytest.raises(TimeoutError, match="the disk"):
        await fetcher.fetch(Request(server.gives("/a", answer(BODY))), full)

    async def lazy(_: AsyncIterator[bytes]) -> None:
        """Takes nothing."""

    with pytest.raises(RuntimeError, match="did not take all"):
        await fetcher.fetch(Request(f"{server.address}/a"), lazy)


async def test_a_type_that_is_no_text_can_still_be_told(get, server: Loopback) -> None:
    """Nobody could store or send a message with bytes in it that are no characters."""

    async def give(_: Asked, writer: asyncio.StreamWriter) -> None:
        told = b"Content-Type: text/\xff\xfe; charset=\xfc\r\nX-Id: \xff\r\nContent-Encoding: %s\r\n"
        writer.write(b"HTTP/1.1 200 OK\r\n" + told % next(encodings) + b"Content-Length: 1\r\n\r\na")

    encodings = iter([b"identity", b"identity", b"\xff"])
    url = server.gives("/a", give)
    with pytest.raises(WrongType) as refused:
        await get(url, Limits(types=("image/*",)))
    assert "text/\ufffd\ufffd" in refused.value.message
    for text in (refused.value.message, *refused.value.metadata.values()):
        text.encode()
    found = await get(url)
    assert (found.content_type, found.charset.encode()) == ("text/\ufffd\ufffd", "\ufffd".encode())
    with pytest.raises(EncodingUnknown) as unknown:
        await get(url)
    unknown.value.message.encode()
