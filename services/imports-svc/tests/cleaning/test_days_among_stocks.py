"""A day in a column of quantities is no quantity: it is left out and told."""

import json
from pathlib import Path

import polars as pl
import pytest

from imports_svc.feeds.reader import inspect, read


def _read(tmp_path: Path, stocks: list[str]) -> tuple[list[int | None], dict[int, str]]:
    path = tmp_path / "feed.csv"
    lines = [f"K-{at};Part {at};1.50;{stock}" for at, stock in enumerate(stocks, 100)]
    path.write_text("\n".join(["SKU;Name;Price;Stock", *lines]) + "\n", encoding="utf-8")
    seen = inspect(path)
    blocks = list(read(path, seen.shape, seen.mapping, seen.profile))
    problems = pl.concat([block.problems for block in blocks]).rows(named=True)
    told = {one["row_no"]: json.loads(one["values"])["Stock"] for one in problems if "stock_like_date" in one["reasons"]}
    return pl.concat([block.accepted for block in blocks])["stock"].to_list(), told


@pytest.mark.parametrize("day", ["20261205", "20270131", "20280229"])
def test_a_day_among_small_quantities_is_left_out_and_told_as_typed(tmp_path: Path, day: str) -> None:
    stocks = ["12", "0", "240", "7", day, "31"]
    assert _read(tmp_path, stocks) == ([12, 0, 240, 7, None, 31], {5: day})


@pytest.mark.parametrize("number", ["20261305", "20270229", "19991231", "21000101", "2026120", "202612051"])
def test_a_number_that_is_no_day_of_this_century_is_a_quantity(tmp_path: Path, number: str) -> None:
    assert _read(tmp_path, ["12", "0", number, "7"]) == ([12, 0, int(number), 7], {})


def test_a_day_among_quantities_of_millions_is_one_of_them(tmp_path: Path) -> None:
    stocks = ["18443100", "9120000", "20261205", "31000000", "7654321"]
    assert _read(tmp_path, stocks) == ([int(stock) for stock in stocks], {})
