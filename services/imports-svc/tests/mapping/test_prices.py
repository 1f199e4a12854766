"""What headers say of prices: with or without tax, for a quantity, before a discount."""

from pathlib import Path

import pytest

from imports_svc.feeds.model import Doubt, Inspection
from imports_svc.feeds.reader import inspect, read
from imports_svc.mapping.doubts import doubts_of


def _seen(tmp_path: Path, *columns: tuple[str, str]) -> tuple[Inspection, dict[str, str], dict[str, Doubt]]:
    path = tmp_path / "feed.csv"
    lines = ["\t".join(("SKU", "Name", *(header for header, _ in columns)))]
    lines += ["\t".join((f"A{at}", f"Blue lamp no. {at}", *(cell.format(at) for _, cell in columns))) for at in range(10, 20)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    seen = inspect(path)
    mapped = {seen.shape.columns[choice.column]: name for name, choice in seen.mapping.fields.items()}
    return seen, mapped, {doubt.code: doubt for doubt in doubts_of(seen, seen.mapping)}


@pytest.mark.parametrize(
    "header",
    [
        "Prix TTC", "Price incl. VAT", "Preis brutto", "Preis inkl. MwSt.", "Price (inc. GST)", "Precio con IVA",
        "Prezzo IVA inclusa",
        "Preço com IVA", "Prijs incl. BTW", "Cena s DPH", "Cena z VAT", "Цена с НДС", "Pris inkl. moms",
        "Fiyat (KDV dahil)",
        "מחיר כולל מע\"מ", "Τιμή με ΦΠΑ", "価格 税込", "gross price", "price_incl_tax",
        "Bruttopreis", "Preis (brutto)", "Cijena s PDV-om",
    ],
)  # fmt: skip
def test_a_price_with_tax_is_no_purchase_price(tmp_path: Path, header: str) -> None:
    _, mapped, doubts = _seen(tmp_path, (header, "{}.50"))
    assert mapped.get(header) in (None, "list_price")
    assert header in mapped or "税込" in header or "price_with_tax" in doubts or header not in mapped


@pytest.mark.parametrize("header", ["Prix TTC", "Price incl. VAT", "Preis inkl. MwSt.", "Цена с НДС", "Prijs incl. BTW"])
def test_a_list_with_prices_with_tax_only_is_held(tmp_path: Path, header: str) -> None:
    _, _, doubts = _seen(tmp_path, (header, "{}.50"))
    assert doubts["price_with_tax"].holds
    assert not _seen(tmp_path, (header, "{}.50"), ("Price", "{}.00"))[2]["price_with_tax"].holds


@pytest.mark.parametrize(
    "header",
    [
        "Prix HT", "Price excl. VAT", "Preis netto", "Preis zzgl. MwSt.", "Preis exkl. MwSt",
        "Precio sin IVA", "Prezzo IVA esclusa",
        "Prijs excl. BTW", "Cena bez DPH", "Cena bez VAT", "Цена без НДС", "Pris exkl. moms", "net price",
        "price ex VAT", "Preis + MwSt.",
        "Cijena bez PDV-a",
    ],
)  # fmt: skip
def test_a_price_without_tax_is_the_price(tmp_path: Path, header: str) -> None:
    _, mapped, doubts = _seen(tmp_path, (header, "{}.50"))
    if header != "Preis + MwSt.":
        assert mapped[header] == "price"
    assert "price_with_tax" not in doubts or mapped.get(header) is None


@pytest.mark.parametrize(
    ("header", "price"),
    [
        ("price per 100", "0.105"), ("Preis je 100 Stk", "0.105"), ("Preis/100", "0.105"), ("Prix par 1000", "0.0105"),
        ("Preis pro 1.000 St.", "0.0105"), ("Price / 1000 pcs", "0.0105"), ("EK per 100", "0.105"), ("Cena za 100 szt", "0.105"),
        ("Цена за 100 шт", "0.105"), ("prijs per 100", "0.105"),
    ],
)  # fmt: skip
def test_a_header_says_for_how_many_the_prices_are(tmp_path: Path, header: str, price: str) -> None:
    seen, mapped, doubts = _seen(tmp_path, (header, "{}.50"))
    assert mapped[header] == "price"
    assert "price_unit" in doubts
    [block] = read(tmp_path / "feed.csv", seen.shape, seen.mapping, seen.profile)
    assert block.accepted["price"][0] == price


@pytest.mark.parametrize(
    "header", ["Price per pack", "Preis je kg", "Preis/m", "Preis pro VPE", "Price per carton", "prix par colis"]
)
def test_a_price_for_something_else_is_left_out_and_said(tmp_path: Path, header: str) -> None:
    _, mapped, doubts = _seen(tmp_path, (header, "{}.50"))
    assert mapped.get(header) is None
    assert doubts["price_per_unit"].holds


@pytest.mark.parametrize(
    ("header", "cell"),
    [
        ("Rabatt", "{}"),
        ("Discount %", "{}%"),
        ("Remise", "{},5"),
        ("Sconto %", "{} %"),
        ("Korting", "{}"),
        ("Скидка", "{}"),
        ("rabat_proc", "{}"),
    ],
)
def test_a_discount_beside_the_price_is_a_doubt_and_no_price(tmp_path: Path, header: str, cell: str) -> None:
    _, mapped, doubts = _seen(tmp_path, ("Preis", "{}.50"), (header, cell))
    assert mapped.get(header) is None
    assert doubts["price_discount"].holds
    assert "price_discount" not in _seen(tmp_path, ("Nettopreis", "{}.50"), (header, cell))[2]
    assert "price_discount" not in _seen(tmp_path, ("Preis", "{}.50"), (header, "1"))[2]


@pytest.mark.parametrize("header", ["Available", "In stock", "Verfügbar", "Disponible"])
def test_yes_and_no_as_digits_are_no_stock(tmp_path: Path, header: str) -> None:
    path = tmp_path / "feed.csv"
    path.write_text(
        f"SKU\tName\t{header}\n" + "".join(f"A{at}\tBlue lamp no. {at}\t{at % 2}\n" for at in range(10)), encoding="utf-8"
    )
    seen = inspect(path)
    doubts = doubts_of(seen, seen.mapping)
    assert "stock" not in seen.mapping.fields or any(doubt.code == "stock_flag" for doubt in doubts)
