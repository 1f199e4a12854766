"""Named values of trees, and lists where objects are expected: nothing of them is lost in silence."""

import json
from pathlib import Path

from imports_svc.feeds.model import Inspection
from imports_svc.feeds.reader import inspect
from imports_svc.formats.opening import open_feed


def opened(tmp_path: Path, content: str) -> Path:
    path = tmp_path / "feed.dat"
    path.write_text(content, encoding="utf-8")
    return open_feed(path, tmp_path)


def looked(tmp_path: Path, content: str) -> Inspection:
    return inspect(opened(tmp_path, content))


def test_the_currency_beside_a_named_amount_is_read(tmp_path: Path) -> None:
    items = "".join(
        f'<item><sku>A-{no}</sku><title>Lamp {no}</title><price name="net" currency="USD">{no}.50</price></item>'
        for no in range(1, 4)
    )
    seen = looked(tmp_path, f"<items>{items}</items>")
    columns = {name: seen.shape.columns[choice.column] for name, choice in seen.mapping.fields.items()}
    assert (columns["price"], columns["currency"]) == ("price[net]", "price[net]/@currency")


def test_a_name_that_stands_there_twice_with_other_values_is_told(tmp_path: Path) -> None:
    items = "".join(
        f'<item><sku>A-{no}</sku><name>x {no}</name><param name="Size">S</param><param name="Size">M</param></item>'
        for no in range(3)
    )
    assert {doubt.code: doubt.holds for doubt in looked(tmp_path, f"<items>{items}</items>").shape.doubts} == {
        "repeated_values": False
    }


def test_a_list_in_the_place_of_an_object_keeps_its_entries(tmp_path: Path) -> None:
    """PHP writes an object whose keys are 0, 1, 2 as a list."""
    keyed = {
        f"P{no}": {"title": f"Saw {no}", "variants": {size: {"sku": f"{no}-{size}", "price": no + 0.5} for size in "SM"}}
        for no in range(7)
    }
    keyed["P7"] = {"title": "Saw 7", "variants": [{"sku": "7-S", "price": 7.5}, {"sku": "7-M", "price": 8.5}]}
    text = opened(tmp_path, json.dumps(keyed)).read_text(encoding="utf-8")
    assert "7-S" in text
    assert "7-M" in text


def test_columns_that_turn_up_late_are_columns_of_all_rows(tmp_path: Path) -> None:
    many = [{"sku": f"A-{at}", "name": "Lamp"} | ({"price": at} if at > 30_000 else {}) for at in range(30_010)]
    seen = looked(tmp_path, json.dumps(many))
    assert (seen.shape.columns, len(seen.sample[0])) == (("sku", "name", "price"), 3)
