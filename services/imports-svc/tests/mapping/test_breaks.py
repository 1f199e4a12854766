"""Price breaks whose quantities stand in columns of their own, and numbers of headers that are no quantity."""

from pathlib import Path

import pytest

from imports_svc.feeds.errors import SampleMisleads
from imports_svc.feeds.model import Inspection
from imports_svc.feeds.reader import inspect, read
from imports_svc.mapping.doubts import doubts_of


def _seen(tmp_path: Path, header: str, cells: str) -> Inspection:
    rows = [f"A{at};Drill {at};" + cells.format(one=at + 12, two=at + 11, three=at + 10, row=at) for at in range(1, 9)]
    path = tmp_path / "list.csv"
    path.write_text("\n".join([f"sku;name;{header}", *rows]) + "\n", encoding="utf-8")
    return inspect(path)


def _priced(seen: Inspection) -> dict[str, str]:
    fields = seen.mapping.fields.items()
    return {field: seen.shape.columns[choice.column] for field, choice in fields if field.startswith(("price", "stock"))}


@pytest.mark.parametrize(
    ("header", "prices"),
    [
        ("Staffel 1;Staffelpreis 1;Staffel 2;Staffelpreis 2", {"price": "Staffelpreis 1", "price[min=10]": "Staffelpreis 2"}),
        ("Qty1;Price1;Qty2;Price2", {"price": "Price1", "price[min=10]": "Price2"}),
        ("Menge ab 1;Preis 1;Menge ab 2;Preis 2", {"price": "Preis 1", "price[min=10]": "Preis 2"}),
        ("Ilość od 1;Cena 1;Ilość od 2;Cena 2", {"price": "Cena 1", "price[min=10]": "Cena 2"}),
    ],
)
def test_quantities_in_columns_of_their_own_are_those_of_their_prices(
    tmp_path: Path, header: str, prices: dict[str, str]
) -> None:
    seen = _seen(tmp_path, header, "1;{one},50;10;{two},50")
    assert _priced(seen) == prices
    assert [doubt.name for doubt in doubts_of(seen, seen.mapping) if doubt.holds] == []


def test_quantities_that_differ_from_row_to_row_hold(tmp_path: Path) -> None:
    seen = _seen(tmp_path, "price;Qty 1;Price 1;Qty 2;Price 2", "{one},90;{row};{one},50;10;{two},50")
    assert _priced(seen) == {"price": "price"}
    assert [doubt.name for doubt in doubts_of(seen, seen.mapping) if doubt.holds] == ["price_breaks_unread:Price 1"]


def test_stocks_of_two_places_beside_their_prices_are_stocks(tmp_path: Path) -> None:
    seen = _seen(tmp_path, "Stock 1;Price 1;Stock 2;Price 2", "{row};{one},50;10;{two},50")
    assert {"stock[location=1]", "stock[location=2]"} < _priced(seen).keys()


@pytest.mark.parametrize(
    "header",
    [
        "Price;Price 2;Price 3",
        "Preis;Preis ab 2027;Preis ab 2028",
        "Price;Price from 2027;Price from 2028",
        "Cena;Cena od 2027;UVP",
    ],
)
def test_levels_and_years_are_no_quantities(tmp_path: Path, header: str) -> None:
    priced = _priced(_seen(tmp_path, header, "{one},50;{two},50;{three},50"))
    assert [field for field in priced if "min=" in field] == []
    assert priced["price"] == header.split(";")[0]


def test_quantities_in_headers_stay_quantities(tmp_path: Path) -> None:
    priced = _priced(_seen(tmp_path, "Preis ab 1;Preis ab 500;Preis ab 2000", "{one},50;{two},50;{three},50"))
    assert priced == {"price": "Preis ab 1", "price[min=500]": "Preis ab 500", "price[min=2000]": "Preis ab 2000"}


def test_a_quantity_that_differs_far_behind_the_beginning_is_seen(tmp_path: Path) -> None:
    columns = "Staffel 1;Staffelpreis 1;Staffel 2;Staffelpreis 2"
    lines = [f"A{at};Drill with a long name {at:09};1;12,50;{25 if at == 149_999 else 10};11,50" for at in range(150_000)]
    (path := tmp_path / "list.csv").write_text("\n".join([f"sku;name;{columns}", *lines]) + "\n", encoding="utf-8")
    seen = inspect(path)
    assert not seen.profile.whole
    with pytest.raises(SampleMisleads):
        list(read(path, seen.shape, seen.mapping, seen.profile, default_currency="EUR"))
