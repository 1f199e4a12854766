"""`nan` is what pandas writes for an empty cell: no text of an article. `NAN` may be a name."""

from pathlib import Path

import polars as pl
import pytest

from imports_svc.feeds.reader import inspect, read

HEADER = ["SKU", "Title", "Description", "Brand", "Category", "MPN", "Image URL", "Price"]
FIELDS = ["title", "description", "brand", "category", "mpn", "image_url"]


def _read(tmp_path: Path, said: str) -> tuple[dict[str, object], set[str]]:
    rows = [
        [
            f"K-{at}",
            f"Drill {at}",
            f"Drills holes of {at} mm",
            f"Maker {at}",
            "Tools",
            f"MP-{at}",
            f"https://x.example/{at}.jpg",
            "2.50",
        ]
        for at in range(100, 108)
    ]
    rows[4][1:7] = [said] * 6
    path = tmp_path / "feed.csv"
    path.write_text("\n".join(";".join(row) for row in [HEADER, *rows]) + "\n", encoding="utf-8")
    seen = inspect(path)
    blocks = list(read(path, seen.shape, seen.mapping, seen.profile, default_currency="EUR"))
    told = pl.concat([block.problems for block in blocks]).filter(pl.col("row_no") == 5)["reasons"].explode().to_list()
    return pl.concat([block.accepted for block in blocks]).row(4, named=True), set(told)


def test_nan_is_no_text_of_any_field_and_its_title_is_missing(tmp_path: Path) -> None:
    row, told = _read(tmp_path, "nan")
    assert {field: row[field] for field in FIELDS} == dict.fromkeys(FIELDS)
    assert "title_missing" in told


@pytest.mark.parametrize("name", ["NAN", "Nan", "Nanny"])
def test_a_name_that_is_written_otherwise_is_a_title(tmp_path: Path, name: str) -> None:
    row, told = _read(tmp_path, name)
    assert (row["title"], "title_missing" in told) == (name, False)
