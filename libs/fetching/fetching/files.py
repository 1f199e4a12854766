"""Fetching to a file, so that a process that comes later goes on where this one ended.

Beside `<name>` there is `<name>.part` while it comes, and `<name>.part.json`, which says how much of it is safely on the disk and
of which state of which request that is. `<name>` itself is there as a whole or not at all.
"""

import asyncio
import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

from fetching.errors import FetchFailed, TryLater
from fetching.fetcher import Fetcher
from fetching.limits import MIB, Limits
from fetching.requests import Fetched, Request
from fetching.transfer import Begun, Transfer
from fetching.urls import Url

WRITE_BYTES = MIB
SYNC_BYTES = 64 * MIB


@dataclass(frozen=True)
class _Note:
    """What there is of a file."""

    # The request, `sealed` with the salt.
    of_request: str
    salt: str
    if_range: str
    size: int
    of: int | None


async def to_file(fetcher: Fetcher, request: Request, path: Path, limits: Limits | None = None) -> Fetched:
    """Fetch to `path`, which is not touched when it is unchanged. Raises as Fetcher.fetch, and OSError.

    Only one at a time may write a path. What one that failed leaves behind is gone on with by the next that asks for the same.
    """
    part, note = path.with_name(f"{path.name}.part"), path.with_name(f"{path.name}.part.json")
    salt, of_request = os.urandom(16).hex(), ""

    async def write(transfer: Transfer) -> None:
        nonlocal of_request
        keeps = bool(transfer.if_range) and transfer.is_plain
        written, whole = transfer.start, False

        def tell() -> None:
            nonlocal of_request
            if keeps:
                of_request = of_request or sealed(url, request, salt)
                _write_note(note, _Note(of_request, salt, transfer.if_range, written, transfer.of))

        if not transfer.start:
            note.unlink(missing_ok=True)
        with part.open("r+b" if transfer.start else "wb") as file:
            file.seek(transfer.start)
            file.truncate()
            synced, waiting = written, bytearray()
            try:
                async for piece in transfer.pieces():
                    waiting += piece
                    if len(waiting) >= WRITE_BYTES:
                        await asyncio.to_thread(file.write, waiting)
                        written, waiting = written + len(waiting), bytearray()
                    if written - synced >= SYNC_BYTES:
                        await asyncio.to_thread(_sync, file)
                        synced = written
                        if keeps and not of_request:
                            of_request = await asyncio.to_thread(sealed, url, request, salt)
                        tell()
                whole = True
            finally:
                # Also of one that broke off: the next goes on behind it.
                file.write(waiting)
                written += len(waiting)
                _sync(file)
                if not whole:
                    tell()

    try:
        url = request.sent_target(fetcher.guard.read(request.url))
        begun = await asyncio.to_thread(_begun, part, note, url, request)
        fetched = await fetcher.transfer(request, write, limits or Limits(), begun)
    except FetchFailed as error:
        if not (isinstance(error, TryLater) and note.exists()):
            _drop(part, note)
        raise
    if not fetched.unchanged:
        part.replace(path)
    _drop(part, note)
    return fetched


def _drop(*paths: Path) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def sealed(url: Url, request: Request, salt: str) -> str:
    """What names a request and gives nothing of it away: where it is sent, and all its headers, since an answer may hang on each.

    A password may be short, so the digest is one that takes 10 ms to try another with.
    """
    sent = [url.text, sorted((name.lower(), value) for name, value in request.headers.items())]
    return hashlib.scrypt(json.dumps(sent).encode(), salt=bytes.fromhex(salt), n=2**12, r=8, p=1).hex()


def _begun(part: Path, note: Path, url: Url, request: Request) -> Begun | None:
    """What an earlier process left of this request, if it can be gone on with."""
    try:
        told = _Note(**json.loads(note.read_text(encoding="utf-8")))
        whole = part.stat().st_size
        is_same = told.of_request == sealed(url, request, told.salt)
    except (OSError, ValueError, TypeError):
        return None
    if not is_same or not told.if_range or not 0 < told.size <= whole:
        return None
    digest = hashlib.sha256()
    left = told.size
    with part.open("rb") as file:
        while left and (piece := file.read(min(left, MIB))):
            digest.update(piece)
            left -= len(piece)
    return None if left else Begun(told.size, digest, told.if_range, told.of)


def _write_note(note: Path, told: _Note) -> None:
    fresh = note.with_name(f"{note.name}.new")
    fresh.write_text(json.dumps(asdict(told)), encoding="utf-8")
    fresh.replace(note)


def _sync(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())
