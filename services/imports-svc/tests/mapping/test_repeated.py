"""Headers that stand there more than once: the numbers we give them are nobody's (kitspace/kitspace#257)."""

from pathlib import Path

import pytest

from imports_svc.feeds.reader import inspect, read
from imports_svc.mapping.doubts import doubts_of
from imports_svc.mapping.suggest import apply_overrides


def _read(tmp_path: Path, text: str) -> tuple[dict[str, str], dict[str, str], dict[str, list[object]]]:
    """Columns by field, the messages of doubts that hold by name, and what is stored."""
    path = tmp_path / "feed.csv"
    path.write_text(text, encoding="utf-8")
    seen = inspect(path)
    mapped = {name: seen.shape.columns[choice.column] for name, choice in seen.mapping.fields.items()}
    holds = {doubt.name: doubt.message for doubt in doubts_of(seen, seen.mapping) if doubt.holds}
    [cleaned] = read(path, seen.shape, seen.mapping, seen.profile, default_currency="EUR")
    return mapped, holds, cleaned.accepted.drop("row_no").to_dict(as_series=False)


@pytest.mark.parametrize(
    ("quantity", "price"), [("Qty", "Price"), ("Bestand", "Preis"), ("Stock", "Prix HT"), ("Остаток", "Цена"), ("Menge", "Netto")]
)
def test_quantities_and_prices_in_turns_hold(tmp_path: Path, quantity: str, price: str) -> None:
    rows = "".join(f"DQ-{at};Glove {at};1;3.2{at};12;2.9{at};144;2.4{at}\n" for at in range(1, 6))
    mapped, holds, stored = _read(tmp_path, f"SKU;Name{f';{quantity};{price}' * 3}\n{rows}")
    assert not [name for name in mapped if "[" in name]
    assert "stand in turns" in holds[f"column_tie:{price}"]
    assert stored["price"] == ["3.21", "3.22", "3.23", "3.24", "3.25"]


def test_price_before_quantity_holds_too(tmp_path: Path) -> None:
    rows = "".join(f"MM-{at},Glove {at},3.2{at},4{at},2.9{at},100\n" for at in range(1, 6))
    mapped, holds, stored = _read(tmp_path, f"Item,Name,Price,Qty,Price,Qty\n{rows}")
    assert not [name for name in mapped if "[" in name]
    assert {"column_tie:Price", "column_tie:Qty"} <= holds.keys()
    assert stored["stock"] == [41, 42, 43, 44, 45]


def test_two_stocks_of_one_name_are_a_tie_and_no_places(tmp_path: Path) -> None:
    rows = ["Löffel;Spoon", "Gabel;Fork", "Messer;Knife", "Teller;Plate", "Tasse;Cup"]
    text = "".join(f"LN-{at};{names};1,2{at};4{at};1{at}\n" for at, names in enumerate(rows))
    mapped, holds, stored = _read(tmp_path, f"Ref;Name;Name;Price;Stock;Stock\n{text}")
    assert not [name for name in mapped if "[" in name]
    assert {"column_tie:Stock", "column_tie:Name"} <= holds.keys()
    assert stored["stock"] == [40, 41, 42, 43, 44]


def test_numbers_that_the_file_gives_are_read(tmp_path: Path) -> None:
    rows = "".join(f"A{at};Lamp {at};3.2{at};2.9{at};2.4{at};5;3\n" for at in range(1, 6))
    mapped, holds, _ = _read(tmp_path, f"SKU;Name;Price;Price_12;Price_144;Stock;Stock_2\n{rows}")
    assert {name for name in mapped if "[" in name} == {"price[min=12]", "price[min=144]", "stock[location=2]"}
    assert not holds


def test_a_repeated_price_per_hundred_is_divided(tmp_path: Path) -> None:
    path = tmp_path / "feed.csv"
    path.write_text("SKU;Name;Preis je 100;Preis je 100\nA1;Lamp;250;300\nA2;Bulb;350;400\nA3;Cord;5;6\n", encoding="utf-8")
    seen = inspect(path)
    chosen = apply_overrides(seen.mapping, {"price": "Preis je 100_2"}, seen.shape, seen.profile)
    [cleaned] = read(path, seen.shape, chosen, seen.profile, default_currency="EUR")
    assert cleaned.accepted["price"].to_list() == ["3", "4", "0.06"]


def test_prices_in_two_currencies_are_no_tie(tmp_path: Path) -> None:
    rows = "".join(f"SW-{at};Pot {at};2{at}.17;2{at}.00;8\n" for at in range(1, 6))
    mapped, holds, stored = _read(tmp_path, f"product_number;name;price.EUR.net;price.USD.net;stock\n{rows}")
    assert mapped["price"] == "price.EUR.net"
    assert not holds
    assert stored["price[currency=USD]"] == ["21", "22", "23", "24", "25"]
