"""Columns that may be a field as well as the one that was taken: a person decides."""

from pathlib import Path

import pytest

from imports_svc.feeds.reader import inspect
from imports_svc.mapping.doubts import doubts_of


def _taken_and_holding(tmp_path: Path, columns: tuple[str, str], cells: str, field: str) -> tuple[str, list[str]]:
    rows = [f"A{at};Drill {at};{cells.format(at + 12, at + 3)}" for at in range(1, 7)]
    path = tmp_path / "list.csv"
    path.write_text("\n".join([";".join(("sku", "name", *columns)), *rows]) + "\n", encoding="utf-8")
    seen = inspect(path)
    taken = seen.shape.columns[seen.mapping.fields[field].column]
    return taken, [doubt.name for doubt in doubts_of(seen, seen.mapping) if doubt.holds]


@pytest.mark.parametrize(
    ("columns", "price"),
    [
        (("Old price", "New price"), "New price"),
        (("neuer Preis", "alter Preis"), "neuer Preis"),
        (("Preis alt", "Preis neu ab 01.01.2027"), "Preis alt"),
    ],
)
def test_an_old_price_beside_a_new_one_holds(tmp_path: Path, columns: tuple[str, str], price: str) -> None:
    assert _taken_and_holding(tmp_path, columns, "{},50;{},90", "price") == (price, [f"column_tie:{price}"])


@pytest.mark.parametrize("columns", [("Bestand", "Verfügbar"), ("Stock", "Free stock"), ("Voorraad", "Beschikbaar")])
def test_what_is_available_beside_what_lies_there_holds(tmp_path: Path, columns: tuple[str, str]) -> None:
    assert _taken_and_holding(tmp_path, columns, "{};{}", "stock") == (columns[0], [f"column_tie:{columns[0]}"])


def test_a_word_for_what_is_available_beside_a_stock_holds_nothing(tmp_path: Path) -> None:
    assert _taken_and_holding(tmp_path, ("Stock", "Available"), "{};yes", "stock") == ("Stock", [])
