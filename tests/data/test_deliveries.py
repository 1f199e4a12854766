"""Real deliveries beside labels that people wrote by looking at them: columns, dialect, table, cells, and what holds."""

import json
from pathlib import Path
from typing import Any

import pytest

from imports_svc.understanding.deliveries import Measured, measured

pytestmark = pytest.mark.data
LABELS: dict[str, dict[str, Any]] = json.loads(Path(__file__).with_name("labels.json").read_text(encoding="utf-8"))
# Held, and a person would say that there was nothing to look at.
NEEDLESS = 1
_CHAINS = "05_israeli_supermarket_prices/israeli_prices_2026-08-"
# A later delivery of the same supplier, behind the first.
SECOND = {
    "02_bdpm_fr/2021-05_CIS_CIP_bdpm.txt": "02_bdpm_fr/2021-01_CIS_CIP_bdpm.txt",
    "02_bdpm_fr/2021-05_CIS_bdpm.txt": "02_bdpm_fr/2021-01_CIS_bdpm.txt",
    f"{_CHAINS}11.csv.gz": f"{_CHAINS}09.csv.gz",
    f"{_CHAINS}13.csv.gz": f"{_CHAINS}09.csv.gz",
}


@pytest.fixture(scope="module")
def deliveries(feeds: Path) -> dict[str, Measured]:
    return {name: measured(feeds / name, label) for name, label in LABELS.items()}


def test_nearly_all_columns_are_what_they_are_taken_for(deliveries: dict[str, Measured]) -> None:
    columns, named = (sum(getattr(one, what) for one in deliveries.values()) for what in ("columns", "named"))
    wrong = {name: one.wrong_columns for name, one in deliveries.items() if one.wrong_columns}
    wrong_columns, wrong_named = sum(map(len, wrong.values())), sum(one.wrong_named for one in deliveries.values())
    print(f"{len(deliveries)} deliveries: {columns - wrong_columns} of {columns} columns right,", end=" ")
    print(f"{named - wrong_named} of {named} with a field")
    print(json.dumps(wrong, indent=1, ensure_ascii=False))
    assert wrong_columns <= 0.03 * columns
    assert wrong_named <= 0.03 * named, wrong


def test_cells_are_what_they_say(deliveries: dict[str, Measured]) -> None:
    print(sum(one.cells for one in deliveries.values()), "cells")
    assert not {name: one.wrong_cells for name, one in deliveries.items() if one.wrong_cells}


def test_texts_and_tables_are_found(deliveries: dict[str, Measured]) -> None:
    assert not {name: one.shape for name, one in deliveries.items() if one.shape}
    assert {name: one.refused for name, one in deliveries.items() if one.refused != LABELS[name].get("refused", "")} == {}


def test_hardly_any_is_held_without_a_reason_and_none_a_second_time(deliveries: dict[str, Measured]) -> None:
    held = {name: one.doubts for name, one in deliveries.items() if one.doubts}
    print(json.dumps(held, indent=1, ensure_ascii=False))
    needless = [name for name in held if "may_hold" not in LABELS[name]]
    assert len(needless) <= NEEDLESS, {name: held[name] for name in needless}
    # What was accepted for a supplier holds its next delivery no more.
    assert not {later: new for later, first in SECOND.items() if (new := set(held.get(later, ())) - set(held.get(first, ())))}
