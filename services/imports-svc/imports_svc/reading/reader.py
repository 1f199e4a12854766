"""A worker's side of the reading processes: started when needed, kept for the next file, ended when left in the middle of one."""

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from chassis import metrics
from imports_svc.feeds import errors
from imports_svc.feeds.encodings import NOTHING_SAID, Letters
from imports_svc.feeds.model import Inspection, Shape
from imports_svc.feeds.tables import NOTHING_CHOSEN, Earlier
from imports_svc.reading import frames
from imports_svc.reading.chunks import Chunk, Piece
from imports_svc.reading.errors import DiskFull, ReaderDied, ReaderFailed
from imports_svc.reading.reading import Reading
from imports_svc.reading.usage import Usage

# A process without work stands at the memory of its last file: after this time a fresh one takes its place. Nobody shall wait for
# the half second that starting one takes.
IDLE_SECONDS = 60.0
_PIPE_BYTES = 1 << 20
_CPU, _PEAK = metrics.CHILD_CPU.labels("reader"), metrics.CHILD_PEAK.labels("reader")
_REFUSALS = {kind.__name__: kind for kind in (*errors.FeedError.__subclasses__(), errors.SampleMisleads)}


class Reader:
    """One process that reads. One request at a time; whoever leaves in the middle of one ends the process, whatever it is at.

    All requests raise FeedError, DiskFull, ReaderDied and ReaderFailed.
    """

    def __init__(self) -> None:
        self._process: Process | None = None
        self._used = Usage()
        self._busy = False

    async def unpack(
        self,
        stored: Path,
        folder: Path,
        table: str = "",
        earlier: Earlier = NOTHING_CHOSEN,
        letters: Letters = NOTHING_SAID,
    ) -> Path:
        """The text of the list inside an upload as it is stored, in `folder`; see `open_feed`."""
        request = {"do": "unpack", "stored": str(stored), "folder": str(folder), "table": table, "letters": letters}
        message, _ = await self._one(request | {"sheets": earlier.sheets, "records": earlier.records})
        return Path(message["path"])

    async def inspect(self, path: Path, shape: Shape | None = None, *, whole: bool = False) -> Inspection:
        """What `feeds.reader.inspect` finds in a plain file."""
        request = {"do": "inspect", "path": str(path), "shape": shape.to_json() if shape else None, "whole": whole}
        message, _ = await self._one(request)
        return Inspection.from_json(message["inspection"])

    async def pieces(self, path: Path, reading: Reading, supplier: str) -> AsyncGenerator[Piece, None]:
        """A plain file cut for the catalogue (`Cutter`), read one piece ahead of whoever takes them. Raises SampleMisleads."""
        request = {"do": "cut", "path": str(path), "reading": reading.to_json(), "supplier": supplier}
        async with aclosing(self._answers(request)) as answers:
            async for message, blobs in answers:
                told, behind = message["chunks"], len(message["chunks"]) + len(message["problems"])
                texts = blobs[len(message["chunks"]) : behind]
                chunks = [
                    Chunk(supplier, seq, data, rows, bytes.fromhex(sha256))
                    for (supplier, seq, rows, sha256), data in zip(told, blobs, strict=False)
                ]
                problems = dict(zip(message["problems"], texts, strict=True))
                lines = dict(zip(message["lines"], blobs[behind:], strict=True))
                yield Piece(message["rows"], message["suppliers"], chunks, problems, lines)

    async def start(self) -> Process:
        """Start the process unless it runs."""
        if self._process is None:
            command = (sys.executable, "-m", "imports_svc.reading")
            self._process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, limit=_PIPE_BYTES)
            self._used = Usage()
        return self._process

    async def close(self) -> None:
        """End the process."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()
            self._process = None

    async def _one(self, request: dict[str, Any]) -> tuple[dict[str, Any], list[bytes]]:
        [answer] = [answer async for answer in self._answers(request)]
        return answer

    async def _answers(self, request: dict[str, Any]) -> AsyncGenerator[tuple[dict[str, Any], list[bytes]], None]:
        process = await self.start()
        asked, answers = process.stdin, process.stdout
        assert asked is not None, "it has a pipe"
        assert answers is not None, "it has a pipe"
        self._busy = True
        try:
            asked.writelines(frames.frame(request))
            await asked.drain()
            while "end" not in (answer := await self._answer(answers))[0]:
                self._raise_for(answer[0])
                yield answer
            self._busy = False
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise ReaderDied(await process.wait()) from error
        finally:
            if self._busy:
                await self.close()

    async def _answer(self, answers: asyncio.StreamReader) -> tuple[dict[str, Any], list[bytes]]:
        message, blobs = await frames.receive_async(answers)
        used = Usage(*message.pop("used"))
        _CPU.inc(used.cpu - self._used.cpu)
        _PEAK.set(used.peak)
        self._used = used
        return message, blobs

    def _raise_for(self, message: dict[str, Any]) -> None:
        if "failed" in message:
            self._busy = False
            raise ReaderFailed(message["failed"])
        if "full" in message:
            self._busy = False
            raise DiskFull
        if "refused" in message:
            self._busy = False
            raise _REFUSALS[message["refused"]](message["why"])


class Readers:
    """The readers of one worker."""

    def __init__(self) -> None:
        self._idle: dict[Reader, asyncio.Task[None]] = {}
        self._give_back(Reader())

    @asynccontextmanager
    async def borrowed(self) -> AsyncIterator[Reader]:
        """A reader for one job. Its process is started by its first request, unless another job left one behind."""
        reader = Reader()
        if self._idle:
            reader, renewing = self._idle.popitem()
            await _cancelled(renewing)
        try:
            yield reader
        finally:
            self._give_back(reader)

    async def close(self) -> None:
        """End all that are not borrowed."""
        while self._idle:
            reader, renewing = self._idle.popitem()
            await _cancelled(renewing)
            await reader.close()

    def _give_back(self, reader: Reader) -> None:
        self._idle[reader] = asyncio.create_task(self._renew(reader))

    async def _renew(self, reader: Reader) -> None:
        await asyncio.sleep(IDLE_SECONDS)
        await reader.close()
        if len(self._idle) == 1:
            await reader.start()
        else:
            del self._idle[reader]


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
