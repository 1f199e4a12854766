"""The shop's own list names suppliers and their numbers beside its own: they are ties, and never its references."""

from pathlib import Path

import polars as pl
import pytest

from imports_svc.feeds.model import Inspection, Mapping
from imports_svc.feeds.reader import inspect, read
from imports_svc.mapping.doubts import doubts_of
from imports_svc.mapping.own_list import may_tie, suggested, unread, whole
from imports_svc.mapping.suggest import apply_overrides
from imports_svc.vocabulary.suppliers import is_supplier_name, is_suppliers_number

ROWS = ("1001;Red pen;Nord GmbH;N-1;4006381333931", "1002;Blue pen;Sud;S-77;4006381333948", "1003;Black pen;Nord GmbH;;")


def look(tmp_path: Path, *lines: str) -> Inspection:
    path = tmp_path / "feed.csv"
    path.write_text("\n".join((*lines, "")), encoding="utf-8")
    return inspect(path)


def columns(seen: Inspection, mapping: Mapping) -> dict[str, str]:
    return {name: seen.shape.columns[choice.column] for name, choice in mapping.fields.items()}


@pytest.mark.parametrize(
    ("own", "supplier", "theirs"),
    [
        ("Artikelnummer", "Lieferant", "Lieferanten-Artikelnummer"),
        ("Artikelnummer", "Lieferant", "Lief.-Art.-Nr."),
        ("Unsere Artikelnummer", "Hauptlieferant", "Bestellnummer Lieferant"),
        ("item no", "supplier", "supplier item no"),
        ("SKU", "Preferred Supplier", "Supplier SKU"),
        ("Our SKU", "Vendor", "Vendor Part Number"),
        ("Référence article", "Fournisseur", "Réf. fournisseur"),
        ("Code article", "Nom fournisseur", "Code article fournisseur"),
        ("Código artículo", "Proveedor", "Referencia proveedor"),
        ("Codice articolo", "Fornitore", "Codice articolo fornitore"),
        ("Artikelcode", "Leverancier", "Artikelnummer leverancier"),
        ("Kod towaru", "Dostawca", "Kod towaru dostawcy"),
        ("Kód zboží", "Dodavatel", "Katalogové číslo dodavatele"),
        ("Šifra artikla", "Dobavljač", "Šifra artikla dobavljača"),
        ("Артикул", "Поставщик", "Артикул поставщика"),
        ('מק"ט', "ספק", 'מק"ט ספק'),
        ("Κωδικός", "Προμηθευτής", "Κωδικός προϊόντος προμηθευτή"),
        ("Referência", "Fornecedor", "Referência fornecedor"),
        ("Artikelnr", "Leverantör", "Leverantörens artikelnr"),
        ("Varenummer", "Leverandør", "Leverandørens varenummer"),
        ("Tuotenumero", "Toimittaja", "Toimittajan tuotenumero"),
        ("Cikkszám", "Szállító", "Szállítói cikkszám"),
        ("Stok kodu", "Tedarikçi", "Tedarikçi stok kodu"),
        ("品番", "仕入先", "仕入先品番"),
        ("货号", "供应商", "供应商货号"),
    ],
)
def test_ties_are_known_by_their_headers(own: str, supplier: str, theirs: str, tmp_path: Path) -> None:
    seen = look(tmp_path, f"{own};title;{supplier};{theirs};EAN", *ROWS)
    mapping = suggested(seen, own_list=True)
    assert columns(seen, mapping) == {
        **{"ref": own, "gtin": "EAN", "title": "title", "tie_supplier": supplier, "tie_ref": theirs}
    }
    assert [one.name for one in doubts_of(seen, mapping) if one.holds] == []
    assert not {"tie_supplier", "tie_ref"} & seen.mapping.fields.keys(), "a supplier's list ties nothing"


@pytest.mark.parametrize(
    "header",
    [
        *("Lieferantennummer", "Lieferanten-Nr.", "Supplier", "Supplier no", "Supplier code", "Vendor ID", "Codice fornitore"),
        *("Liefertermin", "Artikelnummer", "Supplier price", "Lieferantenname", "Manufacturer part number", "SKU"),
        *("Supplier product name", "Lieferanten-Artikelbezeichnung", "Lieferantenartikelpreis", "Preferred supplier"),
        *("Supplier product URL", "Vendor product price", "Kód dodavatele", "Šifra dobavljača", "Supplier item description"),
    ],
)
def test_headers_that_name_something_else(header: str) -> None:
    assert not is_suppliers_number(header)


@pytest.mark.parametrize(
    ("header", "cells", "told"),
    [
        ("Supplier code", ("N-1", "S-77", "N-2"), True),
        ("Lieferanten-Nr.", ("N-1", "S-77", "N-2"), True),
        ("Codice fornitore", ("N-1", "S-77", "N-2"), True),
        # The number of the supplier himself.
        ("Supplier code", ("70001", "70001", "70001"), False),
        ("Supplier price", ("1", "2", "3"), False),
    ],
)
def test_a_number_that_may_be_the_supplier_s_or_his_article_s(
    tmp_path: Path, header: str, cells: tuple[str, ...], told: bool
) -> None:
    seen = look(
        tmp_path, f"Artikelnummer;Bezeichnung;{header}", *(f"{at};Pen {at};{cell}" for at, cell in enumerate(cells, 1001))
    )
    assert may_tie(header, seen.profile.columns[2]) is told


def test_who_delivers() -> None:
    for header in ("Lieferant", "Supplier", "Main supplier", "Наименование поставщика", "主要仕入先"):
        assert is_supplier_name(header), header
    for header in ("Lieferantennummer", "Supplier item no", "Brand", "Liefertermin"):
        assert not is_supplier_name(header), header


def test_the_only_number_there_is_is_no_tie(tmp_path: Path) -> None:
    seen = look(tmp_path, "Bezeichnung;Lieferant;Lieferanten-Artikelnummer", "Red pen;Nord;N-1", "Blue pen;Sud;S-1")
    assert columns(seen, suggested(seen, own_list=True)) == {"ref": "Lieferanten-Artikelnummer", "title": "Bezeichnung"} | {
        "supplier": "Lieferant"
    }


def test_numbered_columns_are_told_and_not_read(tmp_path: Path) -> None:
    pair = "Lieferant;Lief-ArtNr;Lieferant 2;Lief-ArtNr 2"
    seen = look(tmp_path, f"Artikelnummer;Bezeichnung;{pair}", "1001;Red pen;Nord;N-1;Sud;S-1", "1002;Blue pen;Nord;N-2;;")
    mapping = suggested(seen, own_list=True)
    assert columns(seen, mapping)["tie_ref"] == "Lief-ArtNr"
    assert unread(["Lief-ArtNr 2", "Lieferant 2", "Lagerort"]) == ["Lief-ArtNr 2"]
    seen = look(tmp_path, "Artikelnummer;Bezeichnung;Lief-ArtNr 1;Lief-ArtNr 2", "1001;Red pen;N-1;S-1", "1002;Blue pen;N-2;")
    assert not {"tie_supplier", "tie_ref"} & suggested(seen, own_list=True).fields.keys()


def test_a_supplier_s_number_beside_his_name_is_not_his_name(tmp_path: Path) -> None:
    header = "Artikelnummer;Bezeichnung;Lieferant;Lieferantenname;Lief-ArtNr"
    seen = look(tmp_path, header, "1001;Red pen;70001;Nord;N-1", "1002;Blue pen;70002;Sud;S-1")
    assert columns(seen, suggested(seen, own_list=True))["tie_supplier"] == "Lieferantenname"
    # Of two names nobody knows which one is meant.
    seen = look(tmp_path, header, "1001;Red pen;Nord AG;Nord;N-1", "1002;Blue pen;Sud AG;Sud;S-1")
    assert not {"tie_supplier", "tie_ref"} & suggested(seen, own_list=True).fields.keys()


def test_half_a_tie_that_nobody_chose_goes(tmp_path: Path) -> None:
    seen = look(tmp_path, "Artikelnummer;Bezeichnung;Lieferant;Lief-ArtNr;EAN", *ROWS)
    mapping = suggested(seen, own_list=True)
    brand = whole(apply_overrides(mapping, {"brand": "Lieferant"}, seen.shape, seen.profile))
    assert not {"tie_supplier", "tie_ref"} & brand.fields.keys()
    chosen = whole(apply_overrides(seen.mapping, {"tie_ref": "Lief-ArtNr"}, seen.shape, seen.profile))
    assert "tie_ref" in chosen.fields


def test_ties_are_cleaned_as_references_are(tmp_path: Path) -> None:
    rows = ('1001;Pen;Nord\xa0;"=""00120"""', "1002;Ink;;N-2", "1003;Cap;Nord;n/a", f"1004;Nib;Nord;{'x' * 129}")
    more = [f"2{number};Pen;Nord;{number}" for number in range(9)]
    seen = look(tmp_path, "Artikelnummer;Bezeichnung;Lieferant;Lief-ArtNr", *rows, *more)
    [cleaned] = read(tmp_path / "feed.csv", seen.shape, suggested(seen, own_list=True), seen.profile)
    assert cleaned.accepted["tie_ref"].to_list()[:4] == ["00120", "N-2", None, None]
    assert cleaned.accepted["tie_supplier"].to_list()[:4] == ["Nord", None, "Nord", "Nord"]
    reasons = {row["row_no"]: row["reasons"] for row in cleaned.problems.to_dicts()}
    assert reasons == {2: ["tie_incomplete"], 4: ["tie_ref_too_long"]}


def test_folded_rows_keep_their_ties(tmp_path: Path) -> None:
    red = ("1001;Red pen;Nord;N-1;4006381333931", "1001;;Sud;S-1;", "1001;;Sud;S-1;", "1001;;;;")
    header = "Artikelnummer;Bezeichnung;Lieferant;Lief-ArtNr;EAN"
    seen = look(tmp_path, header, *red, "1002;Blue pen;;;", "1002;;Sud;S-2;")
    chosen = apply_overrides(suggested(seen, own_list=True), {"repeated_rows": "first"}, seen.shape, seen.profile)
    accepted = pl.concat(one.accepted for one in read(tmp_path / "feed.csv", seen.shape, chosen, seen.profile))
    assert accepted.select("row_no", "ref", "title", "gtin14", "tie_ref").rows() == [
        (1, "1001", "Red pen", "04006381333931", "N-1"),
        (2, "1001", "Red pen", "04006381333931", "S-1"),
        (5, "1002", "Blue pen", None, None),
        (6, "1002", "Blue pen", None, "S-2"),
    ]
