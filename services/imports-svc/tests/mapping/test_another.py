"""Headers that hold the name of a field beside words that make another thing of it: a freight cost, a competitor's EAN."""

from pathlib import Path

import pytest

from imports_svc.feeds.model import Inspection
from imports_svc.feeds.reader import inspect
from imports_svc.formats.opening import open_feed
from imports_svc.mapping.doubts import doubts_of
from imports_svc.vocabulary import another
from imports_svc.vocabulary.words import normalise

CODES = ("4006381333931", "4006381333948", "4006381333955")


def _seen(tmp_path: Path, text: str, name: str = "feed.csv") -> Inspection:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return inspect(open_feed(path, tmp_path))


def _mapped(seen: Inspection) -> dict[str, str]:
    return {name: seen.shape.columns[choice.column] for name, choice in seen.mapping.fields.items()}


def _holding(seen: Inspection) -> set[str]:
    return {doubt.name for doubt in doubts_of(seen, seen.mapping) if doubt.holds}


def _of_columns(header: str, values: tuple[str, ...], price: str = "Price") -> str:
    rows = "".join(f"X{i};{name};{2 + i}.50;{values[i]}\n" for i, name in enumerate(("Hammer", "Saw", "Nail")))
    return f"SKU;Title;{price};{header}\n{rows}"


AMOUNTS = [
    *("Shipping cost", "Delivery price", "Freight cost", "Installation price", "Setup cost", "Engraving cost", "Packaging cost"),
    *("Insurance cost", "Repair price", "Storage cost", "Competitor price", "Previous price", "Average price", "Lowest price"),
    *("Amazon price", "Market price", "Target price", "Rental price", "Sample price", "Price difference", "Price change"),
    *("Price increase", "Price last year", "Cost of goods sold", "Cena dopravy", "Prix transport", "Coste de envío"),
    *("Prezzo trasporto", "Cena konkurencji", "Цена доставки", "Vorheriger Preis", "shippingPrice", "delivery_cost"),
]


@pytest.mark.parametrize("header", AMOUNTS)
@pytest.mark.parametrize("price", ["Dealer", "RRP"])
def test_the_price_of_something_else_is_no_price_and_holds(tmp_path: Path, header: str, price: str) -> None:
    seen = _seen(tmp_path, _of_columns(header, ("4.90", "5.40", "5.90"), price))
    assert "price" not in _mapped(seen)
    assert any(header in name or name == "price_missing:RRP" for name in _holding(seen))


@pytest.mark.parametrize("header", AMOUNTS)
def test_the_price_of_something_else_beside_the_price_is_not_read(tmp_path: Path, header: str) -> None:
    seen = _seen(tmp_path, _of_columns(header, ("4.90", "5.40", "5.90")))
    assert _mapped(seen) == {"ref": "SKU", "title": "Title", "price": "Price"}
    assert _holding(seen) == set()


@pytest.mark.parametrize(
    "header",
    [
        *("Price excl. freight", "Preis ohne Versand", "Prix transport compris"),
        *("Unit price EUR", "Net cost", "Supplier price net", "Preis frei Haus", "Cost price", "Price per piece"),
    ],
)
def test_a_price_with_or_without_the_freight_is_one(tmp_path: Path, header: str) -> None:
    text = f"SKU;Title;{header}\nX0;Hammer;4.90\nX1;Saw;5.40\nX2;Nail;5.90\n"
    seen = _seen(tmp_path, text)
    assert _mapped(seen)["price"] == header
    assert _holding(seen) == set()


@pytest.mark.parametrize(
    ("name", "text", "field"),
    [
        (
            "feed.json",
            '[{"sku":"X0","title":"Hammer","retail_price":20.5,"delivery":{"price":4.9}},'
            '{"sku":"X1","title":"Saw","retail_price":21.5,"delivery":{"price":5.4}}]',
            "delivery/price",
        ),
        (
            "feed.json",
            '[{"sku":"X0","title":"Hammer","msrp":20.5,"fees":{"recycling_price":4.9}},'
            '{"sku":"X1","title":"Saw","msrp":21.5,"fees":{"recycling_price":5.4}}]',
            "fees/recycling_price",
        ),
        (
            "feed.xml",
            "<SHOP><SHOPITEM><ITEM_ID>1</ITEM_ID><PRODUCTNAME>Pila</PRODUCTNAME><PRICE_VAT>1210</PRICE_VAT><DELIVERY>"
            "<DELIVERY_PRICE>89</DELIVERY_PRICE></DELIVERY></SHOPITEM><SHOPITEM><ITEM_ID>2</ITEM_ID><PRODUCTNAME>Kleště"
            "</PRODUCTNAME><PRICE_VAT>2420</PRICE_VAT><DELIVERY><DELIVERY_PRICE>99</DELIVERY_PRICE></DELIVERY></SHOPITEM></SHOP>",
            "DELIVERY/DELIVERY_PRICE",
        ),
    ],
)
def test_what_delivery_costs_in_a_tree_is_no_price(tmp_path: Path, name: str, text: str, field: str) -> None:
    seen = _seen(tmp_path, text, name)
    assert field in seen.shape.columns
    assert "price" not in _mapped(seen)
    assert field not in _mapped(seen).values()


def test_a_wholesale_amount_beside_a_shipping_price_holds(tmp_path: Path) -> None:
    records = ",".join(f'{{"sku":"X{i}","title":"Saw {i}","wholesale":{i}.5,"shipping_price":4.9}}' for i in range(4))
    seen = _seen(tmp_path, f"[{records}]", "feed.json")
    assert "price" not in _mapped(seen)
    assert "price_unread:shipping_price" in _holding(seen)


@pytest.mark.parametrize(
    "header",
    [
        *(
            "Replaces EAN",
            "Accessory EAN",
            "Competitor EAN",
            "Vorgänger EAN",
            "Zubehör EAN",
            "Old EAN",
            "EAN alt",
            "Component EAN",
        ),
        *(
            "Set EAN",
            "Bundle EAN",
            "Parent EAN",
            "Related EAN",
            "Alternative EAN",
            "EAN Verpackung",
            "Display EAN",
            "Shelf barcode",
        ),
        *("Location barcode", "GLN", "ILN", "EAN konkurence", "Код аналога EAN", "EAN accessoire"),
    ],
)
def test_the_code_of_something_else_is_none_of_the_article(tmp_path: Path, header: str) -> None:
    seen = _seen(tmp_path, _of_columns(header, CODES))
    assert _mapped(seen) == {"ref": "SKU", "title": "Title", "price": "Price"}


@pytest.mark.parametrize(
    "header",
    ["Competitor SKU", "Accessory SKU", "Kit SKU", "Nachfolger Artikelnummer", "Spare part number", "Référence concurrent"],
)
def test_the_reference_of_something_else_is_none(tmp_path: Path, header: str) -> None:
    seen = _seen(tmp_path, f"{header};Title;Price\nA-100;Hammer;4.90\nA-101;Saw;5.40\nA-102;Nail;5.90\n")
    assert "ref" not in _mapped(seen)
    assert seen.mapping.problems


@pytest.mark.parametrize(
    "header",
    [
        *(
            "Safety stock",
            "Blocked stock",
            "Damaged stock",
            "Competitor stock",
            "In transit stock",
            "Stock in transit",
            "Stock value",
        ),
        *("Stock age", "Stock days", "Stock turnover", "Stock class", "Stock limit", "Stock last year", "Bestand gesperrt"),
        *("Qty Basis", "Stock de sécurité", "Valore giacenza", "Wartość zapasu stan", "Остаток в пути"),
    ],
)
def test_what_is_no_stock_is_not_read_as_one(tmp_path: Path, header: str) -> None:
    seen = _seen(tmp_path, _of_columns(header, ("5", "7", "12")))
    assert not [name for name in _mapped(seen) if name.startswith("stock")]


def test_words_are_kept_as_headers_are_compared() -> None:
    for section in ("amounts", "codes", "stocks", "harmless"):
        odd = {phrase for phrase in another.phrases_of(section) if normalise(phrase) != phrase}
        assert not odd, section


@pytest.mark.parametrize("header", ["Zorblatt cost", "Prix zorblatt", "Zorblatt Preis"])
def test_words_that_nobody_knows_beside_a_price_hold_where_another_column_may_be_it(tmp_path: Path, header: str) -> None:
    seen = _seen(tmp_path, _of_columns(header, ("4.90", "5.40", "5.90"), "Dealer"))
    assert f"column_tie:{header}" in _holding(seen)
    assert not _holding(_seen(tmp_path, _of_columns("Weight kg", ("4.90", "5.40", "5.90"), header)))


@pytest.mark.parametrize(
    "header", ["Preis EUR netto", "Unit cost per piece", "Supplier price net", "EK Preis neu", "Net price 2027"]
)
def test_words_that_say_nothing_beside_a_price_hold_nothing(tmp_path: Path, header: str) -> None:
    assert not _holding(_seen(tmp_path, _of_columns("Dealer", ("4.90", "5.40", "5.90"), header)))
