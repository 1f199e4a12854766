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


ROWS = "".join(f"A-{at};Lamp {at};{20 + at}.50;{at}\n" for at in range(8))
TABLE = f"Item;Description;Price;Stock\n{ROWS}"


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("Precios por ciento, IVA no incluido", "price_terms:for 100 pieces"),
        ("Alle priser er pr. 100 stk. ekskl. moms", "price_terms:for 100 pieces"),
        ("Prix en euros HT le cent", "price_terms:for 100 pieces"),
        ("PE 100", "price_terms:for 100 pieces"),
        ("Preiseinheit:;100", "price_terms:for 100 pieces"),
        ("Price unit;1000", "price_terms:for 1,000 pieces"),
        ("All prices per carton of 12 pcs", "price_terms:for carton"),
        ("Prices per dozen", "price_terms:for dozen"),
        ("Alle Preise in Cent", "price_terms:in cents"),
        ("Trade price list - all prices in pence per unit", "price_terms:in cents"),
        ("Preise in TCHF", "price_terms:for TCHF"),
        ("Preise je Meter, Mindestabnahme 100 m", "price_terms:for Meter"),
        ("abzüglich 20% Händlerrabatt", "price_terms:before a discount of 20%"),
        ("LISTINO 2026 - prezzi, sconto rivenditori 35% da detrarre", "price_terms:before a discount of 35%"),
        ("Discount;25%", "price_terms:before a discount of 25%"),
        ("Preisliste gültig 01.02.2097", "price_terms:valid from 01.02.2097"),
        ("gültig ab 01.02.2097", "price_terms:valid from 01.02.2097"),
        ("Price list valid from 1 March 2097", "price_terms:valid from 2097-03-01"),
        ("Tarif valable du 01/01/2024 au 31/12/2024", "price_terms:valid until 31/12/2024"),
        ("Valid until 31.12.2024", "price_terms:valid until 31.12.2024"),
        ("Bestand in Karton à 12 Stk.", "stock_in_packs"),
    ],
)
def test_a_line_above_the_table_that_says_other_terms_holds(tmp_path: Path, line: str, name: str) -> None:
    """dfinke/ImportExcel#1092."""
    cells = f"{line}{';' * (3 - line.count(';'))}"
    for above in (f"{cells}\n", f"ACME Ltd;;;\n{cells}\n"):
        _, doubts = _seen(tmp_path, above + TABLE)
        assert [doubt.name for doubt in doubts.values() if doubt.holds] == [name]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("Valid until 31.12.2024", "remark_of_days"),
        ("All prices subject to 35% trade discount", "remark_of_discount"),
        ("Bestände in VPE", "remark_of_packs"),
        ("Kabel (Preise je 100 m)", "remark_of_quantity"),
        ("Skonto 2% bei Zahlung innert 10 Tagen", "remark_row"),
        ("Verpackungseinheit 100 Stück", "remark_row"),
    ],
)
def test_a_line_among_the_rows_that_says_other_terms_is_told(tmp_path: Path, line: str, reason: str) -> None:
    seen, _ = _seen(tmp_path, f"{TABLE};;;\n{line};;;\n")
    [cleaned] = read(tmp_path / "feed.csv", seen.shape, seen.mapping, seen.profile, default_currency="EUR")
    assert cleaned.problems["reasons"].to_list() == [[reason]]


@pytest.mark.parametrize(
    "line",
    [
        "Alle Preise pro Stück, zzgl. MwSt.", "Mindestbestellwert 100 EUR, frei Haus ab 1000 EUR", "Verpackungseinheit 100 Stück",
        "Preisliste gültig ab 01.01.2025", "Seit 100 Jahren Ihr Partner", "Bestellungen per Fax 100-200", "Katalog 100, Seite 12",
        "Prix HT à la pièce, franco dès 1000 EUR", "Rabatte gemäss Vereinbarung, alle Preise sind Stückpreise",
        "Skonto 2% bei Zahlung innert 10 Tagen", "5 % Rabatt ab 500 EUR Bestellwert", "Preise freibleibend, Irrtum vorbehalten",
        "Wszystkie ceny netto za szt.", "Preise 2025/2026 je nach Menge", "Prezzi al pz.", "Preise per E-Mail anfragen",
        "Prices valid until 31.12.2097", "Catalogue 2026, price list for dealers (EUR, net)",
    ],
)  # fmt: skip
def test_a_harmless_line_above_the_table_holds_nothing(tmp_path: Path, line: str) -> None:
    assert _holding(_seen(tmp_path, f"{line};;;\n{TABLE}")[1]) == set()


def test_units_above_the_header_are_part_of_the_names(tmp_path: Path) -> None:
    seen, doubts = _seen(tmp_path, f";;EUR/100;Stk\n{TABLE}")
    assert (_holding(doubts), _first(tmp_path, seen)) == (set(), "0.205")
    _, doubts = _seen(tmp_path, f";;per 100;Karton\n{TABLE}")
    assert [doubt.name for doubt in doubts.values() if doubt.holds] == ["stock_in_packs:Stock (Karton)"]
    assert _holding(_seen(tmp_path, f";;$/dz;\n{TABLE}")[1]) >= {"price_unit_unknown"}
