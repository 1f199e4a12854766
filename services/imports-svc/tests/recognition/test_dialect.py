from pathlib import Path

import pytest

from imports_svc.feeds.reader import inspect

ROWS = [
    ("A-1", "Lamp, brass", "1.50"),
    ("A-2", 'Tube 5" black', "2.50"),
    ("A-3", "Path C: sign", "3.50"),
    ("A-4", "Hose", "4.50"),
]
HEADER = ("sku", "title", "price")


def _seen(tmp_path: Path, text: str) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    path = tmp_path / "feed.csv"
    path.write_bytes(text.encode())
    seen = inspect(path)
    return seen.shape.columns, list(seen.sample)


@pytest.mark.parametrize("delimiter", ["||", "~|~", "|~|", "§", "¦", "^|^", "##", ";;", "@@"])
def test_long_delimiters(tmp_path: Path, delimiter: str) -> None:
    text = "".join(delimiter.join(row) + "\n" for row in [HEADER, *ROWS])
    assert _seen(tmp_path, text) == (HEADER, ROWS)


def test_a_part_of_a_long_delimiter_may_stand_in_a_value(tmp_path: Path) -> None:
    text = "sku||title||price\n" + "".join(f"D-{i}||Door | chime {i}||{i}.90\n" for i in range(1, 6))
    assert _seen(tmp_path, text)[1][0] == ("D-1", "Door | chime 1", "1.90")


def test_empty_fields_between_single_delimiters_are_no_long_delimiter(tmp_path: Path) -> None:
    text = "sku|title|note|price\n" + "".join(f"D-{i}|Bell {i}||{i}.90\n" for i in range(1, 6))
    assert _seen(tmp_path, text)[1][0] == ("D-1", "Bell 1", "", "1.90")


def test_quoted_fields_beside_delimiters_are_no_empty_ones(tmp_path: Path) -> None:
    text = '"sku";"title";"brand"\n' + "".join(f'{i};"Bell";"Lux"\n' for i in range(1, 6))
    assert _seen(tmp_path, text)[1][0] == ("1", "Bell", "Lux")


def test_empty_columns_at_the_end_are_no_long_delimiter(tmp_path: Path) -> None:
    text = ";sku;title;price;;;\n" + "".join(f";D-{i};Bell {i};{i}.90;;;\n" for i in range(1, 6))
    assert _seen(tmp_path, text)[1][0][1:4] == ("D-1", "Bell 1", "1.90")


def test_what_stands_in_every_category_is_no_delimiter(tmp_path: Path) -> None:
    text = "sku\tcategory\tprice\n" + "".join(f"D-{i}\tTools::Bells\t{i}.90\n" for i in range(1, 6))
    assert _seen(tmp_path, text)[1][0] == ("D-1", "Tools::Bells", "1.90")


@pytest.mark.parametrize("blanks", [" ", "  "])
def test_blanks_before_quotes(tmp_path: Path, blanks: str) -> None:
    quoted = [HEADER, *(tuple(f'{blanks}"{cell.replace(chr(34), chr(34) * 2)}"' for cell in row) for row in ROWS)]
    text = "".join(",".join(row) + "\n" for row in quoted)
    assert _seen(tmp_path, text) == (HEADER, ROWS)


def test_single_quotes(tmp_path: Path) -> None:
    quoted = [
        tuple(f"'{cell.replace(chr(39), chr(39) * 2)}'" for cell in row) for row in [HEADER, *ROWS, ("A-5", "Fitter's, 2", "5")]
    ]
    text = "".join(",".join(row) + "\n" for row in quoted)
    assert _seen(tmp_path, text) == (HEADER, [*ROWS, ("A-5", "Fitter's, 2", "5")])


def test_backslashes_before_quotes(tmp_path: Path) -> None:
    rows = [*ROWS, ("A-6", 'Tube 8", grey, "soft" wall', "3"), ("A-7", "Path C:\\ sign", "9")]
    quoted = [tuple('"' + cell.replace("\\", "\\\\").replace('"', '\\"') + '"' for cell in row) for row in [HEADER, *rows]]
    text = "".join(",".join(row) + "\n" for row in quoted)
    assert _seen(tmp_path, text) == (HEADER, rows)


def test_a_backslash_at_the_end_of_a_value_is_a_backslash(tmp_path: Path) -> None:
    rows = [("A-1", "Share C:\\", "1.5"), ("A-2", "Share D:\\", "2.5"), ("A-3", 'Tube 5"', "3")]
    text = "".join(",".join('"' + cell.replace('"', '""') + '"' for cell in row) + "\n" for row in [HEADER, *rows])
    assert _seen(tmp_path, text) == (HEADER, rows)


@pytest.mark.parametrize(
    ("text", "second"),
    [
        ('sku,title,price\r\nA-1,"one\ntwo",1\r\nA-2,"three\nfour",2\r\nA-3,"five\nsix\nseven",3\r\n', "three\nfour"),
        ("sku,title,price\r\nA-1,one\ntwo,1\r\nA-2,three\nfour,2\r\nA-3,five\nsix\nseven,3\r\n", "three\nfour"),
        ("sku,title,price\nA-1,one,1\r\nA-2,two,2\r\nA-3,three,3\r\n", "two"),
        ("sku,title,price\r\nA-1,one,1\r\nA-2,two,2\nA-3,three,3\nA-4,four,4\n", "two"),
        ("sku,title,price\rA-1,one,1\rA-2,two,2\r", "two"),
        ("sku,title,price\r\r\nA-1,one,1\r\r\nA-2,two,2\r\r\n", "two"),
        ("sku,title,price\nA-1,one\x0bmore,1\nA-2,two\x0bmore,2\n", "two\nmore"),
        ("\ufeffsku,title,price\nA-1,one,1\nA-2,two,2\n\ufeffsku,title,price\n", "two"),
        ("sep=,\nsku,title,price\nA-1,one,1\nA-2,two,2\n", "two"),
        ('"sep=,"\nsku,title,price\nA-1,one,1\nA-2,two,2\n\x1a', "two"),
    ],
)
def test_line_ends(tmp_path: Path, text: str, second: str) -> None:
    columns, sample = _seen(tmp_path, text)
    assert columns == HEADER
    assert sample[1][:2] == ("A-2", second)


def test_a_crlf_file_that_goes_on_with_lf_behind_the_sample(tmp_path: Path) -> None:
    path = tmp_path / "glued.csv"
    first = "sku,title,price\r\n" + "".join(f"A-{i},Lamp {i},{i}.5\r\n" for i in range(30_000))
    path.write_bytes((first + "".join(f"B-{i},Pump {i},{i}.5\n" for i in range(100))).encode())
    assert inspect(path, whole=True).rows == 30_100


def test_rows_without_their_last_cells(tmp_path: Path) -> None:
    lines = ["sku;title;price;stock;note", *(f"A-{i};Lamp {i};{i},5;{i};" for i in range(9)), "A-9;Lamp;1,5;3", "A-10;Lamp;1,5"]
    _, sample = _seen(tmp_path, "\n".join(lines) + "\n")
    assert sample[-2:] == [("A-9", "Lamp", "1,5", "3", ""), ("A-10", "Lamp", "1,5", "", "")]


def test_most_rows_without_their_last_cell(tmp_path: Path) -> None:
    rows = "".join(f"A-{at};400638133393{at};Lamp {at};Acme\n" for at in range(3))
    columns, sample = _seen(tmp_path, f"sku;ean;name;brand;price\n{rows}A-8;4006381333938;Hose;Acme;1,50\n")
    assert columns == ("sku", "ean", "name", "brand", "price")
    assert [row[-1] for row in sample] == ["", "", "", "1,50"]


def test_entities_at_the_end_of_quoted_fields_open_nothing(tmp_path: Path) -> None:
    rows = "".join(f'"A-{at}";"&#12495;&#12531;";"1.50"\n' for at in range(5))
    columns, sample = _seen(tmp_path, f'"sku";"name";"price"\n{rows}')
    assert (columns, sample[0]) == (("sku", "name", "price"), ("A-0", "&#12495;&#12531;", "1.50"))


def test_a_header_tells_the_delimiter_where_bare_fields_hold_it(tmp_path: Path) -> None:
    rows = "".join(f"A-{at};Hose {at}{'; long' if at % 2 else ''};Acme;{at},50;7\n" for at in range(10))
    columns, sample = _seen(tmp_path, f"sku;name;brand;price;stock\n{rows}")
    assert columns[:5] == ("sku", "name", "brand", "price", "stock")
    assert sample[0][:2] == ("A-0", "Hose 0")
