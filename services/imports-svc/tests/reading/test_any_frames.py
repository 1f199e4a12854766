"""Whatever travels between a worker and its reader, and however it is cut on the way: it arrives as it was sent."""

import asyncio
import csv
import hashlib
import io

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imports_svc.cleaning.problems import PROBLEMS
from imports_svc.feeds.model import Cleaned
from imports_svc.reading import chunks, frames
from imports_svc.reading.chunks import Cutter

MESSAGES = st.lists(
    st.tuples(
        st.dictionaries(st.text(max_size=5), st.one_of(st.none(), st.integers(), st.text(max_size=9)), max_size=3),
        st.lists(st.binary(max_size=40), max_size=4),
    ),
    max_size=4,
)


async def received(stream: asyncio.StreamReader) -> list[tuple[dict[str, object], list[bytes]]]:
    found = []
    while not stream.at_eof():
        found.append(await frames.receive_async(stream))
    return found


def cut_at(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


@given(MESSAGES, st.integers(1, 50))
async def test_any_messages_arrive(messages: list[tuple[dict[str, object], list[bytes]]], size: int) -> None:
    stream = asyncio.StreamReader(limit=4)
    for piece in cut_at(b"".join(part for message in messages for part in frames.frame(*message)), size):
        stream.feed_data(piece)
    stream.feed_eof()
    assert await received(stream) == messages


@given(MESSAGES.filter(bool), st.data())
async def test_half_a_message_is_none(messages: list[tuple[dict[str, object], list[bytes]]], data: st.DataObject) -> None:
    sent = [b"".join(frames.frame(*message)) for message in messages]
    kept = data.draw(st.integers(1, len(sent[-1]) - 1))
    stream = asyncio.StreamReader()
    stream.feed_data(b"".join(sent[:-1]) + sent[-1][:kept])
    stream.feed_eof()
    with pytest.raises(asyncio.IncompleteReadError):
        await received(stream)


@given(st.dictionaries(st.text(max_size=5), st.text(max_size=9), max_size=3), st.integers(1, 50))
def test_any_request_arrives_and_half_a_one_is_the_end(request: dict[str, str], kept: int) -> None:
    sent = b"".join(frames.frame(request))
    assert frames.receive(io.BytesIO(sent)) == request
    assert frames.receive(io.BytesIO(sent[: kept % 4])) is None


# A cleaned text is never empty, and holds no NUL: the file is refused before.
TEXT = st.none() | st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=8)
SUPPLIERS = st.sampled_from([None, "Acme", "ACME", "Nord", "№1"])


@given(st.lists(st.lists(st.tuples(SUPPLIERS, TEXT, TEXT), max_size=8), max_size=5), st.integers(150, 600))
def test_chunks_hold_what_was_read(rows: list[list[tuple[str | None, str | None, str | None]]], limit: int) -> None:
    """As COPY reads them: each row once, in order, with its number, whatever the size of blocks and chunks."""
    with pytest.MonkeyPatch.context() as patch:
        for name, size in (("MAX_CHUNK_BYTES", limit), ("FLUSH_BYTES", limit // 3), ("WAITING_BYTES", limit * 2)):
            patch.setattr(chunks, name, size)
        pieces = list(Cutter(["ref", "title"], "Acme").pieces(blocks(rows)))
    found: dict[str, list[tuple[int, str, str]]] = {}
    for piece in pieces:
        for chunk in piece.chunks:
            assert hashlib.sha256(chunk.data).digest() == chunk.sha256
            read = [(int(no), ref, title) for no, ref, title in csv.reader(io.StringIO(chunk.data.decode(), newline=""))]
            assert len(read) == chunk.rows
            assert len(chunk.data) <= limit
            found.setdefault(chunk.supplier, []).extend(read)
    wanted: dict[str, list[tuple[int, str, str]]] = {}
    for number, (supplier, ref, title) in enumerate((row for block in rows for row in block), start=1):
        wanted.setdefault((supplier or "Acme").lower(), []).append((number, ref or "", title or ""))
    assert found == wanted
    assert pieces[-1].rows == sum(map(len, rows))


def blocks(rows: list[list[tuple[str | None, str | None, str | None]]]) -> list[Cleaned]:
    """The rows as the reader cleans them, numbered on from block to block."""
    problems = pl.DataFrame(schema=PROBLEMS)
    made, number = [], 1
    for block in rows:
        accepted = pl.DataFrame(
            {
                "row_no": range(number, number + len(block)),
                "supplier": [row[0] for row in block],
                "ref": [row[1] for row in block],
                "title": [row[2] for row in block],
            },
            schema={"row_no": pl.Int64, "supplier": pl.String, "ref": pl.String, "title": pl.String},
        )
        number += len(block)
        made.append(Cleaned(accepted, problems))
    return made
