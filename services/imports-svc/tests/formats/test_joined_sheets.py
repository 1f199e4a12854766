"""Sheets of a workbook that are parts of one list: read together, each row with the sheet and row it stands in."""

import json
from pathlib import Path

import pytest

from imports_svc.feeds.model import Inspection
from imports_svc.feeds.reader import inspect, read
from imports_svc.formats.opening import open_feed
from imports_svc.mapping.doubts import doubts_of
from imports_svc.mapping.suggest import apply_overrides
from imports_svc.understanding.workbooks import Cell, Sheet, ods, xlsb, xlsx

HEADER = ["SKU", "EAN", "Name", "Price", "Stock"]
EAN = Cell(9520001000010, "0000000000000")
LIST = [HEADER, ["A-1", EAN, "Lamp", 12.5, 3], ["A-2", Cell(9520001000027, "0"), "Cable", 3, 0]]


def looked(tmp_path: Path, content: bytes, table: str = "") -> Inspection:
    path = tmp_path / "feed.xlsx"
    path.write_bytes(content)
    return inspect(open_feed(path, tmp_path, table))


def cells(inspection: Inspection) -> list[list[str]]:
    return [list(row) for row in inspection.sample]


def codes(inspection: Inspection) -> dict[str, bool]:
    return {doubt.code: doubt.holds for doubt in inspection.shape.doubts}


PARTS = {
    "Tools": [["Tools 2026"], None, HEADER, ["T-1", EAN, "Saw", 5, 1], ["T-2", "", "Axe", 6.5, 2]],
    "Garden": [["SKU", "Name", "EAN", "Stock", "Price"], ["G-1", "Hose", "", 3, 9], None, ["G-2", "Rake", "", 4, 8.25]],
    "Info": [["Call us"], ["Mo-Fr"]],
    "Old": Sheet(LIST, hidden=True),
}


@pytest.mark.parametrize("write", [xlsx, ods, xlsb])
@pytest.mark.parametrize("wanted", ["", "*", "all"])
def test_sheets_with_alike_headers_are_one_list(tmp_path: Path, write, wanted: str) -> None:
    seen = looked(tmp_path, write(PARTS), wanted)
    assert seen.shape.columns == ("sheet", "sheet row", *HEADER)
    assert cells(seen) == [
        ["Tools", "4", "T-1", "9520001000010", "Saw", "5", "1"],
        ["Tools", "5", "T-2", "", "Axe", "6.5", "2"],
        ["Garden", "2", "G-1", "", "Hose", "9", "3"],
        ["Garden", "4", "G-2", "", "Rake", "8.25", "4"],
    ]
    assert "2 of 4 sheets as one list ('Tools': 2 rows, 'Garden': 2 rows)" in seen.shape.origin
    assert (seen.shape.table, seen.shape.tables) == ("*", ("Tools", "Garden", "Info", "Old"))
    assert codes(seen) == {"other_sheets": False} | ({} if wanted else {"sheets_together": True})
    named = {field: seen.shape.columns[choice.column] for field, choice in seen.mapping.fields.items()}
    assert named.items() >= {"ref": "SKU", "category": "sheet", "price": "Price", "stock": "Stock"}.items()
    style = seen.profile.columns[seen.shape.columns.index("Price")].style
    assert (style.decimal, style.ambiguous) == (".", False)
    alone = looked(tmp_path, write(PARTS), "Garden")
    assert (alone.shape.columns[1], alone.shape.placed, codes(alone)) == ("Name", (), {})


def test_problems_name_the_sheet_and_its_row(tmp_path: Path) -> None:
    path = tmp_path / "feed.xlsx"
    broken = [HEADER, ["G-1", "", "Hose", "soon", 3], None, ["Total", "", "", 9, ""], HEADER, ["", "", "Rake", 8, 4]]
    path.write_bytes(xlsx({"Tools": PARTS["Tools"], "Garden": broken}))
    text = open_feed(path, tmp_path)
    seen = inspect(text)
    [block] = read(text, seen.shape, seen.mapping, seen.profile)
    told = {tuple(row["reasons"]): json.loads(row["values"]) for row in block.problems.rows(named=True)}
    assert told["price_invalid",] == {"Price": "soon", "sheet": "Garden", "sheet row": "2"}
    assert told["ref_missing",] == {"SKU": "", "sheet": "Garden", "sheet row": "6"}
    assert told["total_row",]["text"].startswith("Garden\t4\tTotal")
    assert told["header_repeated",]["text"].startswith("Garden\t5\tSKU")
    assert block.accepted["ref"].to_list() == ["T-1", "T-2", "G-1"]


def test_columns_that_not_all_sheets_have_are_columns_of_all(tmp_path: Path) -> None:
    parts = {
        "A": [["SKU", "Name", "Price", ""], ["A-1", "Saw", 5, "x"]],
        "B": [["SKU", "Name", "Colour", "Price"], ["B-1", "Hose", "red", 9, "more"], ["B-2", "Rake", "blue", 8]],
    }
    seen = looked(tmp_path, xlsx(parts))
    assert seen.shape.columns == ("sheet", "sheet row", "SKU", "Name", "Price", "column_4", "Colour", "column_6")
    assert cells(seen)[:2] == [["A", "2", "A-1", "Saw", "5", "x", "", ""], ["B", "2", "B-1", "Hose", "9", "", "red", "more"]]
    taken = {"A": [["sheet", "SKU", "Name", "Price"], ["s", "A-1", "Saw", 5]]}
    taken["B"] = taken["A"]
    assert looked(tmp_path, xlsx(taken)).shape.columns[:3] == ("sheet (of the workbook)", "sheet row", "sheet")


def test_what_is_odd_in_parts_of_a_list_names_the_sheet(tmp_path: Path) -> None:
    day = Cell(46082, "dd.mm.yyyy")
    rows = [[day if at == 4 else f"{at}-3", f"Size {at}", 1.5] for at in range(20)]
    head = ["SKU", "Name", "Price"]
    seen = looked(tmp_path, xlsx({"A": [["valid", "from", day], head, *rows], "B": [["", *head], *[["", *row] for row in rows]]}))
    [dates] = [doubt for doubt in seen.shape.doubts if doubt.code == "dates_among_codes"]
    assert (dates.name, dates.rows, dates.examples) == ("dates_among_codes:SKU", 2, ("A!A7", "B!B6"))


def test_more_sheets_than_are_looked_at_are_told(tmp_path: Path) -> None:
    seen = looked(tmp_path, xlsx({f"S{at}": [HEADER, [f"A-{at}", "", "Lamp", 1, 1]] for at in range(103)}))
    assert (seen.rows, codes(seen)) == (100, {"sheets_together": True, "sheets_unseen": True})


def test_sheets_that_differ_stay_a_choice_beside_those_that_are_one_list(tmp_path: Path) -> None:
    other = [["Artikel", "Bezeichnung", "EAN", "Preis", "Bestand"], ["X-1", "Seil", "", 1, 1], ["X-2", "Tau", "", 2, 2]]
    seen = looked(tmp_path, xlsx({"A": LIST, "B": LIST, "C": other}), "*")
    assert codes(seen) == {"sheet_choice": True}
    assert "'C'" in next(doubt.message for doubt in seen.shape.doubts)


HTML = "<table><tr><th>SKU<th>Name<th>Price</tr>{}</table>"


def test_tables_of_a_page_with_alike_headers_are_one_list(tmp_path: Path) -> None:
    rows = ("<tr><td>A-1<td>Saw<td>5</tr><tr><td>A-2<td>Axe<td>6</tr>", "<tr><td>B-1<td>Hose<td>7</tr>")
    seen = looked(tmp_path, f"<html><body>{''.join(map(HTML.format, rows))}</body></html>".encode())
    assert [(row[0], row[2]) for row in cells(seen)] == [("table 1", "A-1"), ("table 1", "A-2"), ("table 2", "B-1")]
    assert codes(seen) == {"sheets_together": True}


def test_all_of_a_delimited_text_is_its_one_table(tmp_path: Path) -> None:
    assert looked(tmp_path, b"SKU;Name;Price\nA-1;Saw;5\n", "all").rows == 1


def test_the_sheet_as_category_is_told(tmp_path: Path) -> None:
    seen = looked(tmp_path, xlsx(PARTS), "*")
    [told] = [doubt for doubt in doubts_of(seen, seen.mapping) if doubt.code == "category_of_sheet"]
    assert (told.column, told.holds) == ("sheet", False)
    assert sorted(told.examples) == ["Garden", "Tools"]
    chosen = apply_overrides(seen.mapping, {"category": "sheet"}, seen.shape, seen.profile)
    assert "category_of_sheet" not in {doubt.code for doubt in doubts_of(seen, chosen)}


PLAIN = [("Sheet1", "Sheet2"), ("Tabelle1", "table 2"), ("A", "B"), ("2025", "2026"), ("Лист1", "Лист2"),
         ("Sheet1", "Sheet1 (2)"), ("Liste 1", "Liste 2")]  # fmt: skip


@pytest.mark.parametrize("names", PLAIN)
def test_names_that_say_nothing_are_no_categories(tmp_path: Path, names: tuple[str, str]) -> None:
    seen = looked(tmp_path, xlsx({name: [HEADER, [f"{name}-1", "", "Saw", 5, 1]] for name in names}), "*")
    assert "category" not in seen.mapping.fields


@pytest.mark.parametrize("wanted", ["", "*"])
@pytest.mark.parametrize(
    ("names", "told"),
    [
        (("EUR", "USD"), ("EUR", "USD")),
        (("Preise CHF", "Preise EUR"), ("Preise CHF", "Preise EUR")),
        (("Preise netto", "Preise brutto"), ("Preise brutto",)),
        (("Tools", "Prices in USD"), ("Prices in USD",)),
    ],
)
def test_sheets_whose_names_say_other_prices_hold(
    tmp_path: Path, wanted: str, names: tuple[str, str], told: tuple[str, ...]
) -> None:
    seen = looked(tmp_path, xlsx({name: [HEADER, [f"{name}-1", "", "Saw", 5, 1]] for name in names}), wanted)
    doubts = {doubt.name: doubt for doubt in doubts_of(seen, seen.mapping)}
    assert (doubts["price_terms:sheet"].holds, doubts["price_terms:sheet"].examples) == (True, told)
    assert ("category" in seen.mapping.fields) == ("Tools" in names)


@pytest.mark.parametrize("names", [("Tools", "Garden"), ("EUR", "EUR 2"), ("A", "B")])
def test_sheets_whose_names_say_no_other_prices_hold_nothing(tmp_path: Path, names: tuple[str, str]) -> None:
    seen = looked(tmp_path, xlsx({name: [HEADER, [f"{name}-1", "", "Saw", 5, 1]] for name in names}), "*")
    assert "price_terms" not in {doubt.code for doubt in doubts_of(seen, seen.mapping, "EUR")}
