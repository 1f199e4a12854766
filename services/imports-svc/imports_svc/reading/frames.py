"""What travels between a worker and its reader: messages of JSON, each with the bytes that belong to it behind it."""

import asyncio
import json
import struct
from collections.abc import Iterable
from typing import Any, BinaryIO

_COUNT, _LENGTH = struct.Struct("!I"), struct.Struct("!Q")


def frame(message: dict[str, Any], blobs: Iterable[bytes] = ()) -> list[bytes]:
    """The parts of one message, to be written one behind the other."""
    parts = [json.dumps(message).encode(), *blobs]
    return [_COUNT.pack(len(parts)), *(_LENGTH.pack(len(part)) for part in parts), *parts]


def receive(stream: BinaryIO) -> dict[str, Any] | None:
    """The next message, which has no blobs; None at the end of the stream."""
    if len(count := stream.read(_COUNT.size)) < _COUNT.size:
        return None
    assert _COUNT.unpack(count) == (1,), "requests carry no blobs"
    (length,) = _LENGTH.unpack(stream.read(_LENGTH.size))
    message: dict[str, Any] = json.loads(stream.read(length))
    return message


async def receive_async(stream: asyncio.StreamReader) -> tuple[dict[str, Any], list[bytes]]:
    """The next message with its blobs. Raises asyncio.IncompleteReadError at the end of the stream."""
    (count,) = _COUNT.unpack(await stream.readexactly(_COUNT.size))
    lengths = [length for (length,) in _LENGTH.iter_unpack(await stream.readexactly(count * _LENGTH.size))]
    message, *blobs = [await stream.readexactly(length) for length in lengths]
    return json.loads(message), blobs
