"""What becomes of the process that reads."""

import asyncio
import gzip
import os
import zipfile
from collections.abc import AsyncIterator
from contextlib import aclosing, suppress
from pathlib import Path

import psutil
import pytest
import zstandard
from prometheus_client import REGISTRY

from imports_svc.feeds.errors import EmptyFeed, SampleMisleads
from imports_svc.feeds.model import Inspection
from imports_svc.feeds.reader import inspect
from imports_svc.packing import SUFFIX
from imports_svc.reading import reader as reader_module
from imports_svc.reading.errors import DiskFull, ReaderDied, ReaderFailed
from imports_svc.reading.reader import Reader, Readers
from imports_svc.reading.reading import Reading

ROWS = b"sku;ean;name;price\n" + b"".join(b"A%d;4006381333931;Lamp;12.50\n" % at for at in range(200_000))

# What a process used is told by the system in steps of this many seconds.
TICK = 0.02


@pytest.fixture
async def reader() -> AsyncIterator[Reader]:
    opened = Reader()
    yield opened
    await opened.close()


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    path = tmp_path / "feed.csv"
    path.write_bytes(ROWS)
    return path


def reading(inspection: Inspection) -> Reading:
    return Reading(inspection, inspection.mapping, "EUR")


def processes() -> list[psutil.Process]:
    return [child for child in psutil.Process().children() if child.cmdline()[-1:] == ["imports_svc.reading"]]


async def gone(process: psutil.Process) -> None:
    await asyncio.to_thread(process.wait)


@pytest.mark.parametrize("packing", ["as it is stored", "gzip", "zip"])
async def test_a_disk_without_room_is_told_as_such(reader: Reader, tmp_path: Path, packing: str) -> None:
    folder = tmp_path / "job"
    folder.mkdir()
    plain = folder / "feed.csv"
    if packing == "as it is stored":
        stored = folder / f"feed.csv{SUFFIX}"
        stored.write_bytes(zstandard.compress(ROWS))
        (folder / "feed.csv").symlink_to("/dev/full")
    elif packing == "gzip":
        stored = folder / "feed.csv.gz"
        stored.write_bytes(gzip.compress(ROWS))
        (folder / "feed.csv.plain").symlink_to("/dev/full")
    else:
        stored = folder / "feed.zip"
        with zipfile.ZipFile(stored, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("feed.csv", ROWS)
        (folder / "feed.zip.plain").symlink_to("/dev/full")
    with pytest.raises(DiskFull, match="make room"):
        await reader.unpack(stored, folder)
    # The process is ready for the next request.
    plain.unlink(missing_ok=True)
    plain.write_bytes(ROWS)
    assert await reader.unpack(plain, folder) == plain


async def test_the_process_reads_what_a_call_would(reader: Reader, feed: Path) -> None:
    found = await reader.inspect(feed)
    assert found == inspect(feed)
    pieces = [piece async for piece in reader.pieces(feed, reading(found), "Acme")]
    assert pieces[-1].rows == 200_000
    lines = b"".join(chunk.data for piece in pieces for chunk in piece.chunks).splitlines()
    assert (len(lines), lines[0]) == (200_000, b"1,A0,04006381333931,Lamp,12.5,EUR")


async def test_what_the_process_uses_is_shown_by_the_worker(reader: Reader, feed: Path) -> None:
    def used() -> float:
        return REGISTRY.get_sample_value("pm_child_cpu_seconds_total", {"child": "reader"}) or 0.0

    before = used()
    found = await reader.inspect(feed)
    inspected = used()
    async with aclosing(reader.pieces(feed, reading(found), "Acme")) as pieces:
        await anext(pieces)
        told = used()
        assert inspected < told, "it tells before it is at the end"
        [process] = processes()
        spent = process.cpu_times()
        assert told - before <= spent.user + spent.system + TICK
        peak = REGISTRY.get_sample_value("pm_child_peak_memory_bytes", {"child": "reader"})
        assert peak is not None
        assert 16 << 20 < peak < 1 << 30
    killed = used()
    await reader.inspect(feed)
    assert killed < used(), "a fresh process counts from nothing"


async def test_a_refusal_is_the_same_error_here_and_the_process_goes_on(reader: Reader, tmp_path: Path, feed: Path) -> None:
    empty = tmp_path / "empty.csv"
    empty.write_bytes(b" \n")
    with pytest.raises(EmptyFeed, match="The file is empty"):
        await reader.unpack(empty, tmp_path)
    [process] = processes()
    assert await reader.unpack(feed, tmp_path) == feed
    assert processes() == [process]


async def test_a_misleading_sample_is_told(reader: Reader, tmp_path: Path) -> None:
    path = tmp_path / "feed.csv"
    path.write_bytes(b"sku;price\n" + b"A;1.500\n" * 700_000 + b"B;1,25\n")
    found = await reader.inspect(path)
    with pytest.raises(SampleMisleads):
        [piece async for piece in reader.pieces(path, reading(found), "Acme")]


async def test_what_nobody_foresaw_comes_with_its_traceback(reader: Reader, tmp_path: Path) -> None:
    with pytest.raises(ReaderFailed, match=r"Traceback[\s\S]*FileNotFoundError"):
        await reader.inspect(tmp_path / "nowhere.csv")


@pytest.mark.parametrize("leave", ["cancelled", "half way"])
async def test_left_in_the_middle_it_ends(leave: str, tmp_path: Path, feed: Path) -> None:
    readers = Readers()
    with suppress(TimeoutError):
        async with readers.borrowed() as reader:
            found = await reader.inspect(feed)
            [process] = processes()
            if leave == "half way":
                async with aclosing(reader.pieces(feed, reading(found), "Acme")) as pieces:
                    await anext(pieces)
            else:
                endless = tmp_path / "endless"
                os.mkfifo(endless)
                async with asyncio.timeout(0.2):
                    await reader.inspect(endless)
    await gone(process)
    await readers.close()


async def test_a_process_that_is_killed_is_told_and_replaced(reader: Reader, feed: Path) -> None:
    found = await reader.inspect(feed)
    pieces = reader.pieces(feed, reading(found), "Acme")
    await anext(pieces)
    [process] = processes()
    process.kill()
    with pytest.raises(ReaderDied, match="SIGKILL"):
        [piece async for piece in pieces]
    assert await reader.inspect(feed) == found


async def test_jobs_borrow_the_same_process_one_after_the_other(feed: Path) -> None:
    readers = Readers()
    for _ in range(2):
        async with readers.borrowed() as reader:
            await reader.inspect(feed)
    assert len(processes()) == 1
    await readers.close()
    assert processes() == []


async def test_a_fresh_process_stands_ready_after_a_while(monkeypatch: pytest.MonkeyPatch, feed: Path) -> None:
    monkeypatch.setattr(reader_module, "IDLE_SECONDS", 0.1)
    readers = Readers()
    async with readers.borrowed() as one, readers.borrowed() as other:
        await one.inspect(feed)
        await other.inspect(feed)
        used = processes()
    await asyncio.gather(*readers._idle.values())
    [fresh] = processes()
    assert fresh not in used
    async with readers.borrowed() as again:
        await again.inspect(feed)
        assert processes() == [fresh]
    await readers.close()


async def test_it_ends_with_the_worker(reader: Reader, tmp_path: Path) -> None:
    """Whatever it is at when its worker is killed: nobody closes the pipe for it."""
    empty, endless = tmp_path / "empty", tmp_path / "endless"
    empty.touch()
    os.mkfifo(endless)
    with suppress(EmptyFeed):
        await reader.unpack(empty, tmp_path)
    [process] = processes()
    asking = asyncio.create_task(reader.inspect(endless))
    await asyncio.sleep(0)
    assert reader._process is not None
    assert reader._process.stdin is not None
    reader._process.stdin.close()  # as the kernel does
    await gone(process)
    with pytest.raises(ReaderDied):
        await asking
