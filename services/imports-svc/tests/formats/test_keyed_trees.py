"""JSON whose records stand under their own names, and lists under several names."""

import json
from pathlib import Path

import pytest

from imports_svc.feeds.model import Inspection
from imports_svc.feeds.reader import inspect
from imports_svc.formats.opening import open_feed

PRODUCTS = [
    {"sku": "A-1", "ean": "4006381333931", "name": "Lamp", "price": {"amount": 12.50, "currency": "EUR"}, "stock": 3},
    {"sku": "A-2", "name": "Cable", "stock": 0, "price": {"amount": 1.125, "currency": "EUR"}, "brand": "Bolt"},
]


def looked(tmp_path: Path, content: str, table: str = "") -> Inspection:
    path = tmp_path / "feed.json"
    path.write_text(content, encoding="utf-8")
    return inspect(open_feed(path, tmp_path, table))


def records(seen: Inspection) -> list[dict[str, str]]:
    return [{name: cell for name, cell in zip(seen.shape.columns, row, strict=True) if cell} for row in seen.sample]


def codes(seen: Inspection) -> dict[str, bool]:
    return {doubt.code: doubt.holds for doubt in seen.shape.doubts}


KEYED = {"A-1": {"name": "Lamp", "price": 12.5}, "A-2": {"name": "Cable", "price": 3, "stock": 7}}


@pytest.mark.parametrize(
    ("content", "path"),
    [(KEYED, "*"), ({"status": "ok", "data": {"products": KEYED}}, "data/products/*"), ({"total": 2} | KEYED, "*")],
)
def test_records_by_their_name_have_it_as_key(tmp_path: Path, content: dict[str, object], path: str) -> None:
    seen = looked(tmp_path, json.dumps(content))
    assert seen.shape.table == path
    assert records(seen) == [
        {"key": "A-1", "name": "Lamp", "price": "12.5"},
        {"key": "A-2", "name": "Cable", "price": "3", "stock": "7"},
    ]
    assert codes(seen) == {"records_by_name": False}
    named = {field: seen.shape.columns[choice.column] for field, choice in seen.mapping.fields.items()}
    assert named.items() >= {"ref": "key", "title": "name", "price": "price"}.items()
    assert looked(tmp_path, json.dumps(content), path).sample == seen.sample


def test_very_many_records_by_their_name_are_read_as_a_stream(tmp_path: Path) -> None:
    seen = looked(tmp_path, json.dumps({"items": {f"sku-{at}": {"price": at, "name": f"x{at}"} for at in range(60_000)}}))
    assert (seen.rows, records(seen)[-1]) == (60_000, {"key": "sku-19", "price": "19", "name": "x19"})


def test_a_record_that_says_its_own_key_keeps_it(tmp_path: Path) -> None:
    content = {f"k{at}": {"sku": f"A-{at}", "key": "x", "name": f"Lamp {at}", "price": at} for at in range(1, 4)}
    seen = looked(tmp_path, json.dumps(content))
    assert records(seen)[0] == {"key (name)": "k1", "sku": "A-1", "key": "x", "name": "Lamp 1", "price": "1"}
    assert seen.shape.columns[seen.mapping.fields["ref"].column] == "sku"
    assert not [doubt for doubt in seen.mapping.doubts if doubt.code == "column_tie"]


BY_GROUP = [
    {"Tools": [{"sku": "T-1", "name": "Saw", "price": 5}], "Garden": [{"sku": "G-1", "name": "Hose", "price": 9}] * 2},
    {
        "Tools": {"T-1": {"name": "Saw", "price": 5}, "T-2": {"name": "Axe", "price": 6}},
        "Garden": {"G-1": {"name": "Hose", "price": 9}},
    },
]


def test_lists_under_several_names_are_one_list_unless_somebody_says_otherwise(tmp_path: Path) -> None:
    lists, keyed = BY_GROUP
    seen = looked(tmp_path, json.dumps(lists))
    assert [row["group"] for row in records(seen)] == ["Tools", "Garden", "Garden"]
    assert codes(seen) == {"records_together": True}
    assert seen.shape.columns[seen.mapping.fields["category"].column] == "group"
    assert {"*", "Tools", "Garden"} <= set(seen.shape.tables)
    assert [row["sku"] for row in records(looked(tmp_path, json.dumps(lists), "Tools"))] == ["T-1"]
    seen = looked(tmp_path, json.dumps({"shop": {"name": "x"}, "list": keyed}))
    assert [(row["group"], row["key"], row["name"]) for row in records(seen)] == [
        ("Tools", "T-1", "Saw"),
        ("Tools", "T-2", "Axe"),
        ("Garden", "G-1", "Hose"),
    ]


def test_records_within_a_named_group_have_what_it_says(tmp_path: Path) -> None:
    content = {
        at: {"title": at, "items": {f"{at}-{n}": {"ean": "4006381333931", "price": n, "stock": 1} for n in range(3)}}
        for at in ("saws", "axes")
    }
    seen = looked(tmp_path, json.dumps(content))
    assert records(seen)[0].items() >= {"title": "saws", "ean": "4006381333931", "price": "0"}.items()
    assert {row["group/key"] for row in records(seen)} == {"saws", "axes"}
    assert {row["key"] for row in records(seen)} == {f"{at}-{n}" for at in ("saws", "axes") for n in range(3)}


@pytest.mark.parametrize(
    "content",
    [
        {"shop": {"name": "x", "currency": "EUR"}, "products": PRODUCTS},
        {"products": [dict(product, category=1) for product in PRODUCTS], "categories": [{"id": 1, "name": "Light"}]},
        {"meta": {"title": "x", "page": 1}, "links": {"title": "y", "next": 2}, "data": {"products": PRODUCTS}},
        {"product": {"sku": "A", "price": {"amount": 1, "currency": "EUR"}, "msrp": {"amount": 2, "currency": "EUR"}}, "n": 1},
    ],
)
def test_names_that_are_no_keys_stay_names(tmp_path: Path, content: dict[str, object]) -> None:
    assert "*" not in looked(tmp_path, json.dumps(content)).shape.table


def test_a_record_alone_is_one_row(tmp_path: Path) -> None:
    assert records(looked(tmp_path, json.dumps({"product": PRODUCTS[0]})))[0]["sku"] == "A-1"
