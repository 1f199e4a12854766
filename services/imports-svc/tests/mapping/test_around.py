"""What stands around a table or in short headers and says of all its prices and stocks: currencies, quantities, days, grades."""

from dataclasses import replace
from pathlib import Path

import pytest

from imports_svc.feeds.doubt import CODES
from imports_svc.feeds.model import Doubt, Inspection
from imports_svc.feeds.reader import inspect, read
from imports_svc.mapping.around import currency_around, settled
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
    for price, reason in (("Price", "remark_in_CHF"), ("Price CHF", "remark_row")):
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
    text = "sku;name;price;availability\n" + "".join(f"A-{at};Lamp {at};2.50;{at % 3 + 1}\n" for at in range(12))
    assert _seen(tmp_path, text)[1]["stock_flag:availability"].holds
    counted = "sku;name;price;availability\n" + "".join(f"A-{at};Lamp {at};2.50;{at}\n" for at in range(12))
    assert "stock_flag:availability" not in _seen(tmp_path, counted)[1]


def test_small_numbers_below_a_size_are_no_references(tmp_path: Path) -> None:
    text = "Style;Colour;S;M;L;Price\n" + "".join(f"ST{at};red;{at};{at + 1};{at + 2};2.50\n" for at in range(8))
    assert _seen(tmp_path, text)[2].get("ref") == "Style"


def test_net_alone_is_a_price_or_a_weight(tmp_path: Path) -> None:
    text = "Code;Description;List;Disc;Net\n" + "".join(f"A-{at};Lamp {at};{40 + at}.00;50;{20 + at}.50\n" for at in range(8))
    assert _seen(tmp_path, text)[1]["price_unread:Net"].holds


@pytest.mark.parametrize(
    ("units", "price", "holding"),
    [
        (";;CHF;Stk", "Price (CHF)", []),
        (";;CHF/100 Stk;pcs", "Price (CHF/100 Stk)", []),
        (";;CHF;Karton", "Price (CHF)", ["stock_in_packs:Stock (Karton)"]),
        (";;inkl. MwSt.;Stk", None, ["price_with_tax:Price (inkl. MwSt.)"]),
        ("Text;Text;(EUR);(pcs)", "Price (EUR)", []),
    ],
)
def test_a_line_of_units_is_part_of_the_names(tmp_path: Path, units: str, price: str | None, holding: list[str]) -> None:
    """qax-os/excelize#1458."""
    _, doubts, fields = _seen(tmp_path, f"Item;Description;Price;Stock\n{units}\n{ROWS}")
    assert (fields.get("price"), [name for name, doubt in doubts.items() if doubt.holds]) == (price, holding)


def test_prices_for_several_pieces_or_with_tax_are_told_by_lines_around_the_table(tmp_path: Path) -> None:
    for line, what, reason in (
        ("Preise per 100 Stück", "for 100 pieces", "remark_of_quantity"),
        ("Alle Preise inkl. MwSt.", "with tax", "remark_of_tax"),
        ("All prices incl. 20 % VAT", "with tax", "remark_of_tax"),
        ("Preise in EUR inkl. Verpackung, exkl. MwSt.", "", "remark_row"),
        ("Preise nicht inkl. MwSt.", "", "remark_row"),
        ("Price list incl. freight, excl. VAT", "", "remark_row"),
        ("UVP-Preise inkl. MwSt.", "", "remark_row"),
    ):
        above = _seen(tmp_path, f"ACME;;;\n{line};;;\nItem;Description;Price;Stock\n{ROWS}")[1]
        assert [name for name, doubt in above.items() if doubt.holds] == ([f"price_terms:{what}"] if what else [])
        seen = _seen(tmp_path, f"Item;Description;Price;Stock\n{ROWS};;;\n{line};;;\n")[0]
        [cleaned] = read(tmp_path / "feed.csv", seen.shape, seen.mapping, seen.profile, default_currency="EUR")
        assert cleaned.problems["reasons"].to_list() == [[reason]]


def test_the_currency_of_one_price_is_not_that_of_another(tmp_path: Path) -> None:
    """Agence-DnD/PIMGento-2#131."""
    two = "Item;Name;Cost;Cost currency;RRP;RRP currency\n" + "".join(f"A-{at};Lamp {at};8.50;USD;15.50;GBP\n" for at in range(6))
    assert _seen(tmp_path, two)[1]["currency_unread:RRP currency"].holds
    assert not any(doubt.holds for doubt in _seen(tmp_path, two.replace("GBP", "USD"))[1].values())
    rated = "Item;Name;Price;Rate;Currency;Price local\n" + "".join(f"A-{at};Lamp {at};8.50;4.31;PLN;36.64\n" for at in range(6))
    assert _seen(tmp_path, rated)[1]["currency_whose:Currency"].holds


def test_what_price_times_quantity_gives_shows_an_order(tmp_path: Path) -> None:
    """inventree/InvenTree#1631."""
    text = "Item;Description;Price EUR;Qty;Total\n" + "".join(
        f"A-{at};Lamp {at};{20 + at}.50;{at + 2};{(20.5 + at) * (at + 2):.2f}\n" for at in range(8)
    )
    assert _seen(tmp_path, text)[1]["stock_of_order:Qty"].holds
    other = text.replace("Total", "RRP").replace("Qty", "Stock").replace(".00\n", ".10\n").replace(".50\n", ".60\n")
    assert "stock_of_order:Stock" not in _seen(tmp_path, other)[1]


def test_levels_of_prices_and_old_numbers_are_asked_for(tmp_path: Path) -> None:
    """macopedia/magmi-m2#48, apinprastya/sultan#49."""
    for one, two in (("tier_price:Tier1", "tier_price:Tier2"), ("Price 1", "Price 2")):
        levels = f"sku;name;{one};{two}\n" + "".join(f"A-{at};Lamp {at};{20 + at}.50;{18 + at}.50\n" for at in range(6))
        _, doubts, fields = _seen(tmp_path, levels)
        assert doubts[f"column_tie:{fields['price']}"].holds
    old = "Old code;New code;Name;Price EUR\n" + "".join(
        f"O{at};{f'N{at}' if at < 3 else ''};Lamp {at};2.50\n" for at in range(8)
    )
    assert _seen(tmp_path, old)[1]["ref_old:Old code"].holds


def test_pieces_in_a_pack_divide_no_price_and_are_no_place(tmp_path: Path) -> None:
    """OCA/sale-workflow#221."""
    text = "sku;name;price_eur;pcs_per_carton;stock_units;stock_cases\n" + "".join(
        f"A-{at};Lamp {at};{20 + at}.50;6;{at * 6};{at}\n" for at in range(6)
    )
    fields = _seen(tmp_path, text)[2]
    assert (fields["stock"], fields["pack_size"], "price_unit" in fields) == ("stock_units", "pcs_per_carton", False)
    boxed = "SKU;Description;Price;Box qty;Stock\n" + "".join(f"A-{at};Lamp {at};2.50;6;{at}\n" for at in range(6))
    assert not [name for name in _seen(tmp_path, boxed)[2] if name.startswith("stock[")]


def test_sizes_and_years_are_no_quantities_of_prices(tmp_path: Path) -> None:
    for headers in ("36-38;39-41;42-44", "4-6;7-9;10-12"):
        text = f"SKU;Title;{headers};Price\n" + "".join(f"A-{at};Shoe {at};3;2;0;{20 + at}.50\n" for at in range(6))
        fields = _seen(tmp_path, text)[2]
        assert (fields["price"], [name for name in fields if "min=" in name]) == ("Price", [])
    for header in ("Preis 2025-2026", "Preis 12-2026"):
        text = f"SKU;Title;{header}\n" + "".join(f"A-{at};Shoe {at};{20 + at}.50\n" for at in range(6))
        assert _seen(tmp_path, text)[2].get("price") == header


def test_a_person_s_currency_goes_before_that_of_a_sheet(tmp_path: Path) -> None:
    seen = _seen(tmp_path, f"All prices in USD;;;\nItem;Description;Price;Stock\n{ROWS}")[0]
    assert settled(seen.mapping, seen.shape, "CHF").currency_code is None
    assert settled(seen.mapping, seen.shape, "").currency_code == "USD"
    assert currency_around(replace(seen.shape, preamble=(), table="ALL")) is None
    assert currency_around(replace(seen.shape, preamble=(), table="CHF")) == "CHF"


def test_the_value_of_a_stock_is_no_order_and_a_small_stock_no_grade(tmp_path: Path) -> None:
    text = "Nr;Name;EK;Bestand;Lagerwert\n" + "".join(f"A-{at};Lamp {at};2.50;{at + 2};{2.5 * (at + 2):.2f}\n" for at in range(8))
    assert not [name for name in _seen(tmp_path, text)[1] if name.startswith("stock_of_order")]
    small = "sku;name;price;Available\n" + "".join(f"A-{at};Lamp {at};2.50;{at % 4}\n" for at in range(40))
    assert not any(doubt.holds for doubt in _seen(tmp_path, small)[1].values())
