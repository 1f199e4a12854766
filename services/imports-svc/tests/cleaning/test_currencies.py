"""In which currency a price is, by every way a file may say it."""

from pathlib import Path

import polars as pl
import pytest

from imports_svc.feeds.model import Cleaned
from imports_svc.feeds.reader import inspect, read

Price = tuple[str | None, str | None]


def _cleaned(tmp_path: Path, text: str, default: str | None = "EUR") -> list[Cleaned]:
    path = tmp_path / "feed.csv"
    path.write_text(text, encoding="utf-8")
    seen = inspect(path)
    return list(read(path, seen.shape, seen.mapping, seen.profile, default_currency=default))


def _prices(tmp_path: Path, text: str, default: str | None = "EUR") -> tuple[list[Price], dict[int, list[str]]]:
    """Price and currency of each row, and the reasons of rows with problems."""
    cleaned = _cleaned(tmp_path, text, default)
    problems = pl.concat([part.problems for part in cleaned])
    reasons = {row["row_no"]: row["reasons"] for row in problems.to_dicts()}
    return [row for part in cleaned for row in part.accepted.select("price", "currency").rows()], reasons


def test_each_price_says_its_own_currency(tmp_path: Path) -> None:
    cells = ["5,00 €", "$6,00", "7,00 GBP", "8,00 zł", "CHF 9,00", "10,00", "£11,00", "12.000,00 Kč"]
    rows = "".join(f"A{at};Lamp;{cell}\n" for at, cell in enumerate(cells))
    found, reasons = _prices(tmp_path, f"sku;name;price\n{rows}")
    assert found == [
        *(("5", "EUR"), ("6", "USD"), ("7", "GBP"), ("8", "PLN"), ("9", "CHF")),
        *(("10", "EUR"), ("11", "GBP"), ("12000", "CZK")),
    ]
    assert reasons == {}


def test_one_odd_mark_says_nothing_of_other_rows(tmp_path: Path) -> None:
    found, _ = _prices(tmp_path, "sku;name;price\nA;x;1,00\nB;x;5,00 £\nC;x;2,00\n", None)
    assert found == [("1", None), ("5", "GBP"), ("2", None)]


@pytest.mark.parametrize(("default", "dollar"), [("EUR", "USD"), (None, "USD"), ("CAD", "CAD"), ("USD", "USD"), ("HKD", "HKD")])
def test_a_dollar_is_the_file_s_own_or_else_american(tmp_path: Path, default: str | None, dollar: str) -> None:
    found, reasons = _prices(tmp_path, "sku;name;price;currency\nA;x;$5;\nB;x;6;$\nC;x;$7;$\nD;x;$8;AUD\n", default)
    assert found == [("5", dollar), ("6", dollar), ("7", dollar), ("8", "AUD")]
    assert reasons == {}


def test_a_price_that_contradicts_its_row_is_dropped_and_said(tmp_path: Path) -> None:
    found, reasons = _prices(tmp_path, "sku;name;price;currency\nA;x;5,00 £;EUR\nB;x;$6,00;EUR\nC;x;7,00 €;EUR\n")
    assert found == [(None, "EUR"), (None, "EUR"), ("7", "EUR")]
    assert reasons == {1: ["currency_mismatch"], 2: ["currency_mismatch"]}


def test_a_list_price_in_another_currency_is_dropped_and_said(tmp_path: Path) -> None:
    [part] = _cleaned(tmp_path, "sku;name;price;list price\nA;x;5,00 £;7,00 €\nB;x;5,00;7,00 £\n")
    assert part.accepted.select("price", "list_price", "currency").rows() == [("5", None, "GBP"), ("5", "7", "GBP")]
    assert part.problems.select("row_no", "reasons").rows() == [(1, ["currency_mismatch"])]


def test_a_header_gives_way_to_the_price_itself_and_brackets_do_not(tmp_path: Path) -> None:
    assert _prices(tmp_path, "sku;name;price_chf\nA;x;5,00\nB;x;5,00 USD\n")[0] == [("5", "CHF"), ("5", "USD")]
    [part] = _cleaned(tmp_path, "sku;name;price;price_usd\nA;x;5,00;6,00 €\nB;x;5,00;$6,00\n")
    assert part.accepted["price[currency=USD]"].to_list() == [None, "6"]
    assert part.problems.select("row_no", "reasons").rows() == [(1, ["currency_mismatch"])]


def test_words_beside_a_number_that_are_no_currency(tmp_path: Path) -> None:
    found, _ = _prices(tmp_path, "sku;name;price\nA;x;5 pcs\nB;x;on request\nC;x;7\n")
    assert [currency for _, currency in found] == ["EUR", "EUR", "EUR"]


@pytest.mark.parametrize(
    ("text", "expected", "reasons"),
    [
        (
            "price\nA;Lamp;5 CHF\nB;Pump;7\nC;Hose;9 CHF\n",
            [("5", "CHF"), ("7", "CHF"), ("9", "CHF")],
            {2: ["currency_of_others"]},
        ),
        (
            "price;currency\nA;Lamp;5;CHF\nB;Pump;7;\nC;Hose;9;CHF\n",
            [("5", "CHF"), ("7", "CHF"), ("9", "CHF")],
            {2: ["currency_of_others"]},
        ),
        ("price\nA;Lamp;5 CHF\nB;Pump;7\nC;Hose;9 EUR\n", [("5", "CHF"), (None, None), ("9", "EUR")], {2: ["currency_missing"]}),
        ("price\nA;Lamp;5\nB;Pump;7\nC;Hose;9\n", [("5", None), ("7", None), ("9", None)], {}),
    ],
)
def test_a_price_without_a_currency_among_others_is_never_in_the_supplier_s_usual_one(
    tmp_path: Path, text: str, expected: list[Price], reasons: dict[int, list[str]]
) -> None:
    assert _prices(tmp_path, f"sku;name;{text}", None) == (expected, reasons)
