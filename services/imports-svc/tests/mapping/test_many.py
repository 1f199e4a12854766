import json
from pathlib import Path

import pytest

from imports_svc.feeds.errors import UnknownColumn
from imports_svc.feeds.reader import inspect, read
from imports_svc.mapping.suggest import apply_overrides
from imports_svc.vocabulary.parameters import is_field


def _suggested(tmp_path: Path, *headers: str) -> dict[str, str]:
    """Fields in brackets and plain prices and stocks, by header, for columns of numbers beside a reference."""
    path = tmp_path / "feed.csv"
    rows = [";".join(("sku", *headers)), *(";".join((f"A{n}", *(f"{n},{c}5" for c in range(len(headers))))) for n in range(1, 9))]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    seen = inspect(path)
    return {
        seen.shape.columns[c.column]: name for name, c in seen.mapping.fields.items() if name.startswith(("pri", "sto", "list"))
    }


@pytest.mark.parametrize(
    ("headers", "fields"),
    [
        (("price", "price_10", "price_100"), ("price", "price[min=10]", "price[min=100]")),
        (("price_1", "price_10", "price_100"), ("price", "price[min=10]", "price[min=100]")),
        (("Preis", "Staffelpreis 10", "Preis ab 50"), ("price", "price[min=10]", "price[min=50]")),
        (("price", "price from 100"), ("price", "price[min=100]")),
        (("price", "Price (25+)"), ("price", "price[min=25]")),
        (("Prix HT", "Prix HT à partir de 12"), ("price", "price[min=12]")),
        (("sale_price", "price"), ("price[type=sale]", "price")),
        (("sale price",), ("price",)),
        (("price", "list price", "msrp", "MAP"), ("price", "list_price", "price[type=msrp]", "price[type=map]")),
        (("price", "msrp"), ("price", "list_price")),
        (("price", "sale price 10", "sale price 20"), ("price", "price[type=sale,min=10]", "price[type=sale,min=20]")),
        (("price_eur", "price_usd"), ("price", "price[currency=USD]")),
        (("price", "price_usd"), ("price", "price[currency=USD]")),
        (("price usd", "price usd 10+"), ("price", "price[currency=USD,min=10]")),
        (("stock_paris", "stock_lyon"), ("stock[location=paris]", "stock[location=lyon]")),
        (("stock", "qty warehouse 2"), ("stock", "stock[location=warehouse 2]")),
        (("Остаток", "Остаток Москва"), ("stock", "stock[location=москва]")),
        (("Lagerbestand Köln", "Lagerbestand Bonn"), ("stock[location=koln]", "stock[location=bonn]")),
        # One location alone is the stock.
        (("stock_paris",), ("stock",)),
        # Levels are no quantities, and what a stock is of is no place.
        (("price 1", "price 2", "price 3"), ("price", None, None)),
        (("stock", "stock min", "manage_stock", "qty_increments", "stock value"), ("stock", None, None, None, None)),
        # Two columns for the same price.
        (("price", "price_10", "preis ab 10"), ("price", "price[min=10]", None)),
    ],
)
def test_headers(tmp_path: Path, headers: tuple[str, ...], fields: tuple[str | None, ...]) -> None:
    suggested = _suggested(tmp_path, *headers)
    assert tuple(suggested.get(header) for header in headers) == fields


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("price[type=sale,currency=USD,min=10]", True),
        ("price[min=10]", True),
        ("price[type=list,currency=USD]", True),
        ("stock[location=paris nord]", True),
        ("price[min=1]", False),
        ("price[]", False),
        ("price[min=10,type=sale]", False),
        ("price[type=purchase]", False),
        ("price[type=list]", False),
        ("price[type=gift]", False),
        ("price[currency=XXX]", False),
        ("stock[location=Paris]", False),
        ("stock[location=a,b]", False),
        ("title[min=2]", False),
    ],
)
def test_one_way_to_write_a_field(name: str, is_one: bool) -> None:
    assert is_field(name) == is_one


def test_values_are_read_like_the_plain_ones(tmp_path: Path) -> None:
    path = tmp_path / "feed.csv"
    path.write_text(
        "sku;name;price;price_10;price_100;stock;stock_paris\n"
        "A1;x;1.000,50;900,25;800,00;5;3\nA2;x;10,00;on request;-1,00;5;-2\nA3;x;10,00;9,50;;5;\n"
        "A4;x;10,00;9,50;8,50;5;1\nA5;x;10,00;9,50;8,50;5;1\nA6;x;10,00;9,50;8,50;5;1\nA7;x;10,00;9,50;8,50;5;1\n",
        encoding="utf-8",
    )
    seen = inspect(path)
    [cleaned] = read(path, seen.shape, seen.mapping, seen.profile)
    rows = cleaned.accepted.select("ref", "price[min=10]", "price[min=100]", "stock[location=paris]").rows()
    assert rows[:3] == [("A1", "900.25", "800", 3), ("A2", None, None, None), ("A3", "9.5", None, None)]
    [problem] = cleaned.problems.to_dicts()
    assert sorted(problem["reasons"]) == ["price_invalid", "price_negative", "stock_negative"]
    assert json.loads(problem["values"]) == {"price_10": "on request", "price_100": "-1,00", "stock_paris": "-2"}


def test_a_person_maps_them_too(tmp_path: Path) -> None:
    path = tmp_path / "feed.csv"
    path.write_text("sku;name;netto2\nA1;x;5\n", encoding="utf-8")
    seen = inspect(path)
    chosen = apply_overrides(seen.mapping, {"price[min=20]": "netto2"}, seen.shape, seen.profile)
    assert chosen.fields["price[min=20]"].column == 2
    assert "price[min=20]" not in apply_overrides(chosen, {"price[min=20]": ""}, seen.shape, seen.profile).fields
    with pytest.raises(UnknownColumn):
        apply_overrides(seen.mapping, {"price[min=0]": "netto2"}, seen.shape, seen.profile)


def test_an_unknown_currency_is_that_of_prices_without_their_own(tmp_path: Path) -> None:
    path = tmp_path / "feed.csv"
    path.write_text("sku;name;price;price_usd;price from 10;currency\nA1;x;12,50;13,50;11,50;XXX\n", encoding="utf-8")
    seen = inspect(path)
    [cleaned] = read(path, seen.shape, seen.mapping, seen.profile)
    assert cleaned.accepted.select("price", "price[currency=USD]", "price[min=10]").rows() == [(None, "13.5", None)]
    assert cleaned.problems["reasons"].to_list() == [["currency_invalid"]]
