"""Values of which a record has several: where others than the first are another price, stock or code, the file is held."""

import json
from pathlib import Path
from typing import Any

import pytest

from imports_svc.feeds.reader import inspect
from imports_svc.formats.opening import open_feed
from imports_svc.mapping.doubts import doubts_of
from imports_svc.pipeline.mapping import mapped


def _doubts(tmp_path: Path, content: str, overrides: dict[str, str] | None = None) -> dict[str, bool]:
    path = tmp_path / "feed.dat"
    path.write_text(content, encoding="utf-8")
    seen = inspect(open_feed(path, tmp_path))
    return {doubt.name: doubt.holds for doubt in doubts_of(seen, mapped(seen, overrides or {}))}


def _xml(parts: str) -> str:
    items = "".join(f"<product><code>XB{at}</code><name>Drill {at}</name>{parts}</product>" for at in range(100, 106))
    return f"<products>{items}</products>"


@pytest.mark.parametrize(
    ("parts", "column"),
    [
        ('<price type="rrp">170.81</price><price type="net">89.90</price><stock>3</stock>', "price"),
        ('<price>9.50</price><stock place="HH">3</stock><stock place="M">0</stock>', "stock"),
        ("<price>9.50</price><ean>4058971616078</ean><ean>4058971695264</ean>", "ean"),
        ('<price currency="USD">9.50</price><price currency="EUR">9.50</price>', "price/@currency"),
    ],
)
def test_other_prices_stocks_and_codes_of_a_record_hold(tmp_path: Path, parts: str, column: str) -> None:
    told = _doubts(tmp_path, _xml(parts))
    assert {name for name, holds in told.items() if holds} == {f"repeated_values:{column}"}
    assert told["repeated_values"] is False


@pytest.mark.parametrize(
    "parts",
    [
        "<price>9.50</price><price>9.50</price>",
        "<price>9.50</price><link>https://x.example/1</link><link>https://x.example/2</link>",
        '<price>9.50</price><category id="3">Tools</category><category id="4">Drills</category>',
        "<price>9.50</price><shipping><price>4.90</price></shipping><shipping><price>5.90</price></shipping>",
    ],
)
def test_equal_values_and_those_that_are_no_prices_and_codes_are_told(tmp_path: Path, parts: str) -> None:
    assert _doubts(tmp_path, _xml(parts)) == {"repeated_values": False}


@pytest.mark.parametrize("stock", [[{"wh": "HH", "qty": 12}, {"wh": "M", "qty": 1}], [{"wh": "HH"}, {"wh": "M", "qty": 1}]])
def test_stocks_by_place_in_json_hold_until_they_are_not_read(tmp_path: Path, stock: list[dict[str, Any]]) -> None:
    records = [{"sku": f"A-{at}", "name": f"Drill {at}", "price": 9.5, "stock": stock} for at in range(6)]
    records[0]["stock"] = [{"wh": "HH", "qty": 5}]
    text = json.dumps(records)
    assert _doubts(tmp_path, text)["repeated_values:stock/qty"]
    assert "repeated_values:stock/qty" not in _doubts(tmp_path, text, {"stock": ""})


@pytest.mark.parametrize(
    "content",
    [
        _xml('<price>9.50</price><stock unit="case">5</stock>'),
        json.dumps(
            [{"sku": f"A-{at}", "name": f"Saw {at}", "price": 9.5, "stock": {"qty": 5, "unit": "carton"}} for at in range(6)]
        ),
    ],
)
def test_stocks_whose_unit_is_a_pack_hold(tmp_path: Path, content: str) -> None:
    assert [name.partition(":")[0] for name, holds in _doubts(tmp_path, content).items() if holds] == ["stock_in_packs"]


def test_stocks_whose_unit_is_a_piece_do_not(tmp_path: Path) -> None:
    assert _doubts(tmp_path, _xml('<price>9.50</price><stock unit="pcs">5</stock>')) == {}
