"""What stands around a table or in short headers and says of all its prices and stocks: currencies, quantities, days, grades."""

from pathlib import Path

import pytest

from imports_svc.feeds.doubt import CODES
from imports_svc.feeds.model import Doubt, Inspection
from imports_svc.feeds.reader import inspect, read
from imports_svc.mapping.doubts import doubts_of

ROWS = "".join(f"A-{at};Lamp {at};{20 + at}.50;{at}\n" for at in range(8))


def _seen(tmp_path: Path, text: str) -> tuple[Inspection, dict[str, Doubt], dict[str, str]]:
    (tmp_path / "feed.csv").write_text(text, encoding="utf-8")
    seen = inspect(tmp_path / "feed.csv")
    found = {doubt.name: doubt for doubt in doubts_of(seen, seen.mapping)}
    assert {doubt.code for doubt in found.values()} <= CODES
    return seen, found, {name: seen.shape.columns[choice.column] for name, choice in seen.mapping.fields.items()}


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("All prices in USD excl. VAT", "USD"),
        ("Alle Preise in CHF zzgl. MwSt.", "CHF"),
        ("Currency: GBP", "GBP"),
        ("Prix en CAD hors taxes", "CAD"),
        ("Ceny w PLN netto", "PLN"),
        ("Prices in £", "GBP"),
        ("ACME USD Office, Main Street", None),
        ("Prices of 2026", None),
        ("Prices in USD or EUR", None),
    ],
)
def test_a_line_above_the_table_says_the_currency(tmp_path: Path, line: str, code: str | None) -> None:
    text = f"ACME Ltd;;;\n{line};;;\nItem;Description;Price;Stock\n{ROWS}"
    seen, doubts, _ = _seen(tmp_path, text)
    assert seen.mapping.currency_code == code
    assert ("currency_around" in doubts) == (code is not None)
    own = _seen(tmp_path, text.replace("Price;", "Price EUR;"))[0]
    assert own.mapping.currency_code == "EUR", "what a header says goes before"


def test_a_line_below_the_table_that_says_another_currency_is_told(tmp_path: Path) -> None:
    text = f"Item;Description;Price;Stock\n{ROWS};;;\nPreise in CHF zzgl. MwSt.;;;\n"
    for price, reason in (("Price", "currency_remark"), ("Price CHF", "remark_row")):
        seen = _seen(tmp_path, text.replace("Price", price))[0]
        [cleaned] = read(tmp_path / "feed.csv", seen.shape, seen.mapping, seen.profile, default_currency="EUR")
        assert cleaned.problems["reasons"].to_list() == [[reason]]


def test_quantities_alone_are_those_of_prices(tmp_path: Path) -> None:
    for headers in ("1+;10+;100+", "1-9;10-99;100+", "ab 1;ab 10;ab 100"):
        text = f"Code;Description;{headers};Stock\n" + "".join(
            f"A-{at};Lamp {at};{20 + at}.00;18.00;15.00;{at}\n" for at in range(6)
        )
        first, ten, hundred = headers.split(";")
        fields = _seen(tmp_path, text)[2]
        assert fields.items() >= {"price": first, "price[min=10]": ten, "price[min=100]": hundred, "stock": "Stock"}.items()


def test_a_year_is_no_quantity_and_a_day_no_place(tmp_path: Path) -> None:
    years = "Art.;Bezeichnung;Preis 2025;Preis 2026\n" + "".join(
        f"A-{at};Lampe {at};{20 + at},50;{21 + at},90\n" for at in range(6)
    )
    _, doubts, fields = _seen(tmp_path, years)
    assert doubts[f"column_tie:{fields['price']}"].holds
    days = "sku;name;price;stock 30.11.;stock 07.12.\n" + "".join(f"A-{at};Lamp {at};2.50;{at};{at + 5}\n" for at in range(6))
    _, doubts, fields = _seen(tmp_path, days)
    assert doubts[f"column_tie:{fields['stock']}"].holds
    places = days.replace("stock 30.11.", "stock 1").replace("stock 07.12.", "stock 2")
    assert _seen(tmp_path, places)[2].keys() >= {"stock[location=1]", "stock[location=2]"}


def test_grades_of_availability_are_no_quantities(tmp_path: Path) -> None:
    text = "sku;name;price;availability\n" + "".join(f"A-{at};Lamp {at};2.50;{at % 4}\n" for at in range(12))
    assert _seen(tmp_path, text)[1]["stock_flag:availability"].holds
    counted = "sku;name;price;availability\n" + "".join(f"A-{at};Lamp {at};2.50;{at}\n" for at in range(12))
    assert "stock_flag:availability" not in _seen(tmp_path, counted)[1]


def test_small_numbers_below_a_size_are_no_references(tmp_path: Path) -> None:
    text = "Style;Colour;S;M;L;Price\n" + "".join(f"ST{at};red;{at};{at + 1};{at + 2};2.50\n" for at in range(8))
    assert "ref" not in _seen(tmp_path, text)[2]


def test_net_alone_is_a_price_or_a_weight(tmp_path: Path) -> None:
    text = "Code;Description;List;Disc;Net\n" + "".join(f"A-{at};Lamp {at};{40 + at}.00;50;{20 + at}.50\n" for at in range(8))
    assert _seen(tmp_path, text)[1]["price_unread:Net"].holds
