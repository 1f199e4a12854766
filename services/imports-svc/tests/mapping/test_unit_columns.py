"""Prices for 100 or 1000 that only a column of units tells (frappe/erpnext#54940)."""

import json
from pathlib import Path

import polars as pl
import pytest

from imports_svc.cleaning.units import for_several, letters_of
from imports_svc.feeds.errors import SampleMisleads
from imports_svc.feeds.model import Doubt, Inspection
from imports_svc.feeds.reader import inspect, read
from imports_svc.jobs.models import Job
from imports_svc.mapping.doubts import doubts_of
from imports_svc.mapping.suggest import apply_overrides
from imports_svc.pipeline.judging import with_judged


def _seen(tmp_path: Path, header: str, cells: list[str], price: str = "Preis") -> tuple[Inspection, dict[str, Doubt]]:
    path = tmp_path / "feed.csv"
    rows = "".join(f"S-0{at};Schraube {at}x40;{cell};{at + 1}2,00;{at}00\n" for at, cell in enumerate(cells))
    path.write_text(f"Artikel;Bezeichnung;{header};{price};Bestand\n{rows}", encoding="utf-8")
    seen = inspect(path)
    return seen, {doubt.name: doubt for doubt in doubts_of(seen, seen.mapping)}


def _prices(tmp_path: Path, seen: Inspection, header: str) -> list[str | None]:
    mapping = apply_overrides(seen.mapping, {"price_unit": header}, seen.shape, seen.profile)
    assert "price_unit_unread" not in {doubt.code for doubt in doubts_of(seen, mapping)}
    [cleaned] = read(tmp_path / "feed.csv", seen.shape, mapping, seen.profile, default_currency="EUR")
    found = cleaned.accepted["price"].to_list()
    assert cleaned.accepted["ref"].len() == len(found)
    return found


@pytest.mark.parametrize(
    ("header", "cells", "examples", "prices"),
    [
        ("ME", ["100 Stk.", "Stk.", "1000 Stk.", "Rolle"], ("100 Stk.", "1000 Stk."), ["0.12", "22", "0.032", "42"]),
        ("ME", ["% Stk", "Stk", "‰ Stk.", "Stk"], ("% Stk", "‰ Stk."), ["0.12", "22", "0.032", "42"]),
        ("Mengeneinheit", ["100 St", "St", "St", "ST"], ("100 St",), ["0.12", "22", "32", "42"]),
        ("VK-Einheit", ["100 MTR", "10 STK", "1 STK", "100 STK"],
         ("10 STK", "100 MTR", "100 STK"), ["0.12", "2.2", "32", "0.42"]),
        ("UOM", ["M", "C", "E", "E"], ("C", "M"), ["0.012", "0.22", "32", "42"]),
        ("UOM", ["DZ", "EA", "BX200", "GR"], ("BX200", "DZ", "GR"), ["1", "22", "0.16", "0.291667"]),
        ("unit", ["box of 100", "each", "roll", "box of 200"], ("box of 100", "box of 200"), ["0.12", "22", "32", "0.21"]),
        ("Unité de vente", ["100 pièces", "pièce", "boîte de 50", "pièce"],
         ("100 pièces", "boîte de 50"), ["0.12", "22", "0.64", "42"]),
        ("Unidad", ["100 uds", "ud", "docena", "caja de 20"],
         ("100 uds", "caja de 20", "docena"), ["0.12", "22", "2.666667", "2.1"]),
        ("Unità di misura", ["100 pz", "pz", "1000 pz", "pz"], ("100 pz", "1000 pz"), ["0.12", "22", "0.032", "42"]),
        ("Eenheid", ["100 stuks", "stuk", "stuk", "dozijn"], ("100 stuks", "dozijn"), ["0.12", "22", "32", "3.5"]),
        ("J.m.", ["100 szt", "szt", "szt", "tuzin"], ("100 szt", "tuzin"), ["0.12", "22", "32", "3.5"]),
        ("MJ", ["100 ks", "ks", "ks", "ks"], ("100 ks",), ["0.12", "22", "32", "42"]),
        ("Ед. изм.", ["100 шт", "шт.", "тыс. шт", "шт."], ("100 шт", "тыс. шт"), ["0.12", "22", "0.032", "42"]),
        ("Enhet", ["100 st", "st", "st", "st"], ("100 st",), ["0.12", "22", "32", "42"]),
        ("Birim", ["100 adet", "adet", "adet", "düzine"], ("100 adet", "düzine"), ["0.12", "22", "32", "3.5"]),
        ("単位", ["100個", "個", "ダース", "個"], ("100個", "ダース"), ["0.12", "22", "2.666667", "42"]),
    ],
)  # fmt: skip
def test_units_with_a_quantity_hold_and_divide_when_mapped(
    tmp_path: Path, header: str, cells: list[str], examples: tuple[str, ...], prices: list[str]
) -> None:
    seen, doubts = _seen(tmp_path, header, cells)
    doubt = doubts[f"price_unit_unread:{header}"]
    assert doubt.holds
    assert set(doubt.examples) == set(examples)
    assert _prices(tmp_path, seen, header) == prices


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        ("ME", ["Stk.", "Rolle", "m", "Stk."]),
        ("UOM", ["EA", "PCE", "m", "ROLL"]),
        ("UM", ["C62", "MTR", "KGM", "PR"]),
        ("ME", ["Stück", "Satz", "Paar", "Ring 50 m"]),
        ("J.m.", ["szt.", "kpl.", "m", "szt."]),
        ("Unité", ["pièce", "bouteille", "m²", "kg"]),
        ("ME", ["PCE", "M", "ROL", "PCE"]),
        ("Einheit", ["1 Stk", "1 Stk", "1 m", "1 Rolle"]),
        ("Einheit", ["500 g", "0,75 l", "10 kg", "m2"]),
        ("Farbe", ["100 Stk.", "Stk.", "C", "E"]),
    ],
)
def test_plain_units_hold_nothing(tmp_path: Path, header: str, cells: list[str]) -> None:
    assert not [name for name in _seen(tmp_path, header, cells)[1] if "price_unit" in name]


@pytest.mark.parametrize(
    "cell",
    [
        "CEN", "millar", "tys.", "setka", "Tsd", "Hdt", "HU", "TH", "Pkg", "CS", "BX", "PK", "T", "KST", "100er", "VPE", "C", "M",
        "H", "%", "Ktn.", "Btl. 6x", "6er Pack", "Karton", "pudełko", "conf.", "colis", "caja", "Pkg (100)", "Geb.",
    ],
)  # fmt: skip
def test_a_unit_that_is_not_known_as_one_piece_holds(tmp_path: Path, cell: str) -> None:
    """Pieces in other rows say nothing of these."""
    for cells in (["Stk", cell, "Stk", "Stk"], [cell] * 4):
        if cell == "M" and "Stk" not in cells:
            continue
        doubt = _seen(tmp_path, "ME", cells)[1]["price_unit_unread:ME"]
        assert (doubt.holds, doubt.examples) == (True, (cell,))


def test_a_header_that_says_the_quantity_is_enough(tmp_path: Path) -> None:
    doubts = _seen(tmp_path, "ME", ["100 Stk.", "100 Stk.", "100 Stk."], "Preis je 100")[1]
    assert not [name for name in doubts if "unread" in name]


def test_a_letter_is_a_thousand_only_beside_those_of_the_trade() -> None:
    assert letters_of(["PCE", "M", "GR"]) == letters_of(["100", "C"]) == {}
    assert letters_of(["EA", "M"]).get("M") is None
    assert letters_of(["E", "C", "M"])["M"] == 1_000
    assert letters_of(["EA", "GR"])["GR"] == 144
    assert for_several(["EA", "M", "FT"]) == {"M": None}


def test_a_letter_that_nobody_knows_leaves_its_price_out(tmp_path: Path) -> None:
    seen, doubts = _seen(tmp_path, "UOM", ["EA", "M", "EA", "M"])
    assert doubts["price_unit_unread:UOM"].holds
    assert _prices(tmp_path, seen, "UOM") == ["12", None, "32", None]


def test_units_of_comparison_beside_contents_hold_nothing(tmp_path: Path) -> None:
    """Israel's chains: `100 g` is what the price per unit is for, and a few pieces stand among it."""
    path = tmp_path / "feed.csv"
    cells = ["100 g", "100 ml", "100 g", "1 kg", "100 pcs"]
    rows = "".join(f"A{no};Soup {no};{no}.50;{cell}\n" for no, cell in enumerate(cells * 4, 1))
    path.write_text("sku;name;price;unit\n" + rows, encoding="utf-8")
    seen = inspect(path)
    assert {doubt.name: doubt.holds for doubt in doubts_of(seen, seen.mapping)} == {"price_unit_unread:unit": False}


@pytest.mark.parametrize(
    "header",
    ["Preisdimension", "Preisfaktor", "Faktor", "Base de prix", "Moltiplicatore prezzo", "BasisQuantity", "pro", "PU",
     "Preis für", "XPE", "Basis"],
)  # fmt: skip
def test_numbers_that_prices_are_for_hold_whatever_their_name(tmp_path: Path, header: str) -> None:
    """docs.oxaion.de, PREI."""
    seen, doubts = _seen(tmp_path, header, ["1", "100", "1", "1000"])
    assert doubts[f"price_unit_unread:{header}"].holds
    assert _prices(tmp_path, seen, header) == ["12", "0.22", "32", "0.042"]
    assert not any(doubt.holds for doubt in _seen(tmp_path, header, ["1"] * 4)[1].values())


@pytest.mark.parametrize(
    "header",
    ["VPE", "VE", "MOQ", "Mindestmenge", "Warengruppe", "Seite", "Min order", "Carton qty", "Inner", "Preisgruppe",
     "Rabattgruppe", "Lieferzeit Tage", "Länge mm", "Garantie", "Pcs per box", "Leistung W", "Order multiple",
     "Verpackungseinheit"],
)  # fmt: skip
def test_numbers_of_something_else_hold_nothing(tmp_path: Path, header: str) -> None:
    for cells in (["1", "100", "1", "10"], ["100"] * 4):
        assert not [name for name in _seen(tmp_path, header, cells)[1] if "price_unit" in name]


def test_codes_of_quantities_hold(tmp_path: Path) -> None:
    """DATANORM: 0 is for one piece, 2 for a hundred."""
    assert _seen(tmp_path, "PE-Code", ["0", "2", "3", "0"])[1]["price_unit_codes:PE-Code"].holds
    assert not any(doubt.holds for doubt in _seen(tmp_path, "PE", ["1", "100", "1", "1"])[1].values())


def test_quantities_of_prices_behind_the_beginning_of_a_file_hold(tmp_path: Path) -> None:
    path = tmp_path / "feed.csv"
    text = "x" * 200
    lines = [f"S-{at};Schraube {at} {text};{1 if at < 30_000 else 100};{at % 90},50;{at % 70}" for at in range(31_000)]
    path.write_text("\n".join(["Artikel-Nr.;Bezeichnung;Faktor;Preis;Bestand", *lines]) + "\n", encoding="utf-8")
    seen = inspect(path)
    assert seen.estimated
    with pytest.raises(SampleMisleads):
        list(read(path, seen.shape, seen.mapping, seen.profile, default_currency="EUR"))


def test_many_different_units_are_all_looked_at(tmp_path: Path) -> None:
    cells = [f"Rolle {at} m" for at in range(100)] + ["100 Stk."]
    assert _seen(tmp_path, "ME", cells)[1]["price_unit_unread:ME"].examples == ("100 Stk.",)


@pytest.mark.parametrize(
    ("header", "rows", "doubted"),
    [
        # The unit beside both is that of both, as DATANORM has it.
        ("Nettopreis;Listenpreis;Preiseinheit", ["12,50;18,90;100", "3,20;4,10;1", "140,00;199,00;1000"], False),
        # The list price is for one piece, and below what is paid for a hundred.
        ("Nettopreis;Listenpreis;Preiseinheit", ["12,50;0,19;100", "3,20;4,10;1", "140,00;0,20;1000"], True),
        # What is paid is for one piece.
        ("Nettopreis;Listenpreis;Preiseinheit", ["0,125;18,90;100", "3,20;4,10;1", "0,14;199,00;1000"], True),
        # A unit in one header is of that price alone.
        ("Nettopreis/100;Listenpreis", ["12,50;0,19", "3,20;0,05"], False),
        ("Nettopreis/100;Listenpreis", ["12,50;18,90", "3,20;4,10"], True),
        ("Nettopreis;Listenpreis/100", ["0,12;18,90", "0,03;4,10"], False),
        ("Nettopreis;Listenpreis/100", ["12,50;18,90", "3,20;4,10"], True),
        ("Nettopreis/100;Listenpreis/100", ["12,50;18,90", "3,20;4,10"], False),
        ("Nettopreis;Listenpreis", ["12,50;1,90", "3,20;4,10"], False),
    ],
)
def test_a_list_price_of_another_unit_holds(tmp_path: Path, header: str, rows: list[str], doubted: bool) -> None:
    path = tmp_path / "feed.csv"
    lines = [f"S-0{at};Schraube {at}x40;{row}" for at, row in enumerate(rows)]
    path.write_text("\n".join([f"Artikel;Bezeichnung;{header}", *lines, ""]), encoding="utf-8")
    seen = inspect(path)
    assert seen.mapping.fields.keys() >= {"price", "list_price"}
    assert [doubt.code for doubt in doubts_of(seen, seen.mapping) if doubt.holds] == (["price_unit_of_one"] if doubted else [])


@pytest.mark.parametrize(("usual", "odd", "holds"), [(10, 1, True), (5, 12, True), (19, 1, True), (400, 2, False)])
def test_list_prices_of_another_unit_are_told_row_by_row(tmp_path: Path, usual: int, odd: int, holds: bool) -> None:
    """`usual`: rows whose list price is in the unit of the price; some rows behind the first ones have another."""
    path = tmp_path / "feed.csv"
    if holds:
        # Those of another unit first, one that is right between them.
        rows = ["12,50;0,20;100"] * usual + ["12,50;13,00;100"] * odd
        wrong = usual
    else:
        rows = ["12,50;13,00;100"] * usual + ["12,50;0,20;100"] * odd
        wrong = odd
    lines = [f"S-{at};Schraube {at}x40;{row}" for at, row in enumerate(rows)]
    path.write_text("\n".join(["Artikel;Bezeichnung;Nettopreis;Listenpreis;Preiseinheit", *lines, ""]), encoding="utf-8")
    seen = inspect(path)
    first = [doubt for doubt in doubts_of(seen, seen.mapping) if doubt.code == "price_unit_of_one"]
    assert [doubt.holds for doubt in first] == ([True] if holds else [])
    [block] = read(path, seen.shape, seen.mapping, seen.profile, default_currency="EUR")
    told = block.problems.filter(pl.col("reasons").list.contains("price_unit_of_one"))
    assert told.height == wrong
    job = Job(
        accepted=[],
        doubts=[],
        read=len(rows),
        rejected=0,
        created=len(rows),
        products_created=len(rows),
        confirmed=True,
        currency="EUR",
        mapping=json.loads(seen.mapping.to_json()),
        inspection=json.loads(seen.to_json()),
        reasons={"price_unit_of_one": told.height},
    )
    [judged] = [doubt for doubt in with_judged(job) if doubt.code == "price_unit_of_one"]
    assert (judged.name, judged.rows, judged.holds) == ("price_unit_of_one:Listenpreis", wrong, holds)


@pytest.mark.parametrize("more", [999, 1_500])
def test_a_hundred_among_many_contents_is_seen(tmp_path: Path, more: int) -> None:
    cells = [f"Rolle {at} m" for at in range(more)] + ["100 Stk."]
    assert _seen(tmp_path, "ME", cells)[1]["price_unit_unread:ME"].examples == ("100 Stk.",)
    doubts = _seen(tmp_path, "ME", [f"{at} g" for at in range(5, more)] + ["100 Stk."])[1]
    assert not doubts["price_unit_unread:ME"].holds
    assert "price_unit_unread:ME" not in _seen(tmp_path, "ME", [f"{at} g" for at in range(5, more)])[1]


def test_a_hundred_among_many_contents_behind_the_beginning_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "feed.csv"
    text = "x" * 200
    units = [f"Rolle {at % 2_000} m" if at != 30_900 else "100 Stk." for at in range(31_000)]
    lines = [f"S-{at};Schraube {at} {text};{unit};{at % 90},50;{at % 70}" for at, unit in enumerate(units)]
    path.write_text("\n".join(["Artikel-Nr.;Bezeichnung;ME;Preis;Bestand", *lines]) + "\n", encoding="utf-8")
    seen = inspect(path)
    assert seen.estimated
    with pytest.raises(SampleMisleads):
        list(read(path, seen.shape, seen.mapping, seen.profile, default_currency="EUR"))
    whole = inspect(path, seen.shape, whole=True)
    assert "price_unit_unread:ME" in {doubt.name for doubt in doubts_of(whole, whole.mapping)}
    assert list(read(path, whole.shape, whole.mapping, whole.profile, default_currency="EUR"))
