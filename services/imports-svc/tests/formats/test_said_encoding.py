"""The encoding that a person says, for this file or earlier ones, and letters that two encodings read nearly as well."""

from pathlib import Path

import pytest

from imports_svc.feeds.encodings import KNOWN, Letters, known, shown
from imports_svc.feeds.errors import FeedError, UnreadableText
from imports_svc.feeds.model import Doubt, Inspection
from imports_svc.feeds.reader import inspect, read
from imports_svc.formats.opening import open_feed
from imports_svc.mapping.doubts import doubts_of
from imports_svc.understanding.workbooks import xlsx

POLISH = "sku;name;price\nA-1;Łódź;1,50\nA-2;Pen;2,50\n"


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


def test_names_of_encodings_are_known_in_every_spelling() -> None:
    assert [shown(known(name) or "") for name in KNOWN] == list(KNOWN)
    spelt = [known(name) for name in ("Windows-1250", "latin2", "UTF8", "macroman")]
    assert spelt == ["cp1250", "iso8859_2", "utf-8", "mac_roman"]
    assert [known(name) for name in ("", "cp9999", "rot13", "hex", "idna", "utf\x008")] == [None] * 6


@pytest.mark.parametrize("said", ["cp1250", "windows-1250"])
def test_a_text_is_read_as_a_person_says(tmp_path: Path, said: str) -> None:
    seen, titles = looked(tmp_path, POLISH.encode("cp1250"), said)
    assert titles == ["Łódź", "Pen"]
    assert (seen.shape.encoding, seen.shape.letters) == ("cp1250", said)
    assert "letters_unsure" not in doubts(seen)
    _, other = looked(tmp_path, POLISH.encode("cp1250"), "cp1252")
    assert other == ["£ódŸ", "Pen"]


def test_what_can_not_read_the_file_is_refused_with_line_and_bytes(tmp_path: Path) -> None:
    content = b"sku;name;price\nA-1;Pen;1\nA-2;\x81\x82 Ink;2\n"
    with pytest.raises(UnreadableText, match=r"not cp1252, as was said: line 3 has the bytes 81 82 20 49"):
        looked(tmp_path, content, "cp1252")
    with pytest.raises(UnreadableText, match=r"not utf-8, as was said: line 3 "):
        looked(tmp_path, content, "utf8")
    long = b"sku;name;price\n" + b"A-1;Pen;1\n" * 150_000 + "A-2;Größe;1\n".encode()[:-5] + b"\xff;1\n"
    with pytest.raises(UnreadableText, match=r"line 150,002 has the bytes c3 ff 3b 31"):
        looked(tmp_path, long, "utf-8")


def test_marks_of_byte_order_stay_no_letters(tmp_path: Path) -> None:
    for said, content in (
        ("utf-8", POLISH.encode("utf-8-sig")),
        ("utf-16", POLISH.encode("utf-16")),
        ("utf-16-le", b"\xff\xfe" + POLISH.encode("utf-16-le")),
        ("utf-16-be", POLISH.encode("utf-16-be")),
        ("cp1250", b"\xef\xbb\xbf" + POLISH.encode("cp1250")),
    ):
        seen, titles = looked(tmp_path, content, said)
        assert (said, seen.shape.columns[0], titles) == (said, "sku", ["Łódź", "Pen"])


def test_trees_and_pages_are_read_as_a_person_says(tmp_path: Path) -> None:
    rows = "<sku>A-1</sku><name>Łódź</name><price>1.5</price>"
    records = f"<items><item>{rows}</item><item>{rows.replace('A-1', 'A-2')}</item></items>"
    for head in ("", '<?xml version="1.0" encoding="UTF-8"?>', '<?xml version="1.0" encoding="iso-8859-1"?>'):
        seen, titles = looked(tmp_path, (head + records).encode("cp1250"), "cp1250")
        assert (titles, seen.shape.letters) == (["Łódź"] * 2, "cp1250")
        assert "xml_encoding" not in doubts(seen)
    json = '[{"sku": "A-1", "name": "Łódź", "price": 1.5}, {"sku": "A-2", "name": "Łódź", "price": 2.5}]'
    lines = json.strip("[]").replace("}, ", "}\n")
    cells = "<table><tr><td>sku</td><td>name</td><td>price</td></tr>{}</table>"
    page = cells.format("".join(f"<tr><td>A-{i}</td><td>Łódź</td><td>1,5{i}</td></tr>" for i in range(2)))
    for content in (json, lines, f"<html>{page}</html>"):
        assert looked(tmp_path, content.encode("cp1250"), "cp1250")[1] == ["Łódź"] * 2
    with pytest.raises(UnreadableText, match="XLSX, which says its letters itself"):
        looked(tmp_path, xlsx({"A": [["sku", "name", "price"], ["A-1", "Pen", 1.5]]}), "cp1250")


def test_what_was_said_of_earlier_files_holds_where_it_fits(tmp_path: Path) -> None:
    seen, titles = looked(tmp_path, POLISH.encode("cp1250"), earlier="cp1250")
    assert (titles[0], seen.shape.letters, [*doubts(seen)]) == ("Łódź", "cp1250", [])
    # The supplier sends UTF-8 now, and later as before.
    seen, titles = looked(tmp_path, POLISH.encode(), earlier="cp1250")
    assert (titles[0], seen.shape.encoding, seen.shape.letters, [*doubts(seen)]) == ("Łódź", "utf-8", "cp1250", [])
    other = "sku;name;price\nA-1;Größe;1\nA-2;Türöffner, Kühlbox für Möbel\x81;1\n".replace("\x81", "ü").encode("cp850")
    seen, titles = looked(tmp_path, other, earlier="cp1252")
    assert (titles[0], seen.shape.encoding) == ("Größe", "cp850")
    assert not doubts(seen)["encoding_other"].holds
    book = xlsx({"A": [["sku", "name", "price"], ["A-1", "Pen", 1.5], ["A-2", "Ink", 1.5]]})
    assert looked(tmp_path, book, earlier="cp1250")[0].shape.letters == "cp1250"


@pytest.mark.parametrize(
    ("codec", "word", "other"), [("cp1250", "młotek", "m³otek"), ("cp1250", "Žárovka", "Äßrovka"), ("cp1250", "żółty", "鄴速y")]
)
def test_letters_that_two_encodings_read_nearly_as_well_are_told(tmp_path: Path, codec: str, word: str, other: str) -> None:
    seen, titles = looked(tmp_path, f"sku;name;price\nA-1;{word};1,50\nA-2;Pen;2,50\n".encode(codec))
    doubt = doubts(seen)["letters_unsure"]
    assert titles[0] == doubt.examples[0]
    assert {word, other} <= {*doubt.examples}
    assert "--encoding" in doubt.message
    assert not doubt.holds
    # A reference would be another article.
    seen, _ = looked(tmp_path, f"sku;name;price\n{word}-1;Pen;1,50\nA-2;Pen;2,50\n".encode(codec))
    assert doubts(seen)["letters_unsure"].holds
    # What is not read is not doubted.
    seen, _ = looked(tmp_path, f"sku;name;price;zz\nA-1;Pen;1,50;{word}\nA-2;Pen;2,50;\n".encode(codec))
    assert "letters_unsure" not in doubts(seen)


@pytest.mark.parametrize(
    ("codec", "text"),
    [
        ("cp1252", "Schlüssel, Bügelsäge, Größe, Türöffner"),
        ("cp1250", "Żarówka świecąca, Łóżko, Źródło światła, Gęś, Ćma, Pączki, Mąka, Śruba, Kołnierz"),
        ("cp1254", "Şeker, Çay, Yoğurt, Ekmek, Işık, Üzüm, Kahve fincanı, Değirmen, Güneş, Ağaç"),
        ("cp850", "Café en grains torréfié, Crème brûlée, Bière ambrée, Thé à la menthe, Gâteau"),
        ("mac_roman", "Café en grains torréfié, Crème brûlée, Bière ambrée, Thé à la menthe, Gâteau"),
        ("cp1252", "Café, Thé"),
    ],
)
def test_clear_lists_have_no_doubt_about_letters(tmp_path: Path, codec: str, text: str) -> None:
    words = text.split(", ")
    content = "sku;name;price\n" + "".join(f"A-{i};{word};{i},50\n" for i, word in enumerate(words))
    seen, titles = looked(tmp_path, content.encode(codec))
    assert (titles, "letters_unsure" in doubts(seen)) == (words, False)


RUSSIAN = "Код;Наименование;Цена\nA1;Винт;1.50\nA2;Гайка;2.50\n"
GERMAN = "Artikelnummer;Bezeichnung;Preis\nA1;Müller Größe;1.50\nA2;Türgriff;2.50\n"


@pytest.mark.parametrize(
    ("codec", "text", "earlier"),
    [
        ("cp1250", "Indeks;Nazwa;Cena\nA1;Śruba żółta;1.50\nA2;Nakrętka;2.50\n", "cp1252"),
        ("cp1251", RUSSIAN, "cp1252"),
        ("cp1251", RUSSIAN, "cp1250"),
        ("cp1252", GERMAN, "cp850"),
        ("cp850", GERMAN, "latin1"),
        ("cp1252", GERMAN, "cp1251"),
    ],
)
def test_a_file_whose_letters_are_not_those_of_earlier_ones_holds(tmp_path: Path, codec: str, text: str, earlier: str) -> None:
    seen, _ = looked(tmp_path, text.encode(codec), earlier=earlier)
    assert [(name, doubt.holds) for name, doubt in doubts(seen).items() if "encoding" in name] == [
        (f"encoding_other:{codec}", True)
    ]


@pytest.mark.parametrize(
    ("codec", "text"),
    [
        ("cp1250", POLISH),
        ("cp1250", "sku;name;price\nA-1;młotek;1,50\nA-2;Žárovka;2,50\n"),
        ("cp1250", "sku;name;price\nŠ-1;Pen;1,50\nA-2;Ink;2,50\n"),
        ("cp850", GERMAN),
        ("cp850", "sku;name;price\nBÖ-1;Pen;1,50\nRÄ-2;Ink;2,50\n"),
        ("cp1252", "sku;name;price\nA-1;Steckschlüssel ½ Zoll;1,50\nA-2;Ratsche ¾ Zoll;2,50\n"),
        ("cp1252", "SKU,Description,Price (£)\nA1,Widget,1.50\nA2,Widget,1.50\n"),
        ("cp1251", RUSSIAN),
        ("cp866", RUSSIAN),
        ("shift_jis", "sku;name;price\nA-1;USBケーブル;1,50\nA-2;電動ドリル;2,50\n"),
    ],
)
def test_files_like_earlier_ones_have_no_doubt(tmp_path: Path, codec: str, text: str) -> None:
    seen, _ = looked(tmp_path, text.encode(codec), earlier=codec)
    assert seen.shape.encoding == codec
    assert not [name for name in doubts(seen) if name.startswith(("encoding", "letters"))]


def test_letters_of_another_alphabet_that_pass_as_those_said_are_told(tmp_path: Path) -> None:
    greek = "sku;name;price\nA-1;Ελαιόλαδο;1,50\nA-2;Λάμπα;2,50\n".encode("cp1253")
    assert doubts(looked(tmp_path, greek, earlier="cp1251")[0])["encoding_other:cp1253"].holds
    # What a person said of the supplier is not told again.
    assert not [name for name in doubts(looked(tmp_path, greek, earlier="cp1253")[0]) if "encoding" in name]
    signs = "sku;name;price\nA-1;Bosch® № 5;1,50\nA-2;Pen;2,50\n".encode("cp1251")
    assert not [name for name, doubt in doubts(looked(tmp_path, signs, earlier="cp1251")[0]).items() if doubt.holds]


def test_what_a_file_declares_goes_before_what_was_said_of_earlier_ones(tmp_path: Path) -> None:
    rows = "".join(f"<item><sku>A{i}</sku><name>%s</name><price>1.5{i}</price></item>" for i in range(2))
    page = "".join(f"<tr><td>A{i}</td><td>%s</td><td>1.5{i}</td></tr>" for i in range(2))
    table = "<table><tr><td>sku</td><td>name</td><td>price</td></tr>{}</table>"
    for declared, codec, word, earlier in (
        ("windows-1251", "cp1251", "Винт", "cp1250"),
        ("iso-8859-1", "cp1252", "Señal", "cp1250"),
        ("windows-1250", "cp1250", "Śruba", ""),
        ("windows-1251", "cp1251", "Винт", ""),
    ):
        xml = f'<?xml version="1.0" encoding="{declared}"?><items>{rows.replace("%s", word)}</items>'
        html = f'<html><head><meta charset="{declared}"></head>{table.format(page.replace("%s", word))}</html>'
        for content in (xml, html):
            seen, titles = looked(tmp_path, content.encode(codec), earlier=earlier)
            assert titles == [word] * 2
            assert [doubt.holds for name, doubt in doubts(seen).items() if name == "encoding_other"] == [False] * bool(earlier)
    # A person said so because the file declares what it is not.
    wrong = f'<?xml version="1.0" encoding="iso-8859-1"?><items>{rows.replace("%s", "Łódź")}</items>'
    seen, titles = looked(tmp_path, wrong.encode("cp1250"), earlier="cp1250")
    assert (titles, doubts(seen)["encoding_other"].holds) == (["Łódź"] * 2, False)


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("said", ["cp1250", "cp1252", "cp850", "latin1"])
def test_unicode_that_a_person_says_to_be_another_encoding_holds(tmp_path: Path, said: str, mark: str) -> None:
    item = "<item><sku>{}</sku><name>Łódź żółta</name><price>1.5</price></item>"
    head = '<?xml version="1.0" encoding="UTF-8"?>'
    xml = f"<items>{item.format('A-1')}{item.format('A-2')}</items>"
    json = '[{"sku": "A-1", "name": "Łódź", "price": 1.5}, {"sku": "A-2", "name": "Łódź", "price": 2.5}]'
    for content in (POLISH, head + xml, xml, json):
        try:
            seen, _ = looked(tmp_path, (mark + content).encode(), said)
        except FeedError:
            # Refused.
            continue
        doubt = doubts(seen)["encoding_other:utf-8"]
        assert (doubt.holds, doubt.column, doubt.encoding) == (True, "", "utf-8")
        assert "Ł" in doubt.examples[1]
        assert "encoding_other:utf-8" not in doubts(looked(tmp_path, content.encode("cp1250"), "cp1250")[0])


def test_an_encoding_is_no_column(tmp_path: Path) -> None:
    doubt = doubts(looked(tmp_path, RUSSIAN.encode("cp1251"), earlier="cp1252")[0])["encoding_other:cp1251"]
    assert (doubt.column, doubt.encoding) == ("", "cp1251")
