"""A file without a header line: its columns are known by their values, and that is a doubt."""

from pathlib import Path

import pytest

from imports_svc.feeds.model import Inspection
from imports_svc.feeds.reader import inspect
from imports_svc.mapping.doubts import doubts_of
from imports_svc.mapping.suggest import apply_overrides
from imports_svc.pipeline.mapping import mapped

GTINS = ("4006381333931", "9520001000010", "9520001000027", "5901234123457", "4012345678901")
TITLES = ("Cordless drill 10 mm A123", "Garden hose 3 m B98", "Lamp XL C7755", "Socket set 4-pack D12", "Hammer 500 g E901")


def looked(tmp_path: Path, *columns: tuple[str, ...]) -> Inspection:
    path = tmp_path / "feed.csv"
    path.write_text("".join(f"{';'.join(cells)}\n" for cells in zip(*columns, strict=True)), encoding="utf-8")
    return inspect(path)


def fields(seen: Inspection) -> dict[str, str]:
    return {name: seen.shape.columns[choice.column] for name, choice in seen.mapping.fields.items()}


@pytest.mark.parametrize(
    "refs",
    [
        ("KT INS19662", "KT INS19660", "KT INS19555", "KT INS19687", "KT INS19733"),
        ("ART67173", "ART67190", "ART67364", "ART67217", "ART67263"),
        ("A-28747", "A-28760", "A-28759", "A-28771", "A-28755"),
        ("045060", "045114", "045123", "045290", "045301"),
        ("19662", "19660", "19555", "19687", "19733"),
    ],
)
def test_references_are_told_from_stocks_and_titles_by_their_form(tmp_path: Path, refs: tuple[str, ...]) -> None:
    stocks, prices = ("521", "8", "339", "743", "10"), ("69,40", "44,96", "765,30", "3,99", "12,00")
    seen = looked(tmp_path, stocks, TITLES, prices, refs, GTINS)
    assert fields(seen) == {"ref": "column_4", "gtin": "column_5", "title": "column_2", "price": "column_3"}


def test_it_holds_until_a_person_says_what_the_columns_are(tmp_path: Path) -> None:
    seen = looked(tmp_path, ("A-1", "A-2", "A-3", "A-4", "A-5"), TITLES, ("1,50", "2,75", "3,99", "4,20", "12,35"), ("3",) * 5)
    [doubt] = doubts_of(seen, seen.mapping)
    assert (doubt.code, doubt.holds) == ("no_header", True)
    assert "ref is 'column_1', title is 'column_2', price is 'column_3'" in doubt.message
    assert "Not read: column_4" in doubt.message
    said = {"ref": "column_1", "title": "column_2", "price": "column_3"}
    assert not doubts_of(seen, apply_overrides(seen.mapping, said, seen.shape, seen.profile))


def test_a_stock_never_stands_in_for_a_reference_beside_a_gtin(tmp_path: Path) -> None:
    seen = looked(tmp_path, ("521", "8", "339", "743", "10"), TITLES, GTINS)
    assert fields(seen) == {"ref": "column_3", "gtin": "column_3", "title": "column_2"}
    assert [doubt.name for doubt in doubts_of(seen, seen.mapping)] == ["no_header"]


def test_a_header_names_columns_and_is_no_doubt(tmp_path: Path) -> None:
    seen = looked(tmp_path, ("SKU", "A-1", "A-2"), ("Name", "Lamp", "Cable"), ("Price", "1.50", "2.75"))
    assert not doubts_of(seen, seen.mapping)


def test_references_that_are_gtins_are_both(tmp_path: Path) -> None:
    seen = looked(tmp_path, ("ItemCode", *GTINS), ("ItemName", *TITLES), ("ItemPrice", "1", "2", "3", "4", "5"))
    assert fields(seen) == {"ref": "ItemCode", "gtin": "ItemCode", "title": "ItemName", "price": "ItemPrice"}


def test_columns_that_may_be_a_field_are_told(tmp_path: Path) -> None:
    refs = ("Kennung", "A-28747", "A-28760", "A-28759", "A-28771", "A-28755")
    vendors = ("Vendor", "Bosch", "Makita", "Grohe", "Bosch", "Sony")
    seen = looked(tmp_path, refs, ("EAN", *GTINS), ("Name", *TITLES), vendors, ("Quantity", "3", "1", "0", "12", "7"))
    told = {doubt.name: doubt.holds for doubt in doubts_of(seen, mapped(seen, {}))}
    assert told == {"ref_unread:Kennung": False, "supplier_unread:Vendor": False, "stock_unread:Quantity": False}


@pytest.mark.parametrize("header", ["min qty", "Minimum stock", "QtyInPackage", "Reserved qty"])
def test_other_quantities_are_no_stock(tmp_path: Path, header: str) -> None:
    seen = looked(tmp_path, ("SKU", "A-1", "A-2"), ("Name", "Lamp", "Cable"), (header, "10", "20"))
    assert "stock" not in fields(seen)
