"""The line of the file that each row begins in, whatever parts lines from rows."""

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imports_svc.feeds.lines import FileLines, packed
from imports_svc.feeds.model import Limits, Shape
from imports_svc.feeds.reader import inspect, read
from imports_svc.formats.delimited.blocks import blocks
from imports_svc.formats.opening import open_feed
from imports_svc.understanding.workbooks import xlsx

SHAPE = Shape("utf-8", ",", '"', "\n", True, ("a", "b", "c"))
LIMITS = Limits(line_bytes=4_096)


def lines(path: Path, content: bytes, shape: Shape = SHAPE, size: int = 1 << 20) -> dict[int, int | None]:
    """The line of each row, by the first cell's number where rows are kept, by row number."""
    path.write_bytes(content)
    found = list(blocks(path, shape, size, LIMITS))
    table = FileLines(packed(block.lines["row_no"].to_list(), block.lines["line"].fill_null(0).to_list()) for block in found)
    rows = sorted(row for block in found for row in (*block.rows["row_no"], *block.rejected["row_no"]))
    return {row: table.of(row) for row in rows}


def test_where_lines_and_rows_run_together_nothing_is_told(tmp_path: Path) -> None:
    bare = Shape("utf-8", ",", '"', "\n", False, ("a", "b"))
    assert lines(tmp_path / "f", b"1,2\n3,4\n", bare) == {1: None, 2: None}
    assert [block.lines.height for block in blocks(tmp_path / "f", bare)] == [0]
    assert lines(tmp_path / "f", b"a,b,c\n1,2,3\n4,5,6\n") == {1: 2, 2: 3}
    assert [block.lines.rows() for block in blocks(tmp_path / "f", SHAPE)] == [[(1, 2)]]


@pytest.mark.parametrize("size", [7, 16, 1 << 20])
@pytest.mark.parametrize(
    ("content", "shape", "expected"),
    [
        # Blank lines, lines of nothing but delimiters, a row that is none.
        (b"a,b,c\n\n1,2,3\n\n,,\n4,5,6\n7,8\n9,9,9\n", SHAPE, {1: 3, 2: 6, 3: 7, 4: 8}),
        # A title with a line feed, a header with one, a value with two.
        (
            b'List,"of\n2026",\nx,,\na,"b\n(EUR)",c\n1,2,3\n4,"x\n\ny",6\n7,8,9\n',
            Shape("utf-8", ",", '"', "\n", True, ("a", "b", "c"), skip_lines=3),
            {1: 6, 2: 7, 3: 10},
        ),
        # A stray quote takes one line, and those behind it are counted.
        (b'a,b,c\n1,"open,x\n2,y,z\n3,"q\nr",s\n4,t,u\n', SHAPE, {1: 2, 2: 3, 3: 4, 4: 6}),
        # CRLF ends rows, LF is text; in cells with and without quotes, and above the table.
        (
            b'a title\nof two lines\r\na,b,c\r\n1,x\ny,3\r\n2,"x\ny\r\nz",3\r\n\r\n3,4,5\r\n',
            Shape("utf-8", ",", '"', "\r\n", True, ("a", "b", "c"), skip_lines=1),
            {1: 4, 2: 6, 3: 10},
        ),
        # The same without quotes, and with a vertical tab that is none of the line feeds.
        (
            b"a,b,c\r\n1,x\ny,3\r\n2,x\x0by,3\r\n3,4,5\r\n",
            Shape("utf-8", ",", None, "\r\n", True, ("a", "b", "c")),
            {1: 2, 2: 4, 3: 5},
        ),
        (
            b'a,b,c\r\n1,x\ny,3\r\n2,"x\x0by",3\r\n3,4,5\r\n',
            Shape("utf-8", ",", '"', "\r\n", True, ("a", "b", "c")),
            {1: 2, 2: 4, 3: 5},
        ),
        # A vertical tab ends no line of the file.
        (b'a,b,c\n1,x\x0by,3\n2,"x\ny\x0bz",3\n3,4,5\n', SHAPE, {1: 2, 2: 3, 3: 5}),
        # CR alone.
        (b'a,b,c\r1,2,3\r\r4,"x\ry",6\r7,8,9', Shape("utf-8", ",", '"', "\r", True, ("a", "b", "c")), {1: 2, 2: 4, 3: 6}),
        # CR twice before LF is one line end.
        (b"a,b,c\r\r\n1,2,3\r\r\n4,5,6\r\r\n", SHAPE, {1: 2, 2: 3}),
        # Both line ends in one file.
        (b"a,b,c\r\n1,2,3\n\n4,5,6\r\n7,8,9\n", SHAPE, {1: 2, 2: 4, 3: 5}),
        (
            "a|b\n1|x\n\n2|y\n".encode("utf-16"),
            Shape("utf-16", "|", '"', "\n", True, ("a", "b")),
            {1: 2, 2: 4},
        ),
    ],
)
def test_each_row_has_the_line_it_begins_in(tmp_path: Path, content, shape, expected, size) -> None:
    assert lines(tmp_path / "f", content, shape, size) == expected


def test_line_feeds_of_cells_behind_the_last_column_count(tmp_path: Path) -> None:
    content = b'a,b,c\n1,2,3,"x",\n1,2,3,4,"x\ny",5\n4,5,6\n"7\n",8,9\n1,2,3\n'
    assert lines(tmp_path / "f", content) == {1: 2, 2: 3, 3: 5, 4: 6, 5: 8}


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_line_over_the_limit_is_one_line_or_the_count_ends(tmp_path: Path, line_end) -> None:
    shape = Shape("utf-8", ",", '"', line_end, True, ("a", "b", "c"))
    content = b"a,b,c\r\n1,2,3\r\n" + b"x" * 5_000 + b"\r\n" + b"4,5,6\r\n"
    # Line feeds that are text in a line that was cut are not known, so that no line behind it is.
    behind = [4, 5] if line_end == "\n" else [None, None]
    found = lines(tmp_path / "f", content + b"x" * 5_000 + (b"\n" if line_end == "\r\n" else b"") + b"\r\n7,8,9\r\n", shape, 64)
    assert list(found.values()) == [2, 3 if line_end == "\n" else None, behind[0], behind[1], 6 if line_end == "\n" else None]


CELLS = st.lists(st.tuples(*[st.text(st.sampled_from('ab,"\n\r\x0bé;'), max_size=5)] * 2), max_size=25)


@given(
    CELLS,
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.lists(st.integers(0, 2), min_size=25, max_size=25),
    st.integers(0, 3),
    st.integers(20, 400),
)
def test_any_table_has_its_lines_counted(
    tmp_path_factory: pytest.TempPathFactory, table, end: str, blank: list[int], above: int, size: int
) -> None:
    text, expected = "".join(f"title {at}{end}" for at in range(above)), {}
    text += f'"a","b","c"{end}'
    for row, (cells, blanks) in enumerate(zip(table, blank, strict=False), 1):
        text += end * blanks
        # As an editor counts: CRLF, LF, and CR where rows end so.
        expected[row] = 1 + (text.replace("\r\n", "\n").replace("\r", "\n" if end == "\r" else "")).count("\n")
        quoted = ",".join('"{}"'.format(cell.replace("\r", "").replace('"', '""')) for cell in (str(row), *cells))
        text += quoted.replace("\n", "\r" if end == "\r" else "\n") + end
    shape = Shape("utf-8", ",", '"', end, True, ("a", "b", "c"), skip_lines=above)
    found = lines(tmp_path_factory.getbasetemp() / "lines", text.encode(), shape, size)
    # What looks like rows behind a stray quote is more rows than there are: then only what is told must be true.
    assert {row: line for row, line in found.items() if line} == {row: line for row, line in expected.items() if line != row}


def test_problems_of_a_list_as_it_comes(tmp_path: Path) -> None:
    path = tmp_path / "feed.csv"
    path.write_bytes(
        b"Price list\r\nof 2026;;\r\n\r\nsku;name;price\r\nA-1;Lamp;5\r\n\r\n"
        b'A-2;"Cable\r\nred";soon\r\nTotal;;5\r\nsku;name;price\r\nA-3;Nut;nothing\r\n'
    )
    seen = inspect(path)
    [block] = read(path, seen.shape, seen.mapping, seen.profile)
    table = FileLines([packed(block.lines["row_no"].to_list(), block.lines["line"].to_list())])
    told = {reasons[0]: (row, table.of(row)) for row, reasons in block.problems.select("row_no", "reasons").rows()}
    assert told == {"price_invalid": (2, 7), "total_row": (3, 9), "header_repeated": (4, 10)} | {"price_invalid": (5, 11)} | told
    assert [table.of(row) for row in (1, 2, 3, 4, 5)] == [5, 7, 9, 10, 11]


def test_the_line_of_a_workbook_is_the_row_of_its_sheet(tmp_path: Path) -> None:
    path = tmp_path / "feed.xlsx"
    header = ["SKU", "Name", "Price"]
    path.write_bytes(xlsx({"A": [["A list"], None, header, ["A-1", "Saw", 5], None, ["A-2", "Axe\nred", 6]]}))
    text = open_feed(path, tmp_path)
    found = list(blocks(text, inspect(text).shape))
    assert pl.concat(block.lines for block in found).rows() == [(1, 4), (2, 6)]
    path.write_bytes(
        xlsx({"A": [header, ["A-1", "Saw", 5]], "B": [["B"], None, header, ["B-1", "Hose", 5], None, ["B-2", "Rake", 6]]})
    )
    text = open_feed(path, tmp_path)
    found = list(blocks(text, inspect(text).shape))
    assert pl.concat(block.lines for block in found).rows() == [(1, 2), (2, 4), (3, 6)]


XML = b"""<?xml version="1.0"?>
<shop>
 <item><sku>A-1</sku><name>Saw</name><price>5</price></item>

 <item>
  <sku>A-2</sku><name>Axe</name>
  <price>6</price>
 </item><item><sku>A-3</sku><name>Nut</name><price>7</price></item>
</shop>
"""
NDJSON = b'{"sku":"A-1","name":"Saw","price":5}\n\n{"sku":"A-2","name":"Axe","price":6}\nnothing\n{"sku":"A-3","price":7}\n'
BMECAT = b"""<BMECAT version="1.2"><HEADER/><T_NEW_CATALOG>
<ARTICLE><SUPPLIER_AID>A-1</SUPPLIER_AID><ARTICLE_DETAILS><DESCRIPTION_SHORT>Saw</DESCRIPTION_SHORT></ARTICLE_DETAILS></ARTICLE>
<ARTICLE>
<SUPPLIER_AID>A-2</SUPPLIER_AID><ARTICLE_DETAILS><DESCRIPTION_SHORT>Axe</DESCRIPTION_SHORT></ARTICLE_DETAILS></ARTICLE>
<ARTICLE><SUPPLIER_AID>A-3</SUPPLIER_AID><ARTICLE_DETAILS><DESCRIPTION_SHORT>Nut</DESCRIPTION_SHORT></ARTICLE_DETAILS></ARTICLE>
</T_NEW_CATALOG></BMECAT>"""


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (XML, [3, 5, 8]),
        (XML.replace(b"\n", b"\r\n"), [3, 5, 8]),
        (NDJSON, [None, 3, 4, 5]),
        (BMECAT, [2, 3, 5]),
        # Whose lines nobody counts.
        (b'[{"sku":"A-1","name":"a"},\n\n{"sku":"A-2","name":"b"}]', [None, None]),
    ],
)
def test_records_have_the_line_they_begin_in(tmp_path: Path, content: bytes, expected: list[int | None]) -> None:
    path = tmp_path / "feed"
    path.write_bytes(content)
    text = open_feed(path, tmp_path)
    found = list(blocks(text, inspect(text).shape))
    table = FileLines(packed(block.lines["row_no"].to_list(), block.lines["line"].fill_null(0).to_list()) for block in found)
    assert [table.of(row) for row in range(1, len(expected) + 1)] == expected
