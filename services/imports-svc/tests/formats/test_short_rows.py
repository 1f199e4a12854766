"""Rows with fewer cells than the header: their last ones are empty, or one within is missing, or the file is held."""

from pathlib import Path

import polars as pl
import pytest

from imports_svc.feeds.model import Inspection
from imports_svc.feeds.reader import inspect, read
from imports_svc.mapping.doubts import doubts_of

ROWS = [
    [f"K{300 + at}", f"40550022{96500 + at}", name, brand, f"{20 + at},{at:02d}", str(3 * at), "1"]
    for at, (name, brand) in enumerate(
        (name, brand)
        for name in ("Cordless drill 12V", "Sander", "Jigsaw 650W", "Heat gun")
        for brand in ("Makita", "Bosch", "Wiha")
    )
]
HEADER = ["sku", "ean", "name", "brand", "price", "stock", "moq"]


def _seen(tmp_path: Path, header: list[str], rows: list[list[str]]) -> tuple[Path, Inspection, list[str]]:
    path = tmp_path / "list.csv"
    path.write_text("".join(";".join(row) + "\n" for row in [header, *rows]), encoding="utf-8")
    seen = inspect(path)
    return path, seen, [doubt.name for doubt in doubts_of(seen, seen.mapping) if doubt.holds]


def _read(path: Path, seen: Inspection) -> tuple[pl.DataFrame, list[tuple[int, str]]]:
    blocks = list(read(path, seen.shape, seen.mapping, seen.profile, default_currency="EUR"))
    problems = pl.concat([block.problems for block in blocks])
    rejected = problems.filter(pl.col("outcome") == "rejected").explode("reasons").select("row_no", "reasons").rows()
    return pl.concat([block.accepted for block in blocks]), rejected


def _without(rows: list[list[str]], column: int, *numbers: int) -> list[list[str]]:
    return [[*row[:column], *row[column + 1 :]] if number in numbers else row for number, row in enumerate(rows, 1)]


@pytest.mark.parametrize("missing", ["name", "brand", "price"])
def test_rows_that_lack_a_cell_within_are_rejected_and_told(tmp_path: Path, missing: str) -> None:
    path, seen, _ = _seen(tmp_path, HEADER, _without(ROWS, HEADER.index(missing), 3, 9))
    accepted, rejected = _read(path, seen)
    assert rejected == [(3, "field_count"), (9, "field_count")]
    assert accepted["price"].to_list() == [f"{20 + at}.{at:02d}".rstrip("0").rstrip(".") for at in range(12) if at not in (2, 8)]


def test_rows_behind_the_first_ones_that_lack_a_cell_within_are_rejected_too(tmp_path: Path) -> None:
    rows = [row[:-1] if at % 2 else row for at, row in enumerate(ROWS * 1200)]
    rows = [[f"{row[0]}-{at}", *row[1:]] for at, row in enumerate(rows)]
    path, seen, holding = _seen(tmp_path, HEADER, _without(rows, 3, 14_001, 14_003))
    _, rejected = _read(path, seen)
    assert (holding, rejected) == ([], [(14_001, "field_count"), (14_003, "field_count")])


def test_numbers_that_fit_either_way_hold_and_name_the_columns_taken_as_empty(tmp_path: Path) -> None:
    header = ["sku", "name", "price", "pack", "stock", "moq"]
    rows = [[row[0], row[2], row[4], "10", row[5], "5"] for row in ROWS]
    path, seen, holding = _seen(tmp_path, header, _without(rows, 3, 3, 9))
    assert holding == ["short_rows"]
    doubt = next(doubt for doubt in doubts_of(seen, seen.mapping) if doubt.code == "short_rows")
    assert ("'moq'" in doubt.message, doubt.rows) == (True, 2)
    assert _read(path, seen)[0].height == len(rows)


def test_a_header_with_more_names_than_any_row_has_cells_holds(tmp_path: Path) -> None:
    """No row shows what the last columns hold."""
    _, _, holding = _seen(tmp_path, HEADER, [row[:3] + row[4:] for row in ROWS])
    assert "short_rows" in holding


@pytest.mark.parametrize("numbers", [(2, 7), (1, 2, 3, 5, 6, 7, 9, 11, 12)])
def test_rows_without_their_last_cells_are_rows(tmp_path: Path, numbers: tuple[int, ...]) -> None:
    header = ["sku", "name", "price", "stock", "ean"]
    rows = [[row[0], row[2], row[4], row[5], row[1]] for row in ROWS]
    path, seen, holding = _seen(tmp_path, header, _without(rows, 4, *numbers))
    accepted, rejected = _read(path, seen)
    assert (holding, rejected, accepted.height) == ([], [], len(rows))
    assert accepted["stock"].to_list() == [3 * at for at in range(12)]


def test_a_last_column_that_is_empty_in_most_rows_is_left_out_of_them(tmp_path: Path) -> None:
    """Spreadsheets leave the delimiters out of sixteen rows, and not of the next, which have a note."""
    rows = [[*row, "new" if at == 2 else ""] if at < 4 else row for at, row in enumerate(ROWS)]
    path, seen, holding = _seen(tmp_path, [*HEADER, "note"], rows)
    accepted, rejected = _read(path, seen)
    assert (holding, rejected, accepted.height) == ([], [], len(rows))


def test_a_text_that_a_column_behind_repeats_tells_a_cell_missing_within(tmp_path: Path) -> None:
    header = ["price", "stock", "sku", "name", "category"]
    rows = [[row[4], row[5], row[0], f"{row[2]} {row[3]}", "Tools > Power" if at % 2 else "Tools"] for at, row in enumerate(ROWS)]
    path, seen, holding = _seen(tmp_path, header, _without(rows, 3, 3, 9))
    accepted, rejected = _read(path, seen)
    assert (holding, rejected) == ([], [(3, "field_count"), (9, "field_count")])
    assert accepted["title"].to_list() == [row[3] for at, row in enumerate(rows, 1) if at not in (3, 9)]
