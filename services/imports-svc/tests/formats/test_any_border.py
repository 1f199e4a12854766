"""Wherever a file is cut while it is read: the rows and their numbers are the same."""

from pathlib import Path

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from imports_svc.feeds.errors import FeedError
from imports_svc.feeds.model import Limits, Shape
from imports_svc.formats.delimited.blocks import blocks
from imports_svc.formats.delimited.text import utf8_pieces

# What is shown of a line that is too long is there before it is.
LIMITS = Limits(line_bytes=1_000, columns=50, rows=5_000, unread=200)
PIECES = [
    *("a", "b", "x^", "x\x01", ",", ";", '"', '""', "\n", "\r\n", "\r", "x" * 600, "é", "Ж", "💡", "\x02", "\0", "\u2028"),
    *("a,b,c\n", '"a\nb",b,c\n', '"open,b,c\n', 'a,"b"x,c\n', "a,b\n", '5",b,c\n'),
]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)
SIZES = st.sampled_from([1, 2, 3, 7, 16, 61, 200, 1_300])
ENCODINGS = st.sampled_from(["utf-8", "utf-16", "utf-16-le", "utf-32", "cp1252", "gb18030", "cp932"])


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("border") / "feed.csv"


def read(path: Path, shape: Shape, size: int) -> object:
    """Rows, and where and why lines are rejected, in order; of a refused file only its kind: its text names a row of it."""
    rows: list[object] = []
    rejected: list[object] = []
    try:
        for block in blocks(path, shape, size, LIMITS):
            rows += block.rows.with_columns(SEEN_ALIKE).rows()
            rejected += block.rejected.select("row_no", "reason").rows()
    except FeedError as refused:
        return type(refused)
    return rows, rejected


# What Polars and `records` see differently in a cell: a carriage return at its end, which cleaning takes away, and quotes beside
# text as in `""a""`. Who reads it depends on the faults of other lines of its block.
SEEN_ALIKE = pl.col(pl.String).str.strip_chars_end("\r").str.replace_all('"', "")
LINE_ENDS = st.sampled_from(["\n", "\r\n", "\r"])
SHAPES = st.builds(
    lambda encoding, quote, line_end, header, width: Shape(encoding, ",", quote, line_end, header, tuple("abc"[:width])),
    ENCODINGS,
    st.sampled_from(['"', None]),
    LINE_ENDS,
    st.booleans(),
    st.integers(1, 3),
)


@given(TEXTS, SHAPES, SIZES)
def test_any_border_gives_the_same_rows(path: Path, text: str, shape: Shape, size: int) -> None:
    path.write_bytes(text.encode(shape.encoding, errors="replace"))
    assert read(path, shape, size) == read(path, shape, 1 << 20)


@given(st.binary(max_size=200) | TEXTS.map(str.encode), ENCODINGS, LINE_ENDS, SIZES)
@example(b"a\0b\0c", "utf-16-le", "\n", 2)
def test_any_border_gives_the_same_text(path: Path, content: bytes, encoding: str, line_end: str, size: int) -> None:
    path.write_bytes(content)
    assert joined(path, encoding, line_end, size) == joined(path, encoding, line_end, 1 << 20)


def joined(path: Path, encoding: str, line_end: str, size: int) -> bytes | type[FeedError]:
    try:
        return b"".join(piece for piece, _ in utf8_pieces(path, encoding, line_end, size))  # type: ignore[arg-type]
    except FeedError as refused:
        return type(refused)
