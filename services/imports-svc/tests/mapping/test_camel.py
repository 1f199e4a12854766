"""Names of prices that programs write in one word, and what something is sold for (PrestaShop/PrestaShop#22235)."""

from pathlib import Path

import pytest

from imports_svc.feeds.reader import inspect, read
from imports_svc.mapping.doubts import doubts_of
from imports_svc.vocabulary.taxes import price_fields, tax_of
from imports_svc.vocabulary.values import spaced
from imports_svc.vocabulary.words import field_of


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("prixVenteHT", "prix Vente HT"),
        ("EANCode", "EAN Code"),
        ("ценаЗакупки", "цена Закупки"),
        ("prixÉtudiant", "prix Étudiant"),
        ("SKUs", "SKUs"),
        ("EK netto", "EK netto"),
        ("IVA inclusa", "IVA inclusa"),
        ("Preis ohne MwSt.", "Preis ohne mwst."),
    ],
)
def test_words_begin_at_capitals(header: str, said: str) -> None:
    assert spaced(header) == said


@pytest.mark.parametrize(
    "header",
    [
        "prixVenteHT", "Prix de vente HT", "sellingPrice", "sellingPriceExclVat", "Selling price excl. VAT", "verkaufsPreis",
        "VerkaufsPreisNetto", "Verkaufspreis netto", "verkoopPrijs", "Verkoopprijs excl. BTW", "precioVenta",
        "Precio de venta sin IVA", "prezzoVendita", "cenaSprzedazy", "ценаПродажи", "precoVenda", "Net retail price",
        "Listenpreis netto",
    ],
)  # fmt: skip
def test_what_it_is_sold_for_is_a_list_price(header: str) -> None:
    found = price_fields(header)
    assert "list_price" in found
    assert "price" not in found


@pytest.mark.parametrize(
    "header",
    [
        "prixAchatHT", "costPrice", "einkaufsPreis", "EinkaufsPreisNetto", "inkoopPrijs", "ценаЗакупки", "purchasePriceNet",
        "netPrice", "PreisOhneMwSt", "unitPrice", "priceExclVat", "Price excl. VAT", "Preis ohne MwSt.", "salePriceExclVat",
    ],
)  # fmt: skip
def test_what_is_paid_is_the_price(header: str) -> None:
    found = price_fields(header)
    assert "price" in found
    assert "list_price" not in found


@pytest.mark.parametrize("header", ["prixAchatTTC", "Preis mit MwSt.", "priceInclVat", "PreisMitMwSt"])
def test_tax_is_seen_in_words_run_together(header: str) -> None:
    assert tax_of(header) == "gross"
    assert "price" not in price_fields(header)


def test_words_run_together_are_those_of_the_dictionary() -> None:
    headers = ("artikelNummer", "productname", "EANCode", "lagerBestand", "itemnumber", "codigoDeBarras")
    assert [field_of(header) for header in headers] == ["ref", "title", "gtin", "stock", "ref", "gtin"]


@pytest.mark.parametrize(
    ("sold", "paid"),
    [
        ("prixVenteHT", "prixAchatHT"),
        ("sellingPrice", "costPrice"),
        ("verkaufsPreis", "einkaufsPreis"),
        ("ценаПродажи", "ценаЗакупки"),
    ],
)
def test_the_sales_price_is_not_what_is_paid(tmp_path: Path, sold: str, paid: str) -> None:
    path = tmp_path / "feed.csv"
    rows = "".join(f"PC-{at};Puzzle {at};9,9{at};5,0{at};{at}\n" for at in range(1, 6))
    path.write_text(f"sku;name;{sold};{paid};stock\n{rows}", encoding="utf-8")
    seen = inspect(path)
    [cleaned] = read(path, seen.shape, seen.mapping, seen.profile, default_currency="EUR")
    assert cleaned.accepted["price"].to_list() == ["5.01", "5.02", "5.03", "5.04", "5.05"]
    assert cleaned.accepted["list_price"].to_list() == ["9.91", "9.92", "9.93", "9.94", "9.95"]


def test_a_purchase_price_with_tax_leaves_the_sales_price_a_list_price(tmp_path: Path) -> None:
    path = tmp_path / "feed.csv"
    rows = "".join(f"PC-{at};Puzzle {at};6,0{at};9,9{at};12,4{at};{at}\n" for at in range(1, 6))
    path.write_text(f"sku;nom;prixAchatTTC;prixVenteHT;prixVenteTTC;stock\n{rows}", encoding="utf-8")
    seen = inspect(path)
    holds = {doubt.name for doubt in doubts_of(seen, seen.mapping) if doubt.holds}
    assert "price_with_tax:prixAchatTTC" in holds
    [cleaned] = read(path, seen.shape, seen.mapping, seen.profile, default_currency="EUR")
    assert cleaned.accepted["price"].null_count() == 5
    assert cleaned.accepted["list_price"].to_list() == ["9.91", "9.92", "9.93", "9.94", "9.95"]


@pytest.mark.parametrize("header", ["regular price", "UVP", "Prix public", "sellingPrice"])
def test_a_list_of_list_prices_alone_says_so(tmp_path: Path, header: str) -> None:
    path = tmp_path / "feed.csv"
    rows = "".join(f"R-{at},Kettle {at},24.9{at},{at}\n" for at in range(1, 6))
    path.write_text(f"sku,name,{header},stock\n{rows}", encoding="utf-8")
    seen = inspect(path)
    [told] = [doubt for doubt in doubts_of(seen, seen.mapping) if doubt.code == "price_missing"]
    assert (told.column, told.holds) == (header, False)
    assert repr(header) in told.message
    [cleaned] = read(path, seen.shape, seen.mapping, seen.profile, default_currency="EUR")
    assert cleaned.accepted["price"].null_count() == 5
    assert cleaned.accepted["list_price"].to_list() == ["24.91", "24.92", "24.93", "24.94", "24.95"]


def test_two_list_prices_are_no_purchase_price(tmp_path: Path) -> None:
    path = tmp_path / "feed.csv"
    rows = "".join(f"R-{at},Kettle {at},24.9{at},19.9{at}\n" for at in range(1, 6))
    path.write_text(f"sku,name,UVP,Selling price net\n{rows}", encoding="utf-8")
    seen = inspect(path)
    assert "price_missing:Selling price net" in {doubt.name for doubt in doubts_of(seen, seen.mapping)}
    [cleaned] = read(path, seen.shape, seen.mapping, seen.profile, default_currency="EUR")
    assert cleaned.accepted["price"].null_count() == 5
    assert cleaned.accepted["price[type=msrp]"].to_list() == ["24.91", "24.92", "24.93", "24.94", "24.95"]


def test_a_purchase_price_beside_it_says_nothing(tmp_path: Path) -> None:
    path = tmp_path / "feed.csv"
    rows = "".join(f"R-{at},Kettle {at},24.9{at},19.9{at}\n" for at in range(1, 6))
    path.write_text(f"sku,name,regular price,price\n{rows}", encoding="utf-8")
    seen = inspect(path)
    assert "price_missing" not in {doubt.code for doubt in doubts_of(seen, seen.mapping)}
