"""Variants within a record of XML or JSON: a row each, with what the record says of all of them."""

import json
from pathlib import Path

from imports_svc.feeds.model import Inspection
from imports_svc.feeds.reader import inspect, read
from imports_svc.formats.opening import open_feed


def opened(tmp_path: Path, content: str) -> Path:
    path = tmp_path / "feed.dat"
    path.write_text(content, encoding="utf-8")
    return open_feed(path, tmp_path)


def codes(seen: Inspection) -> dict[str, bool]:
    return {doubt.code: doubt.holds for doubt in seen.shape.doubts}


def test_variants_are_rows_with_what_their_product_says(tmp_path: Path) -> None:
    products = [
        {
            "id": 1,
            "title": "Shirt",
            "vendor": "Acme",
            "variants": [{"sku": "S-1", "title": "red", "price": "9.90"}, {"sku": "S-2", "title": "blue", "price": "10.90"}],
        },
        {"id": 2, "title": "Cap", "vendor": "Acme", "variants": [{"sku": "C-1", "title": "one", "price": "5.00"}]},
    ]
    seen = inspect(opened(tmp_path, json.dumps({"products": products})))
    rows = [dict(zip(seen.shape.columns, row, strict=True)) for row in seen.sample]
    assert [(row["products/id"], row["title"], row["sku"], row["variants/title"], row["price"]) for row in rows] == [
        ("1", "Shirt", "S-1", "red", "9.90"),
        ("1", "Shirt", "S-2", "blue", "10.90"),
        ("2", "Cap", "C-1", "one", "5.00"),
    ]
    named = {field: seen.shape.columns[choice.column] for field, choice in seen.mapping.fields.items()}
    assert named.items() >= {"ref": "sku", "title": "title", "price": "price"}.items()
    assert codes(seen) == {"rows_of_variants": False}


def test_records_with_variants_and_without_are_rows_alike(tmp_path: Path) -> None:
    text = """<catalog currency="EUR">
<item id="M-1"><name>Runner</name><price>59.90</price><variant id="M-1-41"><size>41</size><stock>3</stock></variant>
<variant id="M-1-42"><size>42</size><stock>5</stock><price>64.90</price></variant></item>
<item id="M-2"><name>Trail</name><price>79.90</price><variant id="M-2-40"><size>40</size><stock>2</stock></variant></item>
<item id="M-3"><name>Laces</name><price>3.90</price><stock>100</stock></item></catalog>"""
    products = [
        {"sku": "P-1", "name": "Shirt", "price": "9.90", "variations": [{"sku": "V-1", "stock": 4}, {"sku": "V-2", "stock": 5}]},
        {"sku": "P-2", "name": "Cap", "price": "5.00", "stock": 7, "variations": []},
    ]
    seen = inspect(opened(tmp_path, text))
    [block] = read(opened(tmp_path, text), seen.shape, seen.mapping, seen.profile)
    assert block.accepted.select("ref", "title", "price", "stock").rows() == [
        ("M-1-41", "Runner", "59.9", 3),
        ("M-1-42", "Runner", "64.9", 5),
        ("M-2-40", "Trail", "79.9", 2),
        ("M-3", "Laces", "3.9", 100),
    ]
    assert codes(seen) == {"rows_of_variants": False}
    path = opened(tmp_path, json.dumps(products))
    seen = inspect(path)
    [block] = read(path, seen.shape, seen.mapping, seen.profile)
    assert block.accepted.select("ref", "title", "price", "stock").rows() == [
        ("V-1", "Shirt", "9.9", 4),
        ("V-2", "Shirt", "9.9", 5),
        ("P-2", "Cap", "5", 7),
    ]
