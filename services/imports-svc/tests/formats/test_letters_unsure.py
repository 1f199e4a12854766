"""Letters that two encodings read nearly as well: right, or told with every likely reading."""

from pathlib import Path

import polars as pl
import pytest

from imports_svc.feeds.encodings import Letters
from imports_svc.feeds.model import Doubt, Inspection
from imports_svc.feeds.reader import inspect, read
from imports_svc.formats.opening import open_feed
from imports_svc.mapping.doubts import doubts_of


def looked(tmp_path: Path, content: bytes, said: str = "", earlier: str = "") -> tuple[Inspection, list[str | None]]:
    path = tmp_path / "feed"
    path.write_bytes(content)
    text = open_feed(path, tmp_path, letters=Letters(said, earlier))
    seen = inspect(text)
    blocks = read(text, seen.shape, seen.mapping, seen.profile)
    return seen, [title for block in blocks for title in block.accepted["title"].to_list()]


def doubts(seen: Inspection) -> dict[str, Doubt]:
    """By name; those about letters by their code, of several columns the gravest."""
    found = sorted(doubts_of(seen, seen.mapping), key=lambda doubt: doubt.holds)
    return {doubt.code if doubt.code == "letters_unsure" else doubt.name: doubt for doubt in found}


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("sku;name;price", "A1;Cap;€1.50"),
        ("sku;name;price", "A1;Cap;1,00 €"),
        ("sku;name;price", "A1;Café;£1.50"),
        ("sku;name;price", "A1;Cap;£1.50"),
        ("sku;name;price", "A1;Cap;1\xa0250,50"),
        ("sku;name;Price (£)", "A1;Cap;1.50"),
        ("sku;name;price", "Ø20-A;Rohr Ø20;1.50"),
        ("sku;name;price", "A1;Rohr ½ Zoll;1.50"),
        ("sku;name;price", "A1;Dash – it;1.50"),
        ("sku;name;price", "A1;Set • red;1.50"),
    ],
)
def test_marks_beside_numbers_are_no_letters(tmp_path: Path, header: str, row: str) -> None:
    for many in (1, 300):
        content = f"{header}\n" + f"{row}\n" * many + "A2;Pen;2.50\n"
        seen, titles = looked(tmp_path, content.encode("cp1252"))
        assert (seen.shape.encoding, seen.shape.columns, titles[0]) == ("cp1252", tuple(header.split(";")), row.split(";")[1])
        assert "letters_unsure" not in doubts(seen)


@pytest.mark.parametrize("ref", ["N®1", "10’B"])
def test_a_reference_with_a_mark_is_told(tmp_path: Path, ref: str) -> None:
    seen, _ = looked(tmp_path, f"sku;name;price\n{ref};Rod;1.50\nA2;Pen;2.50\n".encode("cp1252"))
    assert not doubts(seen)["letters_unsure"].holds


@pytest.mark.parametrize(
    ("codec", "ref"), [("cp850", "BÖ-1"), ("cp850", "RÄ-2"), ("cp1250", "Š-1"), ("cp1252", "CITROËN-1"), ("cp850", "Ü-100")]
)
def test_a_reference_whose_letters_are_not_sure_is_offered_as_it_is(tmp_path: Path, codec: str, ref: str) -> None:
    doubt = doubts(looked(tmp_path, f"sku;name;price\n{ref};Rod;1.50\nA2;Pen;2.50\n".encode(codec))[0])["letters_unsure"]
    assert doubt.holds
    assert ref in doubt.examples


def test_a_sign_of_money_in_a_header_is_read_beside_letters(tmp_path: Path) -> None:
    seen, _ = looked(tmp_path, "sku;name;Price £\nA1;Café à la crème;1.50\nA2;Pen;2.50\n".encode("cp1252"))
    assert seen.shape.columns[2] == "Price £"
    assert "letters_unsure" not in doubts(seen)


def test_titles_of_tools_and_brands_are_read(tmp_path: Path) -> None:
    words = ["Steckschlüssel ½ Zoll", "Ratsche ¾ Zoll", "Verlängerung ¼ Zoll"]
    content = "sku;name;price\n" + "".join(f"A{at};{word};1,{at}\n" for at, word in enumerate(words))
    assert looked(tmp_path, content.encode("cp1252"))[1] == words
    assert looked(tmp_path, "sku;name;price\nA1;Disney© cup;1\nA2;Pen;2\n".encode("cp1252"))[1] == ["Disney© cup", "Pen"]


def test_letters_of_json_and_pages_that_are_not_sure_are_told(tmp_path: Path) -> None:
    json = '[{"sku": "Š1-1", "name": "Pen", "price": 1.5}, {"sku": "A2-2", "name": "\\u0141", "price": 2.5}]'
    lines = json.strip("[]").replace("}, ", "}\n")
    row = "<tr><td>{}</td><td>Pen</td><td>1,5</td></tr>"
    page = f"<html><table><tr><td>sku</td><td>name</td><td>price</td></tr>{row.format('Š1-1')}{row.format('A-2')}</table></html>"
    item = "<item><sku>{}</sku><name>Pen</name><price>1.5</price></item>"
    xml = f"<items>{item.format('Š1-1')}{item.format('A-2')}</items>"
    for content in (json, lines, page, xml):
        doubt = doubts(looked(tmp_path, content.encode("cp1250"))[0])["letters_unsure"]
        assert doubt.holds
        assert "Š1-1" in doubt.examples
        assert "utf-8" not in doubt.message
        assert "letters_unsure" not in doubts(looked(tmp_path, content.encode("cp1250"), "cp1250")[0])
        assert "letters_unsure" not in doubts(looked(tmp_path, content.encode())[0])


def test_letters_behind_the_beginning_are_told(tmp_path: Path) -> None:
    rows = "".join(f"A-{at};A pen with a name that is long enough to fill megabytes {at};1.50\n" for at in range(70_000))
    seen, _ = looked(tmp_path, f"sku;name;price\n{rows}CITROËN-1;Cap;1.50\n".encode("cp1252"))
    assert seen.estimated
    assert doubts(seen)["letters_unsure"].holds


UNUSUAL = [
    ("cp850", "CITROËN"), ("cp850", "LÚCIA"), ("cp850", "PÃO"), ("cp850", "TÊTE"), ("cp437", "SEÑAL"), ("mac_roman", "CITROËN"),
    ("mac_roman", "Ångström"), ("cp1252", "SEÑAL"), ("iso8859_15", "NOËL"), ("cp1250", "ČAJ"), ("iso8859_2", "ŽÁROVKA"),
    ("iso8859_2", "Śruba"), ("cp852", "ŁÓDŹ"), ("cp852", "kůň"), ("cp1257", "ŠALTAS"), ("cp1257", "ķieģelis"),
    ("cp1254", "ŞEKER"), ("cp1254", "IŞIK"), ("cp1251", "ВИНТ"), ("cp1251", "Ж"), ("koi8_r", "ВИНТ"), ("koi8_r", "ключ"),
    ("cp866", "ГОСТ"), ("cp866", "щит"), ("cp1253", "ΒΙΔΑ"), ("iso8859_7", "Άλφα"), ("iso8859_7", "Ω"),
]  # fmt: skip


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize(("codec", "word"), UNUSUAL)
def test_one_unusual_letter_is_read_or_told(tmp_path: Path, codec: str, word: str, place: int) -> None:
    """Alone in a list of whatever size: the word is right, or the right one is offered; of a reference that holds."""
    cell = f"{word}-1" if place == 0 else word
    for size in (1, 20):
        rows = [[f"A-{at}", f"Pen number {at}", "Acme", f"{at},50"] for at in range(size)]
        rows[size // 2][place] = cell
        content = "sku;name;brand;price\n" + "".join(";".join(row) + "\n" for row in rows)
        path = tmp_path / "feed"
        path.write_bytes(content.encode(codec))
        seen = inspect(open_feed(path, tmp_path))
        accepted = pl.concat(block.accepted for block in read(path, seen.shape, seen.mapping, seen.profile))
        found = accepted[size // 2, ("ref", "title", "brand")[place]]
        # A title of one letter is none.
        if found not in (cell, None):
            doubt = doubts(seen)["letters_unsure"]
            assert cell in doubt.examples
            assert doubt.holds == (place == 0)
            assert doubt.name == f"letters_unsure:{('sku', 'name', 'brand')[place]}"


@pytest.mark.parametrize("codec", ["cp1252", "mac_roman", "cp850", "cp437", "cp852", "cp865", "cp866", "cp1251", "iso8859_2"])
def test_no_break_blanks_between_thousands_are_no_letters(tmp_path: Path, codec: str) -> None:
    for many in (1, 30):
        for price in ("1\xa0250,50", "12\xa0250,50", "1\xa0234\xa0250,50", "1\xa0250"):
            content = "sku;name;price\n" + f"A1;Pen;{price}\n" * many + "A2;Ink;999,00\n"
            path = tmp_path / "feed"
            path.write_bytes(content.encode(codec))
            seen = inspect(open_feed(path, tmp_path))
            accepted = pl.concat(block.accepted for block in read(path, seen.shape, seen.mapping, seen.profile))
            assert float(accepted[0, "price"]) == float(price.replace("\xa0", "").replace(",", "."))
            assert "letters_unsure" not in doubts(seen)


def test_each_column_whose_letters_are_not_sure_is_told_by_itself(tmp_path: Path) -> None:
    content = "sku;name;brand;price\nCITROËN-1;Pen;Acme;1,50\nA-2;CITROËN;NOËL;2,50\n".encode("cp850")
    seen, _ = looked(tmp_path, content)
    found = [doubt for doubt in doubts_of(seen, seen.mapping) if doubt.code == "letters_unsure"]
    assert {doubt.column: doubt.holds for doubt in found} == {"sku": True, "name": False, "brand": False}
    assert all(doubt.encoding for doubt in found)
