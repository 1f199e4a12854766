"""Days among codes and prices, and quantities that are no stock, after public reports: named beside each."""

import json
from datetime import date
from pathlib import Path

import pytest

from imports_svc.feeds.doubt import CODES
from imports_svc.feeds.model import Cleaned, Doubt, Inspection
from imports_svc.feeds.reader import inspect, read
from imports_svc.mapping.doubts import doubts_of

_DAY = date(2026, 11, 30)


def _inspect(tmp_path: Path, text: str, day: date = _DAY) -> Inspection:
    path = tmp_path / "feed.csv"
    path.write_text(text, encoding="utf-8")
    return inspect(path, day=day)


def _mapped(seen: Inspection) -> dict[str, str]:
    return {name: seen.shape.columns[choice.column] for name, choice in seen.mapping.fields.items()}


def _doubts(seen: Inspection) -> dict[str, Doubt]:
    found = {doubt.name: doubt for doubt in doubts_of(seen, seen.mapping)}
    assert {doubt.code for doubt in found.values()} <= CODES
    return found


def _read(tmp_path: Path, seen: Inspection) -> list[Cleaned]:
    return list(read(tmp_path / "feed.csv", seen.shape, seen.mapping, seen.profile, default_currency="EUR"))


def _column(tmp_path: Path, seen: Inspection, name: str) -> list[object]:
    return [value for cleaned in _read(tmp_path, seen) for value in cleaned.accepted[name].to_list()]


def _list(header: str, days: list[str]) -> str:
    rows = "".join(f"PF-{at};Elbow {at} mm;{day};{at},20;{at}\n" for at, day in enumerate(days, 10))
    return f"Artikelnr;Bezeichnung;{header};Nettopreis;Bestand\n{rows}"


# Digits of these days pass as EAN-8.
_PASS = ["1984-07-03", "1984-06-11", "1984-11-20", "1984-07-03", "1984-07-03", "1984-07-03"]


@pytest.mark.parametrize("header", ["Release date", "valid_from", "Erscheinungsdatum", "fecha", "Data", "Info", "EAN"])
@pytest.mark.parametrize(
    "written",
    [
        lambda y, m, d: f"{y}-{m}-{d}",
        lambda y, m, d: f"{y}{m}{d}",
        lambda y, m, d: f"{d}.{m}.{y}",
        lambda y, m, d: f"{d}-{m}-{y}",
        lambda y, m, d: f"{y}/{m}/{d}",
        lambda y, m, d: f"{y}-{m}-{d} 00:00:00",
    ],
    ids=["iso", "compact", "dots", "hyphens", "slashes", "midnight"],
)
def test_days_are_no_codes(tmp_path: Path, header: str, written: object) -> None:
    """frappe/erpnext#29806: the days of validity became GTIN."""
    assert callable(written)
    seen = _inspect(tmp_path, _list(header, [written(*day.split("-")) for day in _PASS]))
    assert _mapped(seen) == {"ref": "Artikelnr", "title": "Bezeichnung", "price": "Nettopreis", "stock": "Bestand"}
    assert _column(tmp_path, seen, "gtin14") == [None] * 6


@pytest.mark.parametrize("header", ["Cat No", "Catalogue number", "Katalog-Nr."])
def test_days_take_no_reference_from_a_catalogue_number(tmp_path: Path, header: str) -> None:
    rows = "".join(f"CD-{at};Band {at} - One;{day};9.90;3\n" for at, day in enumerate(_PASS))
    seen = _inspect(tmp_path, f"{header};Artist - Title;Release date;Price;Stock\n{rows}")
    assert _mapped(seen) == {"ref": header, "title": "Artist - Title", "price": "Price", "stock": "Stock"}
    assert _column(tmp_path, seen, "ref") == [f"CD-{at}" for at in range(6)]


@pytest.mark.parametrize("written", ["201010{:02}", "2010-10-{:02}"])
def test_numbers_of_articles_may_look_like_days(tmp_path: Path, written: str) -> None:
    numbers = [written.format(at) for at in range(1, 9)]
    rows = "".join(f"{numbers[at]};Lamp {at};{at}.50;{at}\n" for at in range(8))
    seen = _inspect(tmp_path, f"Artikelnummer;Bezeichnung;Preis;Bestand\n{rows}")
    assert _mapped(seen) == {"ref": "Artikelnummer", "title": "Bezeichnung", "price": "Preis", "stock": "Bestand"}
    assert _column(tmp_path, seen, "ref") == numbers


def test_codes_of_eight_digits_stay_codes(tmp_path: Path) -> None:
    codes = ["96385074", "40170725", "42345671", "50112340", "73513537", "65833254"]
    rows = "".join(f"A-{at};Tea {at};{code};{at}.20\n" for at, code in enumerate(codes))
    assert _mapped(_inspect(tmp_path, f"sku;title;code2;price\n{rows}"))["gtin"] == "code2"


@pytest.mark.parametrize(
    "header",
    [
        "Qty ordered",
        "Qty shipped",
        "Qty backordered",
        "qty change",
        "Stock adjustment",
        "stock delta",
        "Qty sold",
        "Bestand bestellt",
        "Lager verkauft",
        "Stock vendu",
        "Stock commandé",
        "stock vendido",
        "stan zmiana",
        "остаток изменение",
        "在庫増減",
    ],
)
def test_what_was_ordered_or_changed_is_no_stock(tmp_path: Path, header: str) -> None:
    """inventree/InvenTree#11389."""
    rows = "".join(f"A-{at};Servo {at};{at};{at}20,00\n" for at in range(1, 6))
    seen = _inspect(tmp_path, f"Item code;Description;{header};Unit price\n{rows}")
    assert _mapped(seen) == {"ref": "Item code", "title": "Description", "price": "Unit price"}


def test_ordered_and_shipped_are_no_locations(tmp_path: Path) -> None:
    rows = "".join(f"A-{at};Servo {at};{at};{at + 1};{at + 7};{at}20,00\n" for at in range(1, 6))
    seen = _inspect(tmp_path, f"Item code;Description;Qty ordered;Qty shipped;Qty;Unit price\n{rows}")
    assert _mapped(seen) == {"ref": "Item code", "title": "Description", "price": "Unit price", "stock": "Qty"}
    assert _column(tmp_path, seen, "stock") == [8, 9, 10, 11, 12]


def test_a_sign_before_every_quantity_holds(tmp_path: Path) -> None:
    rows = "".join(f"RL-{at},Filter {at},3.2{at},{number}\n" for at, number in enumerate(["+5", "-3", "+12", "+1", "-2", "+20"]))
    doubt = _doubts(_inspect(tmp_path, f"sku,name,price,qty\n{rows}"))["stock_relative:qty"]
    assert (doubt.holds, doubt.rows) == (True, 6)


def test_a_few_negative_quantities_are_no_changes(tmp_path: Path) -> None:
    rows = "".join(f"RL-{at},Filter {at},3.2{at},{number}\n" for at, number in enumerate(["5", "-3", "12", "1", "50+", "20"]))
    assert "stock_relative:qty" not in _doubts(_inspect(tmp_path, f"sku,name,price,qty\n{rows}"))


def test_a_day_among_prices_is_no_price(tmp_path: Path) -> None:
    prices = ["12.50", "11.20", "9.75", "10.10", "8.20", "46143", "7.90", "7.10", "6.90", "6.10"]
    rows = "".join(f"OS-{at},Seal {at},{price},{at}\n" for at, price in enumerate(prices))
    seen = _inspect(tmp_path, f"code,description,price,stock\n{rows}")
    assert _column(tmp_path, seen, "price") == ["12.5", "11.2", "9.75", "10.1", "8.2", None, "7.9", "7.1", "6.9", "6.1"]
    [problem] = [row for cleaned in _read(tmp_path, seen) for row in cleaned.problems.to_dicts()]
    assert (problem["row_no"], problem["reasons"]) == (6, ["price_like_date"])
    assert json.loads(problem["values"]) == {"price": "46143", "price may have been": "2026-05-01: 1.5, 5.1, 5.26"}


@pytest.mark.parametrize(
    "prices", [["39900", "46143", "52000", "41000"], ["1200.50", "46143", "45000.10", "39000.20", "800.10", "990.90", "12.40"]]
)
def test_large_prices_are_prices(tmp_path: Path, prices: list[str]) -> None:
    rows = "".join(f"OS-{at},Car {at},{price},{at}\n" for at, price in enumerate(prices))
    seen = _inspect(tmp_path, f"code,description,price,stock\n{rows}")
    assert "46143" in _column(tmp_path, seen, "price")
