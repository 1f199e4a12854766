"""Reading ends soon after nobody waits for it any more, however long the file."""

import asyncio
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from chassis.threads import in_thread
from imports_svc.feeds.blocks import blocks
from imports_svc.feeds.container import unpack
from imports_svc.feeds.model import Shape
from imports_svc.feeds.reader import inspect

ROWS = b"A1;4006381333931;Lamp;12.50\n" * 10_000
SHAPE = Shape("utf-8", ";", '"', "\n", False, ("sku", "ean", "name", "price"))


@pytest.fixture
def endless(tmp_path: Path) -> Iterator[Callable[[bytes], Path]]:
    """Makes a file that never ends, however often it is opened."""
    path = tmp_path / "endless"
    os.mkfifo(path)
    pipe = os.open(path, os.O_RDWR)  # its own reader too: nobody's closing ends what the others read
    drain = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    over = threading.Event()
    writers: list[threading.Thread] = []

    def write(content: bytes) -> None:
        while not over.is_set():
            os.write(pipe, content)

    def begin(content: bytes) -> Path:
        writers.append(threading.Thread(target=write, args=[content]))
        writers[0].start()
        return path

    yield begin
    over.set()
    for writer in writers:
        while writer.is_alive():
            with suppress(BlockingIOError):
                os.read(drain, 1 << 20)
            writer.join(0.001)
    os.close(drain)
    os.close(pipe)


def _rows(path: Path) -> int:
    return sum(block.rows.height for block in blocks(path, SHAPE))


@pytest.mark.parametrize(
    ("work", "content"),
    [(inspect, ROWS), (_rows, ROWS), (_rows, b"one line for ever"), (partial(unpack, folder=Path()), b" " * 100_000)],
    ids=["inspect", "read", "read one line", "unpack"],
)
async def test_reading_ends_with_whoever_waits_for_it(
    endless: Callable[[bytes], Path], work: Callable[[Path], object], content: bytes
) -> None:
    path = endless(content)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await in_thread(partial(work, path))
