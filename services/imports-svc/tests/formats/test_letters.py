import unicodedata
from pathlib import Path

import pytest

from imports_svc.feeds.reader import inspect, read
from imports_svc.formats.delimited.encoding import find_encoding

TEXTS = {
    "fr": "Café en grains torréfié, Crème brûlée, Bière ambrée, Thé à la menthe, Gâteau, Désignation, "
    "pièce, hôtel, maïs, Noël, garçon",
    "de": "Schlüsselkasten grün, Bügelsäge, Dämpfungsöl, Größe, Türöffner, "
    "Kühlbox weiß, Löffel, Fräser für Möbel, Übergang, Ölfilter",
    "es": "Jamón ibérico, Piña, Limón, Calabacín, Azúcar, Atún, Champiñón, Plátano, Artículo de baño, señal, Número",
    "pt": "Maçã, Pão de açúcar, Limão, Feijão, Água com gás, Sabão líquido, Coração, Farinha de trigo, Pêssego, Mamão, opções",
    "sv": "Kött, Smör, Ägg, Ost från Västerbotten, Blåbär, Räkor, Kaffe mörkrost, Mjölk, Gräddfil, Köksställ, Åkergurka",
    "da": "Rødgrød, Smørrebrød, Æble, Ål, Køleskab, Grøn sæbe, Måtte, Brød, Kærnemælk, Øl, Påske",
    "it": "Caffè, Tè verde, Città, Perché, Più, Qualità, Ragù, Tiramisù, Bontà, Virtù, così",
}
CODECS = {"fr": ("cp1252", "mac_roman", "cp850", "cp437"), "de": ("cp1252", "mac_roman", "cp850", "cp437")}
MORE = [(language, codec) for language in TEXTS for codec in CODECS.get(language, ("cp1252", "mac_roman", "cp850"))]


def _titles(path: Path) -> list[str]:
    seen = inspect(path)
    return [title for block in read(path, seen.shape, seen.mapping, seen.profile) for title in block.accepted["title"].to_list()]


@pytest.mark.parametrize(("language", "codec"), MORE)
def test_code_pages_of_western_languages_are_told_apart(tmp_path: Path, language: str, codec: str) -> None:
    words = TEXTS[language].split(", ")
    path = tmp_path / "list.csv"
    path.write_bytes(("sku;name;price\n" + "".join(f"A-{i};{word};{i},50\n" for i, word in enumerate(words))).encode(codec))
    assert _titles(path) == words


@pytest.mark.parametrize(
    ("codec", "text"),
    [
        ("cp1250", "Żarówka świecąca, Łóżko, Źródło światła, Gęś, Ćma, Pączki, Mąka, Śruba, Kołnierz"),
        ("cp1250", "Šroub, Žárovka, Řezačka, Čistič, Světlo, Kladívko, Hřebík, Příčka, Úhelník"),
        ("cp852", "Żarówka świecąca, Łóżko, Źródło światła, Gęś, Ćma, Pączki, Mąka, Śruba, Kołnierz"),
        ("cp1251", "Дрель ударная, Шина зимняя, Молоко, Хлеб ржаной, Отвёртка, Лампа, Кабель"),
        ("cp866", "Дрель ударная, Шина зимняя, Молоко, Хлеб ржаной, Отвертка, Лампа, Кабель"),
        ("koi8_r", "Дрель ударная, Шина зимняя, Молоко, Хлеб ржаной, Отвертка, Лампа, Кабель"),
        ("cp1253", "Ελαιόλαδο, Φέτα, Γάλα, Ψωμί ολικής, Λάμπα, Καλώδιο, Βίδα"),
        ("cp1254", "Şeker, Çay, Yoğurt, Ekmek, Işık, Üzüm, Kahve fincanı, Değirmen, Güneş, Ağaç"),
    ],
)
def test_other_code_pages_stay_known(tmp_path: Path, codec: str, text: str) -> None:
    words = text.split(", ")
    path = tmp_path / "list.csv"
    path.write_bytes(("sku;name;price\n" + "".join(f"A-{i};{word};{i},50\n" for i, word in enumerate(words * 3))).encode(codec))
    assert _titles(path) == words * 3


def _list(titles: list[bytes]) -> bytes:
    return b"sku;name;brand;price\n" + b"".join(
        b"A-%d;%s;%s;%d,50\n" % (i, title, "Maison Méziès".encode() if i % 2 else b"Acme", i) for i, title in enumerate(titles)
    )


@pytest.mark.parametrize(
    ("stray", "expected"),
    [
        ("Thé à la menthe".encode("cp1252"), "Thé à la menthe"),
        (b"couvercle tremp\xc3", "couvercle tremp\ufffd"),
        ("Größe".encode("cp1252"), "Größe"),
    ],
)
@pytest.mark.parametrize("at", [4, 23, 39])
def test_one_line_that_is_not_utf8_is_read_alone_and_told(tmp_path: Path, stray: bytes, expected: str, at: int) -> None:
    titles = [f"Théière émaillée n° {i}".encode() for i in range(40)]
    titles[at] = stray
    path = tmp_path / "list.csv"
    content = _list(titles)
    if expected != "couvercle tremp\ufffd":
        # Nothing else of the line is beyond ASCII.
        content = content.replace(stray + ";Maison Méziès".encode(), stray + b";Acme")
    path.write_bytes(content)
    seen = inspect(path)
    blocks = list(read(path, seen.shape, seen.mapping, seen.profile))
    accepted = [title for block in blocks for title in block.accepted["title"].to_list()]
    assert accepted[at] == expected
    assert accepted[:at] + accepted[at + 1 :] == [title.decode() for i, title in enumerate(titles) if i != at]
    problems = {row["row_no"]: row["reasons"] for block in blocks for row in block.problems.rows(named=True)}
    assert problems == {at + 1: ["encoding_mixed"]}
    assert [doubt.name for doubt in seen.shape.doubts] == ["lines_of_another_encoding"]
    assert not any("\x03" in cell for row in seen.sample for cell in row)


def test_letters_converted_twice_are_read_as_they_were(tmp_path: Path) -> None:
    titles = [f"Théière émaillée n° {i}, “à l’ancienne” – Œuf" for i in range(9)]
    path = tmp_path / "list.csv"
    broken = "sku;name;price\n" + "".join(f"A-{i};{title};{i},50\n" for i, title in enumerate(titles))
    path.write_bytes("".join(bytes([b]).decode("cp1252", "ignore") or chr(b) for b in broken.encode()).encode())
    assert _titles(path) == titles
    assert [doubt.name for doubt in inspect(path).shape.doubts] == ["letters_converted_twice"]


def test_portuguese_capitals_are_no_letters_converted_twice(tmp_path: Path) -> None:
    titles = ["MAÇÃ", "PÃO DE AÇÚCAR", "LIMÃO", "FEIJÃO", "ÂNCORA", "Ã ®"] * 2
    path = tmp_path / "list.csv"
    path.write_bytes(("sku;name;price\n" + "".join(f"A-{i};{title};{i},50\n" for i, title in enumerate(titles))).encode())
    assert _titles(path) == titles


@pytest.mark.parametrize(
    ("codec", "text"),
    [
        ("cp1254", "Işık, Büyük çekiç, Ispatula, Yeşil şişe, Küçük kutu, Bahçe hortumu, Müller, L'Oréal"),
        ("cp1252", "Þvottaefni, Síður, Mjólk, Skyr með bláberjum, Ýsa, Brauð, Þorskur, Kæfa"),
        ("cp1255", "מקדחה, פטיש, מנורה, כוס, גדול, קטן, שחור, כלים, גינה, צינורות"),
        ("shift_jis", "大型 電動ドリル n° 5, 長い 照明, 急須, ハンマー ±1"),
    ],
)
def test_scripts_that_pass_as_others_in_short_lists(tmp_path: Path, codec: str, text: str) -> None:
    words = text.split(", ")
    path = tmp_path / "list.csv"
    path.write_bytes(("sku;name;price\n" + "".join(f"A-{i};{word};{i},50\n" for i, word in enumerate(words))).encode(codec))
    assert _titles(path) == words


def test_one_line_among_few_of_utf8_is_read_alone(tmp_path: Path) -> None:
    lines = [f"A-{i};Café n {i};{i},50\n".encode() for i in range(1, 4)]
    path = tmp_path / "list.csv"
    path.write_bytes(b"sku;name;price\n" + b"".join(lines) + "A-9;Clé légère à molette;9,50\n".encode("cp1252"))
    assert _titles(path) == ["Café n 1", "Café n 2", "Café n 3", "Clé légère à molette"]


def test_letters_apart_from_their_marks_are_joined(tmp_path: Path) -> None:
    words = ["Škoda Ångström", "電動ドリル", "щётка й"]
    path = tmp_path / "list.csv"
    text = "sku;name;price\n" + "".join(f"A-{i};{word};{i},50\n" for i, word in enumerate(words))
    path.write_text(unicodedata.normalize("NFD", text), encoding="utf-8")
    assert _titles(path) == words


def test_a_stray_line_has_the_letters_of_the_rest_of_its_file(tmp_path: Path) -> None:
    path = tmp_path / "feed.csv"
    rows = ["Œuvre;Jardín;Caña", "Peñaflor;Baño;Lámpara", "Œuvre;Baño;Jabón"]
    path.write_bytes("\n".join(["Marca;Familia;Nombre", *rows, *rows]).encode() + b"\n" + "Œuvre;Baño;Caña\n".encode("cp1252"))
    assert find_encoding(path) == "utf-8+cp1252"


def test_names_of_columns_tell_code_pages_apart(tmp_path: Path) -> None:
    path = tmp_path / "feed.csv"
    path.write_bytes("Katalogové číslo;Čárový kód;Značka;Kategorie\nA-1;4006381333931;Citroën;Nářadí\n".encode("cp1250"))
    assert find_encoding(path) == "cp1250"


def test_a_brand_in_every_row_counts_once(tmp_path: Path) -> None:
    path = tmp_path / "feed.csv"
    rows = [f"A-{at};Œuvre;Kleine Schlüssel {at}" for at in range(9)]
    path.write_bytes("\r".join(["sku;brand;name", *rows, "B-1;Citroën;Große Säge"]).encode("mac_roman"))
    assert find_encoding(path) == "mac_roman"


def test_one_letter_does_not_speak_for_a_rare_code_page(tmp_path: Path) -> None:
    path = tmp_path / "feed.csv"
    path.write_bytes("\r".join(["sku;brand;name", "A-1;Œuvre;Große Säge", "A-2;Bosch;Kleine Gießkanne"]).encode("mac_roman"))
    assert find_encoding(path) == "mac_roman"


POLISH = ("Wiertarka udarowa żółta", "Garnek źródlany", "Śruba nierdzewna", "Klej Łódź")
CZECH = ("Vrtačka příklepová žlutá", "Hřebík ocelový", "Šroub nerezový", "Lepidlo měkké")
LITTLE = [
    *((codec, POLISH) for codec in ("cp1250", "iso8859_2", "cp852", "utf-8")),
    *((codec, CZECH) for codec in ("cp1250", "iso8859_2", "cp852")),
]


@pytest.mark.parametrize(("codec", "names"), LITTLE)
@pytest.mark.parametrize("repeats", [1, 10])
def test_short_lists_of_central_europe_have_their_letters(
    tmp_path: Path, codec: str, names: tuple[str, ...], repeats: int
) -> None:
    path = tmp_path / "feed.csv"
    titles = [f"{name} {at}" for at in range(repeats) for name in names]
    rows = [f"W-{at:03d};{title};{at + 10},50;{at}" for at, title in enumerate(titles)]
    path.write_bytes("\r\n".join(["Indeks;Nazwa;Cena netto;Stan", *rows]).encode(codec))
    assert _titles(path) == titles
