import csv
import io
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imports_svc.feeds.errors import FeedTooLarge
from imports_svc.feeds.model import Limits, Shape
from imports_svc.formats.delimited.blocks import blocks

SHAPE = Shape("utf-8", ",", '"', "\n", True, ("a", "b", "c"))
LIMITS = Limits(line_bytes=4_096)


def _read(
    path: Path, content: bytes, shape: Shape = SHAPE, size: int = 1 << 20
) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    path.write_bytes(content)
    found = list(blocks(path, shape, size, LIMITS))
    if not found:
        return [], []
    return pl.concat(b.rows for b in found).rows(), pl.concat(b.rejected for b in found).rows()


def test_ragged_rows_are_rejected_and_shift_nobody(tmp_path: Path) -> None:
    rows, rejected = _read(tmp_path / "f", b"a,b,c\n1,2,3\n1,2\n4,5,6,7\n\n8,,\n9,9,9,\n")
    assert rows == [(1, "1", "2", "3"), (4, "8", "", "")]
    assert [(no, reason) for no, reason, _ in rejected] == [(2, "field_count"), (3, "field_count"), (5, "field_count")]
    assert rejected[0][2] == "1,2"


def test_row_numbers_do_not_depend_on_the_block_size(tmp_path: Path) -> None:
    content = b"a,b,c\n" + b"".join(b'%d,"x, ""%d""\nmore",z\n' % (i, i) if i % 3 else b"%d,short\n" % i for i in range(300))
    assert _read(tmp_path / "f", content, size=97) == _read(tmp_path / "f", content)


def test_stray_quote_swallows_one_line_only(tmp_path: Path) -> None:
    lines = [f'{i},n,"q{i}"' for i in range(50)]
    lines[20] = '20,"open,x'
    rows, rejected = _read(tmp_path / "f", ("a,b,c\n" + "\n".join(lines)).encode())
    assert rejected == [(21, "unbalanced_quote", '20,"open,x')]
    assert [row[0] for row in rows] == [n for n in range(1, 51) if n != 21]
    assert rows[-1] == (50, "49", "n", "q49")


def test_two_stray_quotes_swallow_nothing_between_them(tmp_path: Path) -> None:
    rows, rejected = _read(tmp_path / "f", b'a,b,c\n1,"open,x\n2,y,z\n3,pipe 5",z\n4,"q,r",s\n')
    assert [row[0] for row in rows] == [2, 3, 4]
    assert rejected == [(1, "unbalanced_quote", '1,"open,x')]


def test_text_after_a_closing_quote_is_kept(tmp_path: Path) -> None:
    rows, rejected = _read(tmp_path / "f", b'a,b,c\n1,"x"y,3\n2,5" disk,3\n')
    assert rows == [(1, "1", "xy", "3"), (2, "2", '5" disk', "3")]
    assert rejected == []


@pytest.mark.parametrize("start", ["x^", "x\x01", "x^2", "(\u042f/"])
@pytest.mark.parametrize("size", [6, 1 << 20])
def test_text_that_begins_like_a_packed_file_is_text(tmp_path: Path, start: str, size: int) -> None:
    rows, rejected = _read(tmp_path / "f", f"a,b,c\n{start},2,3\n{start},5,6\n".encode(), size=size)
    assert rows == [(1, start, "2", "3"), (2, start, "5", "6")]
    assert rejected == []


def test_quotes_are_plain_characters_without_quoting(tmp_path: Path) -> None:
    shape = Shape("utf-8", "\t", None, "\n", False, ("a", "b"))
    rows, _ = _read(tmp_path / "f", b'1\t"Brand" 5" x\n2\t"open\n', shape)
    assert rows == [(1, "1", '"Brand" 5" x'), (2, "2", '"open')]


@pytest.mark.parametrize("shape", [SHAPE, Shape("utf-8", "\x1f", '"', "\n", True, ("a",))])
def test_long_line_is_one_rejected_row(tmp_path: Path, shape: Shape) -> None:
    row = b"1,2,3" if len(shape.columns) == 3 else b"1"
    content = b"a\n" + row + b"\n" + b"x" * 50_000 + b"\n" + row + b"\n"
    for size in (1_000, 1 << 20):
        rows, rejected = _read(tmp_path / "f", content, shape, size)
        assert [r[0] for r in rows] == [1, 3]
        assert [(no, reason) for no, reason, _ in rejected] == [(2, "line_too_long")]


def test_header_may_hold_a_line_break(tmp_path: Path) -> None:
    rows, _ = _read(tmp_path / "f", b'a,"b\n(EUR)",c\n1,2,3\n')
    assert rows == [(1, "1", "2", "3")]


def test_row_limit(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"a,b,c\n" + b"1,2,3\n" * 11)
    with pytest.raises(FeedTooLarge, match="10 rows"):
        list(blocks(tmp_path / "f", SHAPE, limits=Limits(rows=10)))


def test_lines_that_are_no_rows_are_limited(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"a,b,c\n" + b"1,2\n" * 11)
    with pytest.raises(FeedTooLarge, match="10 lines"):
        list(blocks(tmp_path / "f", SHAPE, limits=Limits(unread=10)))


def test_very_short_lines_come_in_blocks_of_bounded_height(tmp_path: Path) -> None:
    rows = 300_000
    (tmp_path / "f").write_bytes(b"a,b\n" + b"1,\n" * rows)
    found = list(blocks(tmp_path / "f", Shape("utf-8", ",", '"', "\n", True, ("a", "b"))))
    assert max(block.rows.height for block in found) < 100_000
    assert pl.concat(block.rows["row_no"] for block in found).to_list() == list(range(1, rows + 1))


# A line break and delimiters in one value can look exactly like two stray quotes, so they are not mixed here.
CELL = st.text(st.sampled_from('ab,"é;'), max_size=6) | st.text(st.sampled_from('ab"\n é;'), max_size=6)


@given(st.lists(st.tuples(CELL, CELL, CELL), max_size=30), st.integers(20, 400))
def test_agrees_with_the_csv_module(
    tmp_path_factory: pytest.TempPathFactory, table: list[tuple[str, str, str]], size: int
) -> None:
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows([("a", "b", "c"), *table])
    rows, rejected = _read(tmp_path_factory.getbasetemp() / "csv", out.getvalue().encode(), size=size)
    assert [row[1:] for row in rows] == [row for row in table if any(cell.strip() for cell in row)]
    assert rejected == []
