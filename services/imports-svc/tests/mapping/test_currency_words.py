"""Words that are a currency by their letters and something else beside others; signs that stand for several."""

from pathlib import Path

import pytest

from imports_svc.feeds.model import Inspection
from imports_svc.feeds.reader import inspect
from imports_svc.mapping.doubts import doubts_of
from imports_svc.vocabulary.lines import price_currency
from imports_svc.vocabulary.words import currency_within


def _seen(tmp_path: Path, *lines: str) -> Inspection:
    rows = [f"A{at};Drill {at};{at + 2},90" for at in range(1, 9)]
    path = tmp_path / "list.csv"
    path.write_text("\n".join([*lines, *rows]) + "\n", encoding="utf-8")
    return inspect(path)


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("Prezzo cad.", None), ("Prezzo (cad)", None), ("Listino/cad", None), ("Preis (cad.)", None), ("Preis Rp.", None),
        ("price_cad", "CAD"), ("Price (CAD)", "CAD"), ("Harga (Rp)", "IDR"), ("Preis Fr.", "CHF"), ("prix_fr", None),
    ],
)  # fmt: skip
def test_each_and_cents_are_no_currencies(header: str, code: str | None) -> None:
    assert currency_within(header) == code


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("Listino 2026 - prezzi cad.", None),
        ("Alle Preise in Euro, Versand nach CHF-Raum möglich", "EUR"),
        ("Preise in Fr. exkl. MwSt", "CHF"),
        ("Ceny w TRY netto", "TRY"),
    ],
)
def test_lines_around_a_table_name_the_currency_that_prices_are_in(line: str, code: str | None) -> None:
    assert price_currency(line) == code


def test_a_sign_of_several_currencies_above_the_table_holds(tmp_path: Path) -> None:
    seen = _seen(tmp_path, "Prices in Rs.;;", "sku;name;price")
    assert "currency_ambiguous" in [doubt.name for doubt in doubts_of(seen, seen.mapping) if doubt.holds]
