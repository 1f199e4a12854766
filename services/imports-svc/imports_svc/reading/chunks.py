"""Cuts cleaned blocks into chunks per supplier, ready for COPY. Pure and repeatable: the same file gives the same chunks."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import polars as pl

from imports_svc.feeds.lines import packed
from imports_svc.feeds.model import Cleaned

MAX_CHUNK_BYTES = 3 * 1024 * 1024
# A supplier's rows wait for more of them up to this size, so that many suppliers do not mean many small chunks.
FLUSH_BYTES = 1024 * 1024
# Rows are of about one size: the first few say how many make a chunk.
_FIRST_ROWS, _USUAL_BYTES = 4_000, 2 * 1024 * 1024
# What may wait of all suppliers together.
WAITING_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True)
class Chunk:
    """Rows of one supplier as COPY reads them. `supplier` is the name in lower case."""

    supplier: str
    seq: int
    data: bytes
    rows: int
    sha256: bytes


@dataclass(frozen=True)
class Piece:
    """What one block of the file adds. `suppliers` maps lower case to the name as first written; `rows` counts from the start.

    `problems`: by supplier in lower case, lines of CSV (row_no, outcome, reasons, values) without line breaks inside of them.
    `lines`: by their first row, what `FileLines` tells the rows' lines by.
    """

    rows: int
    suppliers: dict[str, str]
    chunks: list[Chunk]
    problems: dict[str, bytes]
    lines: dict[int, bytes]


@dataclass
class _Waiting:
    parts: list[bytes] = field(default_factory=list)
    bytes: int = 0
    rows: int = 0
    next_seq: int = 0


class Cutter:
    """Cuts one file. `columns` are the catalogue's, in the order of the run; `supplier` is for rows that name none."""

    def __init__(self, columns: Sequence[str], supplier: str) -> None:
        self._columns = columns
        self._supplier = supplier
        self._waiting: dict[str, _Waiting] = {}
        self._rows = 0

    def pieces(self, blocks: Iterable[Cleaned]) -> Iterator[Piece]:
        """One piece per block and a last one with what was still waiting."""
        for block in blocks:
            accepted, problems = self._named(block.accepted), self._named(block.problems)
            self._rows = max(self._rows, _last_row(accepted), _last_row(problems))
            chunks = list(self._full(accepted))
            yield Piece(self._rows, _suppliers(accepted, problems), chunks, _listed(problems), _lines(block.lines))
        yield Piece(self._rows, {}, list(self._rest(0)), {}, {})

    def _named(self, frame: pl.DataFrame) -> pl.DataFrame:
        named = frame.with_columns(pl.col("supplier").fill_null(self._supplier))
        return named.with_columns(key=pl.col("supplier").str.to_lowercase())

    def _full(self, accepted: pl.DataFrame) -> Iterator[Chunk]:
        """The chunks that `accepted` fills."""
        for (key,), frame in accepted.group_by("key", maintain_order=True):
            waiting = self._waiting.setdefault(str(key), _Waiting())
            for data, rows in _encoded(frame.select(_staged(name) for name in ("row_no", *self._columns))):
                if waiting.bytes + len(data) > MAX_CHUNK_BYTES:
                    yield _flushed(str(key), waiting)
                waiting.parts.append(data)
                waiting.bytes += len(data)
                waiting.rows += rows
        yield from self._rest(FLUSH_BYTES if sum(waiting.bytes for waiting in self._waiting.values()) < WAITING_BYTES else 0)

    def _rest(self, least: int) -> Iterator[Chunk]:
        """What waits of every supplier that has at least so many bytes waiting."""
        for key, waiting in self._waiting.items():
            if waiting.rows and waiting.bytes >= least:
                yield _flushed(key, waiting)


def _flushed(supplier: str, waiting: _Waiting) -> Chunk:
    data = b"".join(waiting.parts)
    chunk = Chunk(supplier, waiting.next_seq, data, waiting.rows, hashlib.sha256(data).digest())
    waiting.parts, waiting.bytes, waiting.rows = [], 0, 0
    waiting.next_seq += 1
    return chunk


def _staged(name: str) -> pl.Expr:
    """A column as the catalogue names it."""
    return pl.col("gtin14").alias("gtin") if name == "gtin" else pl.col(name)


def _suppliers(*frames: pl.DataFrame) -> dict[str, str]:
    """In the order of their first rows, in which their runs are applied."""
    named = pl.concat(frame.select("key", "supplier", "row_no") for frame in frames).sort("row_no")
    return dict(named.unique("key", keep="first", maintain_order=True).select("key", "supplier").iter_rows())


def _listed(problems: pl.DataFrame) -> dict[str, bytes]:
    reasons = pl.format("{{{}}}", pl.col("reasons").list.join(","))
    return {
        str(key): frame.select("row_no", "outcome", reasons.alias("reasons"), "values").write_csv(include_header=False).encode()
        for (key,), frame in problems.group_by("key", maintain_order=True)
    }


def _lines(starts: pl.DataFrame) -> dict[int, bytes]:
    rows = starts["row_no"].to_list()
    return {rows[0]: packed(rows, starts["line"].fill_null(0).to_list())} if rows else {}


def _last_row(frame: pl.DataFrame) -> int:
    return int(frame["row_no"].max() or 0)  # type: ignore[arg-type]  # row numbers are integers


def _encoded(frame: pl.DataFrame) -> Iterator[tuple[bytes, int]]:
    """CSV of at most MAX_CHUNK_BYTES each: an empty cell is NULL, because a cleaned text is never empty."""
    at, step = 0, _FIRST_ROWS
    while at < frame.height:
        part = frame[at : at + step]
        data = part.write_csv(include_header=False).encode()
        if len(data) > MAX_CHUNK_BYTES and part.height > 1:
            step = part.height // 2
            continue
        yield data, part.height
        at += part.height
        step = max(1, part.height * _USUAL_BYTES // len(data))
