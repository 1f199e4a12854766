"""For how many pieces, and in which part of a currency, something beside a price says it is; what nobody understands holds."""

from pathlib import Path

import pytest

from imports_svc.feeds.doubt import CODES
from imports_svc.feeds.model import Doubt, Inspection
from imports_svc.feeds.reader import inspect, read
from imports_svc.mapping.doubts import doubts_of


def _seen(tmp_path: Path, text: str) -> tuple[Inspection, dict[str, Doubt]]:
    (tmp_path / "feed.csv").write_text(text, encoding="utf-8")
    seen = inspect(tmp_path / "feed.csv")
    found = {doubt.name: doubt for doubt in doubts_of(seen, seen.mapping)}
    assert {doubt.code for doubt in found.values()} <= CODES
    return seen, found


def _first(tmp_path: Path, seen: Inspection, field: str = "price") -> str | None:
    [cleaned] = read(tmp_path / "feed.csv", seen.shape, seen.mapping, seen.profile, default_currency="EUR")
    return cleaned.accepted[field][0] if field in seen.mapping.fields else None


def _holding(doubts: dict[str, Doubt]) -> set[str]:
    return {doubt.code for doubt in doubts.values() if doubt.holds}


def _with_units(price: str, cell: str) -> str:
    rows = "".join(f"S-{at};Schraube {at}x40;{cell};0,1{at};{at}00\n" for at in range(1, 9))
    return f"Art.-Nr.;Bezeichnung;Preis;Gewicht;Bestand\n;;{price};kg;Stk\n{rows}"


def _with_header(header: str, cell: str = "390,50") -> str:
    rows = "".join(f"S-{at};Schraube {at}x40;{cell};{at}00\n" for at in range(1, 9))
    return f"SKU;Title;{header};Stock\n{rows}"


@pytest.mark.parametrize(
    ("unit", "price", "currency"),
    [
        ("EUR/100", "0.039", "EUR"), ("€/%", "0.039", "EUR"), ("EUR/TSD", "0.0039", "EUR"), ("€ per 1000", "0.0039", "EUR"),
        ("je 100 St", "0.039", None), ("SEK/st", "3.9", "SEK"), ("[zł/szt.]", "3.9", "PLN"), ("EUR netto", "3.9", "EUR"),
    ],
)  # fmt: skip
def test_a_unit_below_a_price_is_applied(tmp_path: Path, unit: str, price: str, currency: str | None) -> None:
    """OPM/ResInsight#9611."""
    seen, doubts = _seen(tmp_path, _with_units(unit, "3,90"))
    assert (_holding(doubts), _first(tmp_path, seen), seen.mapping.currency_code) == (set(), price, currency)


def test_cents_below_a_price_are_divided(tmp_path: Path) -> None:
    seen, doubts = _seen(tmp_path, _with_units("Cent", "390"))
    assert (_holding(doubts), _first(tmp_path, seen)) == (set(), "3.9")


@pytest.mark.parametrize("unit", ["Rp", "Rp.", "EUR per M", "$/dz", "Std", "EUR/Geb.", "TEUR", "VE 10"])
def test_a_unit_below_a_price_that_nobody_understands_holds(tmp_path: Path, unit: str) -> None:
    _, doubts = _seen(tmp_path, _with_units(unit, "3,90"))
    assert _holding(doubts) & {"price_unit_unknown", "price_per_unit"}
    assert any(unit.strip(".") in name for name in doubts)


@pytest.mark.parametrize("unit", ["Stk", "numeric", "", "-", "[-]"])
def test_a_piece_below_a_price_says_nothing(tmp_path: Path, unit: str) -> None:
    seen, doubts = _seen(tmp_path, _with_units(unit, "3,90"))
    assert (_holding(doubts), _first(tmp_path, seen), seen.shape.columns[2]) == (set(), "3.9", "Preis")


@pytest.mark.parametrize(
    ("header", "quantity"),
    [
        ("Prezzo x 100 pz", 100), ("Prezzo x 1000", 1000), ("Prezzo al cento", 100), ("Prix le cent", 100), ("Precio/100u", 100),
        ("Precio por ciento", 100), ("Precio millar", 1000), ("Cena za tysiąc", 1000), ("Cena za setkę", 100),
        ("Pris pr. 100 stk", 100), ("Prix au mille", 1000), ("Preis je Hundert", 100), ("Price (per 1,000)", 1000),
        ("Preis EUR/% Stk", 100), ("Preis/‰", 1000), ("Prijs p/100", 100),
    ],
)  # fmt: skip
def test_a_header_says_in_many_words_for_how_many(tmp_path: Path, header: str, quantity: int) -> None:
    seen, doubts = _seen(tmp_path, _with_header(header))
    assert (_holding(doubts), _first(tmp_path, seen)) == (set(), {100: "3.905", 1000: "0.3905"}[quantity])


@pytest.mark.parametrize(
    "header",
    [
        "Preis (100 Stk)", "Preis 100 St.", "Preis %", "VK %o", "Price/C", "Price/M", "Price 100s", "EUR/%Stk", "Price (gadget)",
        "Preis je Std", "Price per 100 ft", "Preis TEUR", "Price/Bund",
    ],
)  # fmt: skip
def test_what_nobody_understands_beside_a_price_holds(tmp_path: Path, header: str) -> None:
    _, doubts = _seen(tmp_path, _with_header(header))
    assert _holding(doubts) & {"price_unit_unknown", "price_per_unit", "price_unread"}


@pytest.mark.parametrize(
    "header",
    [
        "Preis (netto)", "Price (EUR)", "Price (excl. VAT)", "Preis/Stk", "Preis pro Stück", "Price per unit", "Prix par unité",
        "Prezzo cad.", "Preis (zzgl. MwSt.)", "Cena szt.", "Precio por unidad", "Preis je Stk. netto",
        "Dealer price (USD, excl. VAT)", "Price [GBP/each]", "Stückpreis (EUR)", "Prijs per stuk",
    ],
)  # fmt: skip
def test_one_piece_beside_a_price_holds_nothing(tmp_path: Path, header: str) -> None:
    seen, doubts = _seen(tmp_path, _with_header(header))
    assert (_holding(doubts), _first(tmp_path, seen)) == (set(), "390.5")


def test_prices_from_a_quantity_on_need_no_yes(tmp_path: Path) -> None:
    seen, doubts = _seen(tmp_path, _with_header("Preis;Preis ab 100 Stk", "3,90;3,50"))
    assert (_holding(doubts), "price[min=100]" in seen.mapping.fields) == (set(), True)


@pytest.mark.parametrize(
    "header",
    ["Preis (Rappen)", "Cena w groszach", "Pris i øre", "Price [pence]", "AEK in Cent", "Prix (centimes)", "Cost cents"],
)
def test_prices_in_hundredths_are_divided(tmp_path: Path, header: str) -> None:
    """metasfresh/metasfresh#3977."""
    seen, doubts = _seen(tmp_path, _with_header(header, "390"))
    assert (_holding(doubts), _first(tmp_path, seen)) == (set(), "3.9")


@pytest.mark.parametrize(
    "header", ["Preis Rp", "Preis (Rp.)", "Price (p)", "Price p", "Preis ct", "Preis in Ct.", "Cena gr", "Cena [gr]", "Price (¢)"]
)
def test_letters_that_may_be_a_hundredth_hold(tmp_path: Path, header: str) -> None:
    assert "price_unit_unknown" in _holding(_seen(tmp_path, _with_header(header, "390"))[1])


def test_rupiah_are_rupiah(tmp_path: Path) -> None:
    seen, doubts = _seen(tmp_path, _with_header("Harga (Rp)", "39000"))
    assert (_holding(doubts), seen.mapping.currency_code) == (set(), "IDR")
