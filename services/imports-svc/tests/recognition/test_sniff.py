from pathlib import Path

import pytest

from imports_svc.feeds.errors import EmptyFeed, FeedTooLarge, UnreadableText
from imports_svc.feeds.model import Limits, Shape
from imports_svc.feeds.reader import inspect
from imports_svc.recognition.sniff import SINGLE_COLUMN, sniff


def _sniff(tmp_path: Path, content: bytes) -> Shape:
    path = tmp_path / "feed.txt"
    path.write_bytes(content)
    return sniff(path)


FRENCH = "réf;libellé;prix\n" + "".join(f"{i};Café moulu n° {i} – goût corsé;1,5\n" for i in range(30))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
def test_encoding_is_found_and_the_text_survives(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "feed.csv"
    path.write_bytes(FRENCH.encode(encoding))
    seen = inspect(path)
    assert seen.shape.columns == ("réf", "libellé", "prix")
    assert seen.sample[3] == ("3", "Café moulu n° 3 – goût corsé", "1,5")


@pytest.mark.parametrize(
    ("encoding", "word"),
    [
        ("cp1250", "Żarówka świecąca mocno do łóżka źródło"),
        ("cp1251", "Дрель ударная шина зимняя молоко"),
        ("cp1255", "חלב טרי גבינה צהובה לחם אחיד"),
        ("shift_jis", "冷蔵庫とテレビ、りんごジュース"),
    ],
)
def test_other_scripts(tmp_path: Path, encoding: str, word: str) -> None:
    text = "sku;name;price\n" + "".join(f"{i};{word} {i};5\n" for i in range(40))
    path = tmp_path / "feed.csv"
    path.write_bytes(text.encode(encoding))
    assert inspect(path).sample[0][1] == f"{word} 0"


def test_utf8_is_judged_by_the_whole_file_not_by_its_head(tmp_path: Path) -> None:
    head = b"sku;name\n" + b"".join(b"%d;plain\n" % i for i in range(300_000))
    assert _sniff(tmp_path, head + "9;café\n".encode()).encoding == "utf-8"
    assert _sniff(tmp_path, head + "9;café\n".encode("cp1252")).encoding == "cp1252"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "^", "~"])
def test_delimiters(tmp_path: Path, delimiter: str) -> None:
    rows = [["sku", "name", "price"], ["A1", "Lamp, small; blue", "1,50"], ["A2", "Pump", "2,50"], ["A3", "Hose", "3,50"]]
    text = "\n".join(delimiter.join(f'"{cell}"' for cell in row) for row in rows)
    shape = _sniff(tmp_path, text.encode())
    assert (shape.delimiter, shape.columns) == (delimiter, ("sku", "name", "price"))


def test_decimal_commas_do_not_win_over_the_delimiter(tmp_path: Path) -> None:
    assert _sniff(tmp_path, b"1,50;2,30;3,40\n1,70;2,10;5,40\n1,80;2,90;6,40\n").delimiter == ";"


def test_quotes_inside_values_are_not_quoting(tmp_path: Path) -> None:
    shape = _sniff(tmp_path, b'id\tname\n1\tdisk 5" SSD\n2\t"Brand" juice\n3\those 3"\n')
    assert shape.quote is None


def test_quoted_line_breaks_do_not_hide_the_delimiter(tmp_path: Path) -> None:
    shape = _sniff(tmp_path, b'sku,description,price\n"A1","one\n\ntwo, ""three""\nfour",5\n"A2","five\nsix",6\n')
    assert (shape.delimiter, shape.quote, shape.columns) == (",", '"', ("sku", "description", "price"))


def test_no_header_gives_numbered_columns(tmp_path: Path) -> None:
    shape = _sniff(tmp_path, b"60002283\tplaquette de 30\t30,52\n60002284\ttube de 5\t4,10\n")
    assert not shape.header
    assert shape.columns == ("column_1", "column_2", "column_3")


def test_title_lines_above_the_header_are_skipped_and_quoted(tmp_path: Path) -> None:
    shape = _sniff(tmp_path, b"Price list 2026\n\nSKU;Name;Price\n1;Lamp;5\n2;Pump;6\n")
    assert (shape.skip_lines, shape.preamble) == (2, ("Price list 2026", ""))
    assert shape.columns == ("SKU", "Name", "Price")


def test_duplicate_and_empty_names_become_unique(tmp_path: Path) -> None:
    assert _sniff(tmp_path, b"name;;name;row_no\na;b;c;1\nd;e;f;2\n").columns == ("name", "column_2", "name_2", "row_no_2")


def test_single_column(tmp_path: Path) -> None:
    shape = _sniff(tmp_path, b"ean\n4006381333931\n96385074\n")
    assert (shape.delimiter, shape.columns) == (SINGLE_COLUMN, ("ean",))


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_line_ends(tmp_path: Path, line_end: str) -> None:
    path = tmp_path / "feed.csv"
    path.write_bytes(line_end.join(["sku;name", "1;Lamp", "2;Pump"]).encode())
    seen = inspect(path)
    assert seen.shape.line_end == line_end
    assert seen.sample == (("1", "Lamp"), ("2", "Pump"))


def test_bad_input_is_refused_precisely(tmp_path: Path) -> None:
    with pytest.raises(UnreadableText, match="NUL byte at offset 12"):
        _sniff(tmp_path, b"sku;name\n1;L\x00amp\n2;Pump and more text\n")
    with pytest.raises(EmptyFeed):
        _sniff(tmp_path, b"\n\n\n")
    path = tmp_path / "wide.csv"
    path.write_bytes(b";".join(b"c%d" % i for i in range(1_001)) + b"\n")
    with pytest.raises(FeedTooLarge, match="1,001 columns"):
        sniff(path, Limits())


def test_shape_is_remembered_as_json(tmp_path: Path) -> None:
    shape = _sniff(tmp_path, FRENCH.encode())
    assert Shape.from_json(shape.to_json()) == shape


def test_columns_named_twice_are_told(tmp_path: Path) -> None:
    shape = _sniff(tmp_path, b"sku;name;price;price;price\nA1;Lamp;1,50;1,60;1,70\n")
    assert (shape.columns, shape.renamed) == (("sku", "name", "price", "price_2", "price_3"), ("price_2", "price_3"))
    assert _sniff(tmp_path, b"sku;image;image_2\nA1;a;b\n").renamed == ()


def test_lines_of_utf8_do_not_decide_the_encoding_of_the_others(tmp_path: Path) -> None:
    rows = "".join(f"{i};Café moulu n° {i} – goût corsé;1,5\n" for i in range(30)).encode("cp1252")
    strangers = "".join(f"{i};Café crème Ørsted n° {i};1,5\n" for i in range(30, 45)).encode()
    assert _sniff(tmp_path, b"sku;name;price\n" + rows + strangers).encoding == "cp1252"


@pytest.mark.parametrize("content", [b";;\n;;\n", b'""', b"\x0b;", b'" "," "\n'])
def test_a_table_of_empty_cells_is_an_empty_feed(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(EmptyFeed, match="empty cells"):
        _sniff(tmp_path, content)


def test_the_header_is_found_below_a_title_of_several_lines(tmp_path: Path) -> None:
    shape = _sniff(tmp_path, b'"Price list\nof May"\nsku;title;price\nA;Pen;1\nB;Ink;2\nC;Cup;3\n')
    assert (shape.columns, shape.skip_lines, shape.header) == (("sku", "title", "price"), 2, True)
