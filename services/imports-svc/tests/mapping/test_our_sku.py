"""Columns with our SKU: known by headers that say so, never by their values."""

from pathlib import Path

import polars as pl
import pytest

from imports_svc.feeds.model import Inspection
from imports_svc.feeds.reader import inspect, read
from imports_svc.mapping.doubts import doubts_of
from imports_svc.mapping.suggest import apply_overrides
from imports_svc.vocabulary.words import field_of, is_ours, is_suppliers


def look(tmp_path: Path, header: str, *rows: str) -> Inspection:
    path = tmp_path / "feed.csv"
    path.write_text("\n".join((header, *rows, "")), encoding="utf-8")
    return inspect(path)


def mapped(seen: Inspection) -> dict[str, str]:
    fields = ("ref", "gtin", "our_sku")
    return {name: seen.shape.columns[one.column] for name, one in seen.mapping.fields.items() if name in fields}


@pytest.mark.parametrize(
    "header",
    [
        *("Kundenartikelnummer", "Customer item no.", "Votre référence", "Ihre Artikelnummer", "Your SKU", "Su referencia"),
        *(
            "Uw artikelnummer",
            "Vaše číslo zboží",
            "Ваш артикул",
            "Vaša šifra",
            'מק"ט לקוח',
            "Ert artikelnummer",
            "貴社品番",
            "客户料号",
        ),
        *("Vostro codice", "Państwa indeks", "Deres varenr.", "customer_part_number", "CustomerItemCode", "Müşteri stok kodu"),
    ],
)
def test_headers_that_say_it(header: str, tmp_path: Path) -> None:
    assert (field_of(header), is_ours(header)) == ("our_sku", False)
    seen = look(tmp_path, f"item no;{header};name;price eur", "A-1;1001;Red pen;1.50", "A-2;1002;Blue pen;2.50")
    assert mapped(seen) == {"ref": "item no", "our_sku": header}
    assert [one.code for one in doubts_of(seen, seen.mapping) if one.holds] == []


@pytest.mark.parametrize(
    "header", ["Customer no", "Kundennummer", "Customer", "Customer group", "N° client", "SKU", "Artikelnummer"]
)
def test_headers_that_say_something_else(header: str) -> None:
    assert field_of(header) != "our_sku"


def test_a_number_called_ours_is_the_reference_where_it_is_the_only_one(tmp_path: Path) -> None:
    rows = ("1001;4006381333931;Red pen", "1002;4006381333948;Blue pen")
    seen = look(tmp_path, "Unsere Artikelnummer;EAN;Bezeichnung", *rows)
    assert mapped(seen) == {"ref": "Unsere Artikelnummer", "gtin": "EAN"}
    seen = look(tmp_path, "our sku;name", "1001;Red pen", "1002;Blue pen")
    assert mapped(seen) == {"ref": "our sku"}


def test_a_number_called_ours_beside_another_is_a_doubt(tmp_path: Path) -> None:
    seen = look(tmp_path, "item no;our sku;name;price eur", "A-1;1001;Red pen;1.50", "A-2;1002;Blue pen;2.50")
    assert mapped(seen) == {"ref": "item no", "our_sku": "our sku"}
    assert [one.name for one in doubts_of(seen, seen.mapping) if one.holds] == ["our_sku_whose:our sku"]
    chosen = apply_overrides(seen.mapping, {"our_sku": "our sku"}, seen.shape, seen.profile)
    assert [one.name for one in doubts_of(seen, chosen) if one.holds] == []


def test_the_customer_s_number_stands_in_for_a_missing_reference(tmp_path: Path) -> None:
    seen = look(tmp_path, "Ihre Artikelnummer;Bezeichnung;EK EUR", "1001;Red pen;1,50", "1002;Blue pen;2,50")
    assert mapped(seen) == {"ref": "Ihre Artikelnummer", "our_sku": "Ihre Artikelnummer"}
    both = {"ref": "Ihre Artikelnummer", "our_sku": "Ihre Artikelnummer"}
    chosen = apply_overrides(seen.mapping, both, seen.shape, seen.profile)
    assert {name: one.column for name, one in chosen.fields.items() if name in both} == {"ref": 0, "our_sku": 0}
    alone = apply_overrides(seen.mapping, {"ref": "Ihre Artikelnummer"}, seen.shape, seen.profile)
    assert "our_sku" not in alone.fields, "it was said to be the reference, and nothing more"


def test_it_is_cleaned_as_codes_are(tmp_path: Path) -> None:
    rows = ('A-1;"=""00120""";Red pen', "A-2;n/a;Blue pen", f"A-3;{'x' * 129};Green pen", "A-4;;Black pen", "A-5;10 01;White pen")
    more = [f"B-{number};{number};Pen no. {number}" for number in range(9)]
    seen = look(tmp_path, "item no;your sku;name", *rows, *more)
    [cleaned] = read(tmp_path / "feed.csv", seen.shape, seen.mapping, seen.profile)
    assert cleaned.accepted["our_sku"].to_list()[:5] == ["00120", None, None, None, "10 01"]
    reasons = cleaned.problems.filter(pl.col("row_no") == 3)["reasons"].to_list()
    assert reasons == [["our_sku_too_long"]]


def test_a_file_without_it_has_no_such_column(tmp_path: Path) -> None:
    seen = look(tmp_path, "item no;name", "A-1;Red pen")
    [cleaned] = read(tmp_path / "feed.csv", seen.shape, seen.mapping, seen.profile)
    assert "our_sku" not in cleaned.accepted.columns


def test_headers_about_the_supplier() -> None:
    for header in ("Supplier item no", "Lieferantenartikelnummer", "Réf. fournisseur", "Art nr Lieferant", "Артикул поставщика"):
        assert is_suppliers(header), header
    for header in ("Artikelnummer", "SKU", "Our SKU", "Liefertermin"):
        assert not is_suppliers(header), header
