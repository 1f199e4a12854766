from pathlib import Path

import pytest

from imports_svc.feeds.errors import UnknownColumn
from imports_svc.feeds.model import Inspection, Mapping
from imports_svc.feeds.reader import inspect
from imports_svc.mapping.suggest import apply_overrides
from imports_svc.vocabulary.words import currency_of, currency_within, field_of

VALID = ["4006381333931", "5901234123457", "9780439023481", "3400949497294", "3400949497706", "3400933208639"]


def _inspect(tmp_path: Path, text: str) -> Inspection:
    path = tmp_path / "feed.csv"
    path.write_text(text, encoding="utf-8")
    return inspect(path)


def _mapped(seen: Inspection) -> dict[str, str]:
    return {name: seen.shape.columns[choice.column] for name, choice in seen.mapping.fields.items()}


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("Prix d'achat HT", "price"),
        ("Code-barres", "gtin"),
        ("Libellé", "title"),
        ("Einkaufspreis", "price"),
        ("Hersteller", "brand"),
        ("Precio de venta", "list_price"),
        ("Giacenza", "stock"),
        ("Voorraad", "stock"),
        ("Kod kreskowy", "gtin"),
        ("Název", "title"),
        ("Šifra artikla", "ref"),
        ("Артикул", "ref"),
        ("Штрих-код", "gtin"),
        ("Назва", "title"),
        ("ברקוד", "gtin"),
        ("מחיר (₪)", "price"),
        ("Τιμή", "price"),
        ("Código de barras", "gtin"),
        ("Lagersaldo", "stock"),
        ("Ürün adı", "title"),
        ("商品名", "title"),
        ("条形码", "gtin"),
        ("ProductName", "title"),
        ("Price EUR", "price"),
        ("store id", None),
        ("Unit price", "price"),
        ("Supplier Name", "supplier"),
    ],
)
def test_header_words(header: str, field: str | None) -> None:
    assert field_of(header) == field


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("מחיר (₪)", "ILS"),
        ("Price EUR", "EUR"),
        ("price_usd", None),
        ("Cena (zł)", "PLN"),
        ("12,50 €", "EUR"),
        ("Price ALL", None),
        ("Price KES", "KES"),
        ("Price XXX", None),
        ("$", None),
    ],
)
def test_currency_named(text: str, code: str | None) -> None:
    assert currency_of(text) == code


@pytest.mark.parametrize(
    ("header", "code"),
    [("Price (TRY)", "TRY"), ("Alış fiyatı in TRY", "TRY"), ("Price [ALL]", "ALL"), ("Price for ALL", None), ("TRY PRICE", None)],
)
def test_codes_that_are_words_name_a_currency_where_they_stand_out(header: str, code: str | None) -> None:
    assert currency_within(header) == code


def test_a_usual_feed(tmp_path: Path) -> None:
    rows = "".join(f"A{i};{ean};Lampe {i} de bureau;12,{i}0;3\n" for i, ean in enumerate(VALID))
    seen = _inspect(tmp_path, "Réf;EAN;Désignation;Prix (€);Stock\n" + rows)
    assert _mapped(seen) == {"ref": "Réf", "gtin": "EAN", "title": "Désignation", "price": "Prix (€)", "stock": "Stock"}
    assert seen.mapping.currency_code == "EUR"
    assert seen.mapping.problems == ()
    assert all(choice.why and 0 < choice.confidence <= 1 for choice in seen.mapping.fields.values())


def test_values_decide_without_a_header(tmp_path: Path) -> None:
    rows = "".join(f"600{i % 3}\t49{i:05d}\tplaquette de {i} comprimés\t{VALID[i % 6]}\t{i},5{i % 10}\n" for i in range(40))
    seen = _inspect(tmp_path, rows)
    assert _mapped(seen) == {"ref": "column_2", "gtin": "column_4", "title": "column_3", "price": "column_5"}
    assert seen.profile.columns[4].style.decimal == ","


def test_a_shops_number_is_neither_code_nor_reference(tmp_path: Path) -> None:
    rows = "".join(
        f"{'Alef' if i % 2 else 'Bet'},7290027600007,{413 + i % 2},{VALID[i % 6]},מוצר מספר {i},4.{i % 10}0\n" for i in range(60)
    )
    seen = _inspect(tmp_path, "רשת,מזהה רשת,מזהה חנות,ברקוד,שם מוצר,מחיר (₪)\n" + rows)
    assert _mapped(seen) == {"supplier": "רשת", "ref": "ברקוד", "gtin": "ברקוד", "title": "שם מוצר", "price": "מחיר (₪)"}
    assert seen.mapping.currency_code == "ILS"


def test_the_damaged_code_column_loses_to_the_sound_one(tmp_path: Path) -> None:
    isbns = ["439023483", "316015849", "743273567", "618260307", "525478817", "1416914285", "679783261", "61120081"]
    rows = "".join(f"{i},{isbn},9.78{i}0439023e+12,Book number {i}\n" for i, isbn in enumerate(isbns))
    seen = _inspect(tmp_path, "book_id,isbn,isbn13,title\n" + rows)
    assert _mapped(seen) == {"ref": "book_id", "gtin": "isbn", "title": "title"}


def test_no_identity_is_said(tmp_path: Path) -> None:
    seen = _inspect(tmp_path, "Name;Price\nLamp;5,00\nLamp;6,00\nPump;6,10\n")
    assert not seen.mapping.usable
    assert "identifies" in seen.mapping.problems[0]


def test_overrides(tmp_path: Path) -> None:
    seen = _inspect(tmp_path, "SKU;Name;Long name;Maker;Price\nA1;Lamp;Big lamp;Osram;5,00\nA2;Pump;Big pump;Grundfos;6,00\n")
    mapping = apply_overrides(seen.mapping, {"title": "Long name", "supplier": "Maker", "price": ""}, seen.shape, seen.profile)
    assert mapping.column("title") == 2
    assert mapping.column("supplier") == 3
    assert mapping.column("brand") is None
    assert "price" not in mapping.fields
    assert Mapping.from_json(mapping.to_json()) == mapping
    with pytest.raises(UnknownColumn, match=r"no column 'Nmae' for title.*SKU, Name, Long name"):
        apply_overrides(seen.mapping, {"title": "Nmae"}, seen.shape, seen.profile)


def test_inspection_is_kept_as_json(tmp_path: Path) -> None:
    seen = _inspect(tmp_path, "SKU;Name\nA1;Lamp\n")
    assert Inspection.from_json(seen.to_json()) == seen
    assert (seen.rows, seen.sample) == (1, (("A1", "Lamp"),))


def test_header_only_file(tmp_path: Path) -> None:
    seen = _inspect(tmp_path, "SKU;EAN;Name;Price\n")
    assert (seen.rows, _mapped(seen)) == (0, {"ref": "SKU", "gtin": "EAN", "title": "Name", "price": "Price"})
