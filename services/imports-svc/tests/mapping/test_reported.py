"""Lists made after public reports of people whose importer misread them: the report is named beside each."""

from pathlib import Path

import polars as pl
import pytest

from imports_svc.cleaning.marks import NUMERIC
from imports_svc.feeds.model import Inspection
from imports_svc.feeds.reader import inspect, read
from imports_svc.mapping.doubts import doubts_of
from imports_svc.vocabulary.taxes import is_in_cents, price_fields


def _inspect(tmp_path: Path, text: str) -> Inspection:
    path = tmp_path / "feed.csv"
    path.write_text(text, encoding="utf-8")
    return inspect(path)


def _mapped(seen: Inspection) -> dict[str, str]:
    return {name: seen.shape.columns[choice.column] for name, choice in seen.mapping.fields.items()}


def _column(tmp_path: Path, seen: Inspection, name: str) -> list[str]:
    return [
        value
        for cleaned in read(tmp_path / "feed.csv", seen.shape, seen.mapping, seen.profile, default_currency="EUR")
        for value in cleaned.accepted[name].to_list()
    ]


def _names(seen: Inspection) -> dict[str, bool]:
    return {doubt.name: doubt.holds for doubt in doubts_of(seen, seen.mapping)}


def test_the_price_behind_a_discount_is_what_is_paid(tmp_path: Path) -> None:
    """msupply-foundation/open-msupply#10187."""
    seen = _inspect(
        tmp_path,
        "Code,Pack size,Supplier item code,Price per unit (before discount),Discount percentage,Price per unit (after discount)\n"
        "PM7,1,S-7,10,0,10\nPM9,1,S-9,20,10,18\nPM20,1,S-20,30,5,28.5\n",
    )
    mapped = _mapped(seen)
    assert mapped["price"] == "Price per unit (after discount)"
    assert mapped["list_price"] == "Price per unit (before discount)"
    assert mapped["ref"] == "Supplier item code"
    assert "supplier" not in mapped
    assert "title" not in mapped, "the shop's own code is no title"


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("Preis nach Rabatt", "price"),
        ("Prix avant remise", "list_price"),
        ("Prezzo scontato", "price"),
        ("Цена без скидки", "list_price"),
        ("Цена со скидкой", "price"),
    ],
)
def test_sides_of_a_discount(header: str, field: str) -> None:
    found = price_fields(header)
    assert max(found, key=lambda name: found[name]) == field


def test_the_type_of_a_message_is_neither_category_nor_title(tmp_path: Path) -> None:
    """amzn/selling-partner-api-models#2751."""
    seen = _inspect(tmp_path, "OperationType,SKU,StandardPrice\n" + "".join(f"PartialUpdate,A-{i},1{i}.99\n" for i in range(5)))
    assert _mapped(seen) == {"ref": "SKU", "price": "StandardPrice"}


@pytest.mark.parametrize("header", ["price_cents", "Preis in Cent", "Prix (centimes)", "PriceInCents", "Unit price (pence)"])
def test_cents_become_whole_units(tmp_path: Path, header: str) -> None:
    seen = _inspect(tmp_path, f"sku;name;{header};stock\nA1;Mug;1299;3\nA2;Jug;1300;4\nA3;Bowl;5;4\n")
    assert _names(seen)[f"price_in_cents:{header}"] is False
    assert _column(tmp_path, seen, "price") == ["12.99", "13", "0.05"]


def test_cents_with_fractions_are_doubted(tmp_path: Path) -> None:
    seen = _inspect(tmp_path, "sku;name;price_cents\nA1;Mug;12.99\nA2;Jug;13.00\nA3;Bowl;5.10\n")
    assert _names(seen)["price_in_cents:price_cents"] is True
    assert _column(tmp_path, seen, "price") == ["12.99", "13", "5.1"]


@pytest.mark.parametrize("header", ["price", "Price per cent", "percent", "cents", "Centre price", "Accent", "price per 100"])
def test_other_headers_say_nothing_of_cents(header: str) -> None:
    assert not is_in_cents(header)


def test_an_unknown_name_of_the_price_is_told(tmp_path: Path) -> None:
    """OCA/product-attribute#1905: the price was called `Final` with a line feed."""
    rows = "".join(f'K-{i},Lamp {i},"{10 + i},50",{i}\n' for i in range(6))
    seen = _inspect(tmp_path, f'"Item\nNo.","Description\n(EN)","Final\n","Qty\navail."\n{rows}')
    assert _names(seen)["price_unread:Final"] is False


def test_words_of_availability_leave_the_quantity_to_be_asked_for(tmp_path: Path) -> None:
    rows = "".join(f"B{i},Ball {i},5.00,{'out of stock' if i % 3 == 0 else 'in stock'},7\n" for i in range(6))
    assert "stock_unread:quantity" in _names(_inspect(tmp_path, f"sku,title,price,availability,quantity\n{rows}"))


def test_columns_that_blanks_keep_apart_hold(tmp_path: Path) -> None:
    seen = _inspect(
        tmp_path,
        "SKU       NAME                PRICE   STOCK\n"
        "F1        Hammer              12.50   4\n"
        "F2        Saw big              9.99   10\n"
        "F3        Nail box             3.00   200\n",
    )
    assert _names(seen)["columns_by_blanks"] is True


def test_a_list_of_codes_is_no_table_of_blanks(tmp_path: Path) -> None:
    assert "columns_by_blanks" not in _names(_inspect(tmp_path, "EAN\n4006381333931\n5901234123457\n9780439023481\n"))


@pytest.mark.parametrize(
    ("text", "numeric"), [("Cup 1", False), ("Top 10", False), ("Pen 3", False), ("CUP 12", True), ("eur 5", True)]
)
def test_words_that_are_codes_of_currencies_are_words(text: str, numeric: bool) -> None:
    assert pl.Series([text]).str.contains(NUMERIC).item() is numeric


def test_a_second_table_beside_the_first_holds(tmp_path: Path) -> None:
    seen = _inspect(tmp_path, "SKU;Price;;SKU;Price\n" + "".join(f"A{i};{i}.50;;B{i};2.{i}5\n" for i in range(6)))
    assert _names(seen)["second_table:SKU_2"] is True


def test_a_name_above_several_columns_of_numbers_holds(tmp_path: Path) -> None:
    """rap2hpoutre/fast-excel#174: a merged header is the name of its first column alone."""
    seen = _inspect(tmp_path, "Model;Name;Stock by size;;;Price\n" + "".join(f"M{i};Shirt {i};1;2;3;19.9\n" for i in range(6)))
    assert _names(seen)["columns_without_name:Stock by size"] is True


def test_bands_among_few_rows_are_no_offers(tmp_path: Path) -> None:
    rows = "".join(
        f"{band};;;\n" + "".join(f"{band[0]}{i};{band} {i};3.2;6.99\n" for i in range(3)) for band in ("Tassen", "Teller")
    )
    seen = _inspect(tmp_path, f"Art.Nr.;Bezeichnung;EK netto;UVP\n{rows}")
    assert _column(tmp_path, seen, "ref") == ["T0", "T1", "T2"] * 2


@pytest.mark.parametrize(
    "header",
    [
        "Varenr;Navn;Pris;Lagerstatus",
        "Tuotekoodi;Tuotenimi;Hinta;Varasto",
        "Cikkszám;Megnevezés;Beszerzési ár;Készlet",
        "Cod produs;Denumire;Preț;Stoc",
        "상품코드;상품명;단가;재고",
        "Mã hàng;Tên hàng;Giá;Tồn kho",
    ],
)
def test_headers_of_more_languages(tmp_path: Path, header: str) -> None:
    seen = _inspect(tmp_path, f"{header}\n" + "".join(f"A-{i};Long lamp number {i};{i}.50;{i}\n" for i in range(5)))
    assert list(_mapped(seen)) == ["ref", "title", "price", "stock"]


def test_two_columns_of_one_name_are_a_tie(tmp_path: Path) -> None:
    """A newcomer's list: the second `Price` was another price, and its changes went unseen."""
    seen = _inspect(tmp_path, "SKU,Name,Price,Price,Stock\nT-1,Tea,1.10,2.20,5\nT-2,Coffee,3.10,4.20,6\nT-3,Cacao,5.10,6.20,7\n")
    assert _names(seen)["column_tie:Price"] is True


@pytest.mark.parametrize(("header", "holds"), [("Final", True), ("Final EUR", True)])
def test_amounts_of_money_that_nothing_reads_hold(tmp_path: Path, header: str, holds: bool) -> None:
    rows = "".join(f'K-{i},Lamp {i},"€ {10 + i},50",{i}\n' for i in range(6))
    seen = _inspect(tmp_path, f"Item No.,Description,{header},Qty\n{rows}")
    assert {name: held for name, held in _names(seen).items() if "price_unread" in name} == {f"price_unread:{header}": holds}


def test_the_highest_price_in_a_shop_is_a_list_price(tmp_path: Path) -> None:
    seen = _inspect(tmp_path, 'SKU,Product,MRP,Qty\nIN-1,Cooker,"₹ 1,25,000.00",5\nIN-2,Tava,"₹ 1,250",7\nIN-4,Spoon,₹45/-,100\n')
    assert _mapped(seen) == {"ref": "SKU", "title": "Product", "list_price": "MRP", "stock": "Qty"}
    assert _column(tmp_path, seen, "list_price") == ["125000", "1250", "45"]
