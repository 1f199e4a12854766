"""Files: whole or not there, and gone on with by the next process."""

import asyncio
import gzip
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from aiohttp import web
from loopback import BODY, NEW, TAG, Asked, Loopback, answer, cut, part

from fetching.errors import CutOff, NotThere, TooLarge
from fetching.fetcher import Fetcher
from fetching.files import sealed, to_file
from fetching.limits import MIB, Limits
from fetching.requests import Request

ONCE = Limits(resumes=0)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


async def test_a_file_is_there_as_a_whole(fetcher: Fetcher, server: Loopback, tmp_path: Path) -> None:
    found = await to_file(fetcher, Request(server.gives("/a", answer(BODY, ETag=TAG))), tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_bytes() == BODY
    assert names(tmp_path) == {"a.csv"}
    server.gives("/a", answer(status="304 N", length=-1))
    assert (await to_file(fetcher, Request(f"{server.address}/a", known=found.validators), tmp_path / "a.csv")).unchanged
    assert names(tmp_path) == {"a.csv"}


async def test_the_next_one_goes_on(fetcher: Fetcher, server: Loopback, tmp_path: Path) -> None:
    url = server.gives("/a?key=geheim", cut(answer(BODY, ETag=TAG), 100_000), part(BODY, 100_000))
    with pytest.raises(CutOff):
        await to_file(fetcher, Request(url), tmp_path / "a", ONCE)
    assert names(tmp_path) == {"a.part", "a.part.json"}
    assert "geheim" not in (tmp_path / "a.part.json").read_text()
    found = await to_file(fetcher, Request(url), tmp_path / "a", ONCE)
    assert server.asked[-1].headers["range"] == "bytes=100000-"
    assert (tmp_path / "a").read_bytes() == BODY
    assert (found.sha256, found.size, found.came) == (hashlib.sha256(BODY).hexdigest(), len(BODY), 200_000)
    assert names(tmp_path) == {"a"}


@pytest.mark.parametrize(
    "rest", [answer(NEW, ETag='"v2"'), part(BODY, 100_000, ETag='"v2"'), part(BODY, 0), part(BODY, 100_000, of=5_000_000)]
)
async def test_another_file_begins_anew(fetcher: Fetcher, server: Loopback, tmp_path: Path, rest: bytes) -> None:
    url = server.gives("/a", cut(answer(BODY, ETag=TAG), 100_000), rest, answer(NEW, ETag='"v2"'))
    with pytest.raises(CutOff):
        await to_file(fetcher, Request(url), tmp_path / "a", ONCE)
    await to_file(fetcher, Request(url), tmp_path / "a", Limits(resumes=1))
    assert (tmp_path / "a").read_bytes() == NEW


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"query": {"list": "dealer"}}, {"query": {"list": "retail"}}),
        ({"headers": {"Authorization": "Basic geheim"}}, {"headers": {"Authorization": "Basic anders"}}),
        ({"headers": {"Accept-Language": "de"}}, {"headers": {"Accept-Language": "fr"}}),
        ({"headers": {"X-Key": "geheim"}}, {}),
    ],
)
async def test_a_part_of_another_request_is_not_gone_on_with(
    fetcher: Fetcher, server: Loopback, tmp_path: Path, one: dict, other: dict
) -> None:
    """Servers may name what they send to two users by the same date."""
    dated = {"Last_Modified": "Mon, 30 Nov 2026 10:00:00 GMT", "Date": "Mon, 30 Nov 2026 10:02:00 GMT"}
    for target in ("/a", "/a?list=dealer"):
        server.gives(target, cut(answer(BODY, **dated), 100_000), answer(NEW, **dated))
    url = server.address + "/a"
    server.gives("/a?list=retail", answer(NEW, **dated))
    with pytest.raises(CutOff):
        await to_file(fetcher, Request(url, **one), tmp_path / "a", ONCE)
    assert "geheim" not in (tmp_path / "a.part.json").read_text()
    await to_file(fetcher, Request(url, **other), tmp_path / "a", ONCE)
    assert "range" not in server.asked[-1].headers
    assert (tmp_path / "a").read_bytes() == NEW


async def test_the_same_request_is_gone_on_with(fetcher: Fetcher, server: Loopback, tmp_path: Path) -> None:
    server.gives("/a?key=geheim&list=dealer", cut(answer(BODY, ETag=TAG), 100_000), part(BODY, 100_000))
    url = f"{server.address}/a?key=geheim"
    with pytest.raises(CutOff):
        await to_file(fetcher, Request(url, headers={"X-A": "1", "X-B": "2"}, query={"list": "dealer"}), tmp_path / "a", ONCE)
    await to_file(fetcher, Request(f"{url}&list=dealer", headers={"x-b": "2", "X-A": "1"}), tmp_path / "a", ONCE)
    assert server.asked[-1].headers["range"] == "bytes=100000-"
    assert (tmp_path / "a").read_bytes() == BODY


def lost(folder: Path) -> None:
    (folder / "a.part").unlink()


def shorter(folder: Path) -> None:
    os.truncate(folder / "a.part", 5)


def nonsense(folder: Path) -> None:
    (folder / "a.part.json").write_text("{")


def other(folder: Path) -> None:
    told = json.loads((folder / "a.part.json").read_text())
    (folder / "a.part.json").write_text(json.dumps(told | {"of_request": "0" * 64}))


@pytest.mark.parametrize("damage", [lost, shorter, nonsense, other])
async def test_what_is_no_beginning_is_not_used(fetcher: Fetcher, server: Loopback, tmp_path: Path, damage) -> None:
    url = server.gives("/a", cut(answer(BODY, ETag=TAG), 100_000), answer(BODY, ETag=TAG))
    with pytest.raises(CutOff):
        await to_file(fetcher, Request(url), tmp_path / "a", ONCE)
    damage(tmp_path)
    await to_file(fetcher, Request(url), tmp_path / "a", ONCE)
    assert "range" not in server.asked[-1].headers
    assert (tmp_path / "a").read_bytes() == BODY


async def test_more_on_the_disk_than_is_noted_is_cut_away(fetcher: Fetcher, server: Loopback, tmp_path: Path) -> None:
    """What was written behind the last note may be anything after a power failure."""
    url = server.gives("/a", cut(answer(BODY, ETag=TAG), 100_000), part(BODY, 100_000))
    with pytest.raises(CutOff):
        await to_file(fetcher, Request(url), tmp_path / "a", ONCE)
    with (tmp_path / "a.part").open("ab") as file:
        file.write(bytes(5000))
    await to_file(fetcher, Request(url), tmp_path / "a", ONCE)
    assert (tmp_path / "a").read_bytes() == BODY


async def test_nothing_is_left_of_what_is_hopeless(fetcher: Fetcher, server: Loopback, tmp_path: Path) -> None:
    packed = {"Content_Encoding": "gzip", "ETag": TAG}
    cases = [
        (answer(BODY, ETag=TAG, length=-1), TooLarge, 100_000),
        (answer(status="404 N"), NotThere, 100_000),
        (cut(answer(gzip.compress(BODY), **packed), 5000), CutOff, MIB),
    ]
    for given, error, size in cases:
        with pytest.raises(error):
            await to_file(fetcher, Request(server.gives("/a", given)), tmp_path / "a", Limits(size=size, resumes=0))
        assert names(tmp_path) == set()


CHILD = """
import asyncio, sys
from pathlib import Path
from loopback import settings
from fetching.fetcher import Fetcher
from fetching import files
from fetching.requests import Request
files.SYNC_BYTES = 1024 * 1024
async def main():
    async with Fetcher(settings()) as fetcher:
        await files.to_file(fetcher, Request(sys.argv[1]), Path(sys.argv[2]))
asyncio.run(main())
"""


async def test_a_killed_process_is_gone_on_from(fetcher: Fetcher, server: Loopback, tmp_path: Path) -> None:
    large = random.Random(9).randbytes(8 * MIB)
    halfway = asyncio.Event()

    async def stuck(_: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(answer(large[: 5 * MIB], ETag=TAG, length=len(large)))
        await writer.drain()
        halfway.set()
        await asyncio.sleep(60)

    url = server.gives("/a", stuck)
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", CHILD, url, str(tmp_path / "a")), cwd=Path(__file__).parent, stdout=subprocess.DEVNULL
    )
    async with asyncio.timeout(60):
        while not (tmp_path / "a.part.json").exists():
            assert child.returncode is None
            await asyncio.sleep(0.02)
    child.send_signal(signal.SIGKILL)
    await child.wait()

    async def rest(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(part(large, int(asked.headers["range"].removeprefix("bytes=").rstrip("-"))))

    server.gives("/a", rest)
    found = await to_file(fetcher, Request(url), tmp_path / "a")
    assert found.came < len(large)
    assert (tmp_path / "a").read_bytes() == large


async def test_a_server_that_others_wrote_is_gone_on_with(fetcher: Fetcher, tmp_path: Path) -> None:
    """aiohttp's own way of sending files, ranges and conditions included."""
    (tmp_path / "served").write_bytes(BODY)
    app = web.Application()
    app.router.add_static("/", tmp_path)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = site._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
    request = Request(f"http://127.0.0.1:{port}/served")
    found = await to_file(fetcher, request, tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == BODY
    note = {
        "of_request": sealed(fetcher.guard.read(request.url), request, "00"),
        "salt": "00",
        "if_range": found.validators.etag,
        "size": 1000,
        "of": len(BODY),
    }
    (tmp_path / "b.part.json").write_text(json.dumps(note))
    (tmp_path / "b.part").write_bytes(BODY[:1000])
    again = await to_file(fetcher, request, tmp_path / "b")
    assert (tmp_path / "b").read_bytes() == BODY and again.came == len(BODY) - 1000
    assert (await to_file(fetcher, Request(request.url, known=found.validators), tmp_path / "c")).unchanged
    await runner.cleanup()
