"""What headers say of prices: with or without tax, for a quantity, before a discount."""

import json
from pathlib import Path

import pytest

from imports_svc.feeds.model import Doubt, Inspection
from imports_svc.feeds.reader import inspect, read
from imports_svc.formats.opening import open_feed
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


@pytest.mark.parametrize("place", ["pricing", "prices", "price"])
@pytest.mark.parametrize(
    ("names", "price", "list_price", "holds"),
    [
        (("net", "gross"), "net", None, False),
        (("wholesale", "msrp"), "wholesale", "msrp", False),
        (("cost", "retail"), "cost", "retail", False),
        # Nobody knows which of them is paid.
        (("a", "b"), "a", None, True),
    ],
)
def test_prices_of_a_tree_are_told_by_their_paths(
    tmp_path: Path, place: str, names: tuple[str, str], price: str, list_price: str | None, holds: bool
) -> None:
    seen, doubts = _tree(tmp_path, place, names)
    mapped = {field: seen.shape.columns[choice.column] for field, choice in seen.mapping.fields.items()}
    assert mapped["price"] == f"{place}/{price}"
    assert mapped.get("list_price") == (f"{place}/{list_price}" if list_price else None)
    holding = [doubt for doubt in doubts if doubt.holds]
    assert [doubt.name for doubt in holding] == ([f"column_tie:{place}/{price}"] if holds else [])
    assert all(f"{place}/{name}" in doubt.message for doubt in holding for name in names)


@pytest.mark.parametrize(
    ("place", "names", "held"),
    [
        ("amounts", ("net", "list"), {"price_unread:amounts/net", "price_unread:amounts/list"}),
        ("amounts", ("wholesale", "msrp"), {"price_missing:amounts/msrp"}),
        # `price base` is no quantity where it has fractions.
        ("price", ("base", "list"), {"column_tie:price/list"}),
    ],
)
def test_prices_of_a_tree_that_nobody_knows_hold(tmp_path: Path, place: str, names: tuple[str, str], held: set[str]) -> None:
    seen, doubts = _tree(tmp_path, place, names)
    assert "price_unit" not in seen.mapping.fields
    holding = [doubt for doubt in doubts if doubt.holds]
    assert {doubt.name for doubt in holding} == held
    assert all(" it " not in doubt.message.partition("Map price to")[2].partition(".")[0] for doubt in holding if len(held) == 1)


def _tree(tmp_path: Path, place: str, names: tuple[str, str]) -> tuple[Inspection, tuple[Doubt, ...]]:
    first, second = names
    records = [
        {"sku": f"A-{at}", "name": f"Saw {at}", "stock": at, place: {first: 8.07 + at, second: 12.57 + at}} for at in range(6)
    ]
    return _of(tmp_path, records)


@pytest.mark.parametrize(
    ("names", "cells", "unit", "held"),
    [
        (("list", "base"), ((1000, 700), (1250, 815), (990, 640)), None, {"column_tie:price/list"}),
        (("list", "base"), ((1000, 700),), None, {"column_tie:price/list"}),
        (("list", "base"), ((1000, 700), (1250, 815.5), (990, 640)), None, {"column_tie:price/list"}),
        (("amount", "base"), ((19, 15), (22, 17)), None, {"column_tie:price/amount"}),
        (("amount", "base"), ((1900, 1500), (2200, 1700)), None, {"column_tie:price/amount"}),
        (("amount", "base"), ((19.5, 100), (22.5, 1), (7.25, 1000)), "price/base", set()),
        (("amount", "base_quantity"), ((19.5, 7), (22.5, 13)), "price/base_quantity", set()),
    ],
)
def test_whole_prices_are_no_quantities_that_prices_are_for(
    tmp_path: Path, names: tuple[str, str], cells: tuple[tuple[float, float], ...], unit: str | None, held: set[str]
) -> None:
    records = [
        {"sku": f"A-{at}", "name": f"Saw {at}", "price": dict(zip(names, pair, strict=True))} for at, pair in enumerate(cells)
    ]
    seen, doubts = _of(tmp_path, records)
    index = seen.mapping.column("price_unit")
    assert (None if index is None else seen.shape.columns[index]) == unit
    assert {doubt.name for doubt in doubts if doubt.holds} == held


def test_a_base_price_in_columns_holds(tmp_path: Path) -> None:
    _, mapped, doubts = _seen(tmp_path, ("Price", "10{}"), ("Price base", "7{}"))
    assert (mapped["Price"], mapped.get("Price base"), doubts["column_tie"].name) == ("price", None, "column_tie:Price")
    assert not [doubt for doubt in _seen(tmp_path, ("Price", "10{}"), ("Price base", "100"))[2].values() if doubt.holds]


@pytest.mark.parametrize(
    ("place", "cells", "held"),
    [
        ("rates", {"rating": 4.5, "returns": 0.02}, set()),
        ("costs", {"shipping": 4.9}, set()),
        ("costs", {"shipping": 4.9, "unit": 9.5}, {"price_unread:costs/unit"}),
        ("price", {"list": 9.5, "vat": 7.7}, set()),
        ("price", {"list": 9.5, "tax_rate": 7.7}, set()),
        ("price", {"list": 9.5, "without_tax": 7.7}, set()),
        ("info", {"rrp": 9.5, "weight": 0.5, "length": 1.25}, set()),
        ("info", {"rrp": 9.5, "dealer": 5.5}, {"price_missing:info/rrp"}),
        ("price", {"retail": 9.5, "tax": 1.9}, set()),
        ("amounts", {"msrp": 9.5, "other": 7.7}, {"price_missing:amounts/msrp"}),
    ],
)
def test_taxes_measures_and_ratings_of_a_tree_are_no_prices(
    tmp_path: Path, place: str, cells: dict[str, float], held: set[str]
) -> None:
    records = [
        {"sku": f"A-{at}", "name": f"Saw {at}", "stock": at, place: {name: cell + at for name, cell in cells.items()}}
        for at in range(6)
    ]
    _, doubts = _of(tmp_path, records)
    assert {doubt.name for doubt in doubts if doubt.holds} == held


def _of(tmp_path: Path, records: list[dict[str, object]]) -> tuple[Inspection, tuple[Doubt, ...]]:
    path = tmp_path / "feed.json"
    path.write_text(json.dumps(records))
    seen = inspect(open_feed(path, tmp_path))
    return seen, doubts_of(seen, seen.mapping)


@pytest.mark.parametrize(
    ("columns", "price"),
    [
        ((("Prices", "{}.50"), ("Cost", "{}.25")), "Cost"),
        ((("Pricing", "2026-01-{}"), ("Net price", "{}.25")), "Net price"),
        ((("Pricing", "2026-01-{}"), ("Net", "{}.25")), None),
        ((("Prices", "{}.50"),), "Prices"),
    ],
)
def test_a_column_called_prices_gives_way(tmp_path: Path, columns: tuple[tuple[str, str], ...], price: str | None) -> None:
    _, mapped, doubts = _seen(tmp_path, *columns)
    assert [header for header, field in mapped.items() if field == "price"] == ([price] if price else [])
    assert {doubt.name for doubt in doubts.values() if doubt.holds} == (set() if price else {"price_unread:Net"})
