"""Files as people send them come out as expected, or are held with a doubt where that is as good."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from imports_svc.feeds.reader import inspect, read
from imports_svc.mapping.doubts import doubts_of

FOLDER = Path(__file__).parent / "cases"
CASES: dict[str, dict[str, Any]] = json.loads((FOLDER / "expected.json").read_text(encoding="utf-8"))
SUPPLIERS_OWN = "EUR"


@pytest.mark.parametrize("name", CASES)
def test_a_file_comes_out_as_it_was_meant(name: str) -> None:
    expected = CASES[name]
    arguments = expected.get("args", [])
    currency = arguments[arguments.index("--currency") + 1] if "--currency" in arguments else None
    seen = inspect(FOLDER / name)
    mapped = {field: seen.shape.columns[choice.column] for field, choice in seen.mapping.fields.items()}
    cleaned = list(read(FOLDER / name, seen.shape, seen.mapping, seen.profile, default_currency=currency))
    rows = pl.concat([block.accepted for block in cleaned]).to_dicts()
    problems = pl.concat([block.problems for block in cleaned]).to_dicts()
    held = any(doubt.holds for doubt in doubts_of(seen, seen.mapping))
    if expected.get("may_hold") and held:
        return
    assert {field: mapped.get(field) for field in expected.get("mapping", {})} == expected.get("mapping", {})
    offers = [_offer(row, currency or SUPPLIERS_OWN) for row in rows]
    for key, by in (("offers", "ref"), ("by_title", "title")):
        found = {offer[by]: offer for offer in offers}
        for one, values in expected.get(key, {}).items():
            assert one in found, f"{one} is not there"
            for field, value in values.items():
                _compare(found[one], field, value)
    assert not {offer["ref"] for offer in offers} & set(expected.get("absent", []))
    assert len(offers) == expected.get("count", len(offers))
    outcomes = [problem["outcome"] for problem in problems]
    for outcome in ("rejected", "warnings"):
        if outcome in expected:
            assert outcomes.count(outcome.removesuffix("s")) == expected[outcome]
    if "gtins" in expected:
        assert sum(offer["gtin"] is not None for offer in offers) == expected["gtins"]


def _offer(row: dict[str, Any], currency: str) -> dict[str, Any]:
    price = None if row["price"] is None else f"{Decimal(row['price']).normalize():f} {row['currency'] or currency}"
    return row | {"gtin": row["gtin14"], "price": price}


def _compare(offer: dict[str, Any], field: str, value: object) -> None:
    if field == "price_currency_not":
        assert not (offer["price"] or "").endswith(str(value)), offer
    elif isinstance(value, list):
        assert offer[field] in value, offer
    else:
        assert offer[field] == value, offer
