"""Numbers of parts and catalogues: references where no better column is."""

from pathlib import Path

import pytest

from imports_svc.feeds.reader import inspect, read
from imports_svc.mapping.doubts import doubts_of


def _seen(tmp_path: Path, *columns: tuple[str, str], same: int = 6) -> tuple[dict[str, str], set[str], list[str]]:
    """Columns by field, names of doubts that hold, and the references. `{}` in a cell is the row's number, below `same`."""
    path = tmp_path / "feed.csv"
    lines = [";".join(header for header, _ in columns)]
    lines += [";".join(cell.format(at % same) for _, cell in columns) for at in range(6)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    seen = inspect(path)
    mapped = {name: seen.shape.columns[choice.column] for name, choice in seen.mapping.fields.items()}
    if not seen.mapping.usable:
        return mapped, set(), []
    [cleaned] = read(path, seen.shape, seen.mapping, seen.profile, default_currency="EUR")
    holds = {doubt.name for doubt in doubts_of(seen, seen.mapping) if doubt.holds}
    return mapped, holds, cleaned.accepted["ref"].to_list()


_REST = (("Description", "Long lamp number {}"), ("Net price", "1{}.50"), ("Stock", "{}"))
_CODES = [f"PB-{at}" for at in range(6)]


@pytest.mark.parametrize(
    "header",
    [
        "Part Number", "PartNumber", "Part No", "Part No.", "Part", "Part #", "Item #", "Catalog No", "Catalog #", "Cat No",
        "Cat. #",
        "Cat. No.", "Catalogue number", "Katalognummer", "Teilenummer", "Numéro de catalogue", "Número de catálogo",
        "Numer katalogowy",
        "Каталожный номер", "מספר קטלוגי", "Katalog no", "部品番号",
    ],
)  # fmt: skip
def test_it_is_the_reference_where_it_is_alone(tmp_path: Path, header: str) -> None:
    mapped, holds, refs = _seen(tmp_path, (header, "PB-{}"), *_REST)
    assert mapped["ref"] == header
    assert refs == _CODES
    assert not holds


@pytest.mark.parametrize("header", ["Part Number", "Part No", "Part", "Catalog No", "Cat. #"])
def test_a_better_column_goes_first(tmp_path: Path, header: str) -> None:
    mapped, holds, refs = _seen(tmp_path, (header, "C{}"), ("SKU", "PB-{}"), *_REST)
    assert mapped["ref"] == "SKU"
    assert refs == _CODES
    assert not holds


def test_codes_that_not_every_row_has_give_way(tmp_path: Path) -> None:
    path = tmp_path / "feed.csv"
    codes = ("012345678905", "036000291452", "042100005264", "", "", "")
    for header in ("Catalog No", "Part Number"):
        rows = "".join(f"PB-{at};{code};Long lamp {at};1{at}.50\n" for at, code in enumerate(codes))
        path.write_text(f"{header};UPC;Description;Price\n{rows}", encoding="utf-8")
        seen = inspect(path)
        [cleaned] = read(path, seen.shape, seen.mapping, seen.profile, default_currency="EUR")
        assert cleaned.accepted["ref"].to_list() == _CODES
        assert cleaned.accepted["gtin14"].drop_nulls().to_list() == [f"00{code}" for code in codes[:3]]


def test_a_part_number_stays_the_makers_too(tmp_path: Path) -> None:
    mapped, _, _ = _seen(tmp_path, ("Part Number", "PB-{}"), ("Manufacturer", "Vishay"), *_REST)
    assert mapped["ref"] == mapped["mpn"] == "Part Number"


@pytest.mark.parametrize("header", ["Mfr Part #", "Mfg Part No", "MPN", "Manufacturer Part Number"])
def test_the_makers_own_number_is_none_of_the_supplier(tmp_path: Path, header: str) -> None:
    mapped, _, _ = _seen(tmp_path, (header, "PB-{}"), *_REST)
    assert mapped["mpn"] == header
    assert "ref" not in mapped


def test_a_number_that_repeats_tells_nothing_apart(tmp_path: Path) -> None:
    assert "ref" not in _seen(tmp_path, ("Part Number", "PB-{}"), *_REST, same=2)[0]


def test_a_category_stays_one(tmp_path: Path) -> None:
    mapped, _, _ = _seen(tmp_path, ("SKU", "PB-{}"), ("Category", "Lamps"), *_REST)
    assert mapped["category"] == "Category"
