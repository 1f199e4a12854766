"""Workbooks: the sheet that is the list, its cells as a person sees them, and what is told beside them."""

from pathlib import Path

import pytest

from imports_svc.feeds.errors import EmptyFeed, FeedError, FeedTooLarge, FileDamaged, UnknownTable
from imports_svc.feeds.model import Inspection, Limits
from imports_svc.feeds.reader import inspect, read
from imports_svc.formats.opening import open_feed
from imports_svc.mapping.doubts import doubts_of
from imports_svc.understanding.workbooks import Cell, Sheet, ods, xlsb, xlsx
from imports_svc.understanding.xls import xls

HEADER = ["SKU", "EAN", "Name", "Price", "Stock"]
EAN = Cell(9520001000010, "0000000000000")
LIST = [HEADER, ["A-1", EAN, "Lamp", 12.5, 3], ["A-2", Cell(9520001000027, "0"), "Cable", 3, 0]]


def looked(tmp_path: Path, content: bytes, table: str = "", limits: Limits | None = None) -> Inspection:
    path = tmp_path / "feed.xlsx"
    path.write_bytes(content)
    return inspect(open_feed(path, tmp_path, table, *([limits] if limits else [])))


def cells(inspection: Inspection) -> list[list[str]]:
    return [list(row) for row in inspection.sample]


def column(inspection: Inspection, name: str) -> list[str]:
    at = inspection.shape.columns.index(name)
    return [row[at] for row in inspection.sample]


def codes(inspection: Inspection) -> dict[str, bool]:
    return {doubt.code: doubt.holds for doubt in inspection.shape.doubts}


@pytest.mark.parametrize("write", [xlsx, ods, xlsb, xls])
def test_the_same_list_of_every_kind_reads_the_same(tmp_path: Path, write) -> None:
    seen = looked(tmp_path, write({"Preise": LIST}))
    assert seen.shape.columns == tuple(HEADER)
    assert cells(seen) == [["A-1", "9520001000010", "Lamp", "12.5", "3"], ["A-2", "9520001000027", "Cable", "3", "0"]]
    assert seen.shape.origin == f"{write.__name__.upper()}, sheet 'Preise' (1 of 1), header in row 1"
    assert (seen.mapping.fields.keys() >= {"ref", "gtin", "title", "price", "stock"}, codes(seen)) == (True, {})


@pytest.mark.parametrize(("inline", "prefix"), [(False, ""), (True, ""), (False, "x"), (True, "x")])
def test_a_workbook_reads_the_same_however_its_program_wrote_it(tmp_path: Path, inline: bool, prefix: str) -> None:
    seen = looked(tmp_path, xlsx({"Preise": LIST}, inline=inline, prefix=prefix))
    assert cells(seen) == [["A-1", "9520001000010", "Lamp", "12.5", "3"], ["A-2", "9520001000027", "Cable", "3", "0"]]


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        (Cell(120, "00000"), "00120"),
        (Cell(9520001000010.0, "0"), "9520001000010"),
        (Cell(9.52000100001e12), "9520001000010"),
        (Cell(123456, "000\\-000"), "123-456"),
        (Cell(42, '"ART-"00000'), "ART-00042"),
        (Cell(0.1 + 0.2), "0.3"),
        (Cell(19.989999999999998), "19.99"),
        (Cell(12.0), "12"),
        (Cell(0.15, "0%"), "15%"),
        (Cell(0.075, "0.0%"), "7.5%"),
        (Cell(12.5, '#,##0.00 "€"'), "12.5 EUR"),
        (Cell(12.5, '#,##0.00\\ "€"'), "12.5 EUR"),
        (Cell(1234.5, "[$CHF-807] #,##0.00"), "1234.5 CHF"),
        (Cell(99.9, "[$£-809]#,##0.00;[Red]-[$£-809]#,##0.00"), "99.9 GBP"),
        (Cell(12, '#,##0.00 "kr"'), "12 kr"),
        (Cell(12, '#,##0.00 "Ft"'), "12 HUF"),
        (Cell(12, '#,##0.00\\ "zł"'), "12 PLN"),
        (Cell(12, '"R$" #,##0.00'), "12 BRL"),
        (Cell(12, "#,##0.00\\ [$₽-419]"), "12 RUB"),
        (Cell(12, '0 "m"'), "12"),
        (Cell(23.7881, '#,##0.00 "EUR"'), "23.79 EUR"),
        (Cell(0.0042, "0.00"), "0.0042"),
        (Cell(46082, "dd.mm.yyyy"), "2026-03-01"),
        (Cell(46082.5, "dd/mm/yyyy hh:mm"), "2026-03-01 12:00:00"),
        (Cell(0.4375, "hh:mm"), "10:30:00"),
        (Cell(1.5, "[h]:mm"), "36:00:00"),
        (Cell(True), "TRUE"),
        (Cell("=A1+B1"), "=A1+B1"),
        (Cell(7, formula="A1+B1"), "7"),
        (Cell("x", formula="A1"), "x"),
        (Cell("a\nb"), "a\nb"),
        (Cell("x_x000D_y"), "x\ny"),
        (Cell(0.00001234), "0.00001234"),
    ],
)
def test_a_cell_is_what_a_person_sees(tmp_path: Path, cell: Cell, shown: str) -> None:
    rows = [["SKU", "Name", "Price"], ["A-1", "Lamp", cell], ["A-2", "Cable", 1]]
    assert column(looked(tmp_path, xlsx({"Preise": rows})), "Price")[0] == shown


def test_ods_keeps_formats_currencies_and_no_notes(tmp_path: Path) -> None:
    rows = [
        ["SKU", "EAN", "Price", "Discount"],
        ["A\nB", Cell(120001000010, "0000000000000"), Cell(12.5, currency="CHF"), Cell(0.15, "0%")],
    ]
    assert cells(looked(tmp_path, ods({"Preise": rows}))) == [["A\nB", "0120001000010", "12.5 CHF", "15%"]]


def test_dates_of_the_calendar_of_1904(tmp_path: Path) -> None:
    rows = [["SKU", "Name", "Date"], ["A-1", "Lamp", Cell(44620, "yyyy-mm-dd")]]
    assert column(looked(tmp_path, xlsx({"Preise": rows}, epoch_1904=True)), "Date") == ["2026-03-01"]


def test_the_currency_of_each_price_is_that_of_its_format(tmp_path: Path) -> None:
    rows = [HEADER, ["A-1", EAN, "Lamp", Cell(12.5, '0.00 "€"'), 1], ["A-2", "", "Cable", Cell(3.5, "[$USD] 0.00"), 1]]
    path = tmp_path / "feed.xlsx"
    path.write_bytes(xlsx({"Preise": rows}))
    text = open_feed(path, tmp_path)
    seen = inspect(text)
    [block] = read(text, seen.shape, seen.mapping, seen.profile)
    assert block.accepted.select("ref", "price", "currency").rows() == [("A-1", "12.5", "EUR"), ("A-2", "3.5", "USD")]


def test_three_decimals_typed_as_a_number_are_no_thousands(tmp_path: Path) -> None:
    rows = [["SKU", "Name", "Note", "Price"], *[[f"A-{at}", "Lamp", "1,50", 1.125 + at] for at in range(5)]]
    path = tmp_path / "feed.xlsx"
    path.write_bytes(xlsx({"Preise": rows}))
    text = open_feed(path, tmp_path)
    seen = inspect(text)
    style = seen.profile.columns[seen.shape.columns.index("Price")].style
    assert (style.decimal, style.ambiguous) == (".", False)
    [block] = read(text, seen.shape, seen.mapping, seen.profile)
    assert block.accepted["price"].to_list()[:2] == ["1.125", "2.125"]


def test_errors_hidden_parts_and_lost_digits_are_told(tmp_path: Path) -> None:
    rows = [
        HEADER,
        ["A-1", Cell(40063813339310001), "Lamp", Cell(error="#N/A"), 1],
        ["A-2", EAN, "Cable", Cell(formula="B2*2"), 1],
    ]
    seen = looked(tmp_path, xlsx({"Preise": Sheet(rows, hidden_rows=[3], hidden_columns=[4])}))
    assert codes(seen) == {
        "hidden_columns": False,
        "digits_lost": False,
        "error_cells": False,
        "hidden_rows": False,
        "formula_without_result": True,
    }
    assert column(seen, "Price") == ["", ""]
    assert seen.profile.code_damage
    told = {doubt.code: doubt.message for doubt in seen.shape.doubts}
    assert "D2 #N/A" in told["error_cells"]
    assert "B2" in told["digits_lost"]
    assert "row 3" in told["hidden_rows"]


def test_a_price_for_a_hundred_said_by_the_format_is_a_doubt(tmp_path: Path) -> None:
    rows = [HEADER, ["A-1", EAN, "Lamp", Cell(12.5, '0.00 "€ / 100 Stk"'), 1]]
    assert codes(looked(tmp_path, xlsx({"Preise": rows}))) == {"format_quantity": True}
    rows[1][-1] = Cell(12, '0 "Stk."')
    rows[1][-2] = 1
    seen = looked(tmp_path, xlsx({"Preise": rows}))
    assert (codes(seen), column(seen, "Stock")) == ({"format_words": False}, ["12"])


@pytest.mark.parametrize("shown", ['0.00" %"', '0.00" ct"', '0.00,"k"', '0.00" Geb."'])
def test_a_unit_that_the_format_of_a_price_shows_holds(tmp_path: Path, shown: str) -> None:
    rows = [HEADER, *[[f"A-{at}", EAN, "Lamp", Cell(12.5, shown), 1] for at in range(4)]]
    seen = looked(tmp_path, xlsx({"Preise": rows}))
    assert {doubt.name for doubt in doubts_of(seen, seen.mapping) if doubt.holds} == {"format_unit:Price"}
    rows = [[*HEADER, "Weight"], *[[f"A-{at}", EAN, "Lamp", Cell(12.5, '0.00" Stk"'), 1, Cell(2, shown)] for at in range(4)]]
    seen = looked(tmp_path, xlsx({"Preise": rows}))
    assert not {doubt.name for doubt in doubts_of(seen, seen.mapping) if doubt.holds}


def test_a_sheet_of_notes_that_says_other_terms_of_prices_holds(tmp_path: Path) -> None:
    notes = [["Preisliste Muster GmbH"], ["Alle Preise in CHF pro 100 Stück"], ["Gültig ab 01.01.2026"], ["Preise freibleibend"]]
    seen = looked(tmp_path, xlsx({"Hinweise": notes, "Preise": LIST}))
    found = {doubt.name: doubt for doubt in doubts_of(seen, seen.mapping)}
    assert {name for name, doubt in found.items() if doubt.holds} == {"price_terms:for 100 pieces", "price_terms:in CHF"}
    said = [[*HEADER[:3], "Preis CHF/100 Stk", "Stock"], *LIST[1:]]
    seen = looked(tmp_path, xlsx({"Hinweise": notes, "Preise": said}))
    assert not [doubt.name for doubt in doubts_of(seen, seen.mapping) if doubt.holds]


def test_dates_among_codes_hold_and_a_column_of_dates_does_not(tmp_path: Path) -> None:
    day = Cell(46082, "dd.mm.yyyy")
    rows = [["SKU", "Name", "Updated"], *[[day if at == 4 else f"{at}-3", f"Size {at}", day] for at in range(20)]]
    seen = looked(tmp_path, xlsx({"Preise": rows}))
    assert codes(seen) == {"dates_among_codes": True}
    assert (seen.shape.doubts[0].examples, seen.shape.doubts[0].name) == (("A6",), "dates_among_codes:SKU")
    assert {doubt.name: doubt.holds for doubt in doubts_of(seen, seen.mapping)} == {"dates_among_codes:SKU": True}
    few = [["SKU", "Name"], *[[day if at == 2 else f"{at}-3", f"Size {at}"] for at in range(4)]]
    assert codes(looked(tmp_path, xlsx({"Preise": few}))) == {"dates_among_codes": True}
    rows = [["valid from", None, day], *[[f"A-{at}", f"Size {at}", f"{at} kg"] for at in range(20)]]
    assert codes(looked(tmp_path, xlsx({"Preise": [rows[0], ["SKU", "Name", "Weight"], *rows[1:]]}))) == {}


def test_dates_in_a_column_that_is_not_imported_hold_nobody_up(tmp_path: Path) -> None:
    day = Cell(46082, "dd.mm.yyyy")
    rows = [["SKU", "Name", "Gone"], *[[f"A-{at}", f"Size {at}", day if at == 4 else "no"] for at in range(20)]]
    seen = looked(tmp_path, xlsx({"Preise": rows}))
    assert {doubt.name: doubt.holds for doubt in doubts_of(seen, seen.mapping)} == {"dates_among_codes:Gone": False}


def test_merged_cells_are_read_in_each_of_their_rows_and_bands_are_not(tmp_path: Path) -> None:
    rows = [
        ["Brand", "SKU", "Name", "Price", "Stock"],
        ["Lights", None, None, None, None],
        ["Acme", "A-1", "Lamp", 1, 1],
        [None, "A-2", "Lamp 2", 2, 1],
        ["Bolt", "B-1", "Nut", 3, 1],
    ]
    seen = looked(tmp_path, xlsx({"Preise": Sheet(rows, merged=["A2:E2", "A3:A4"])}))
    assert column(seen, "Brand") == ["Lights", "Acme", "Acme", "Bolt"]
    assert codes(seen) == {"merged_bands": False, "merged_cells": False}


def test_the_table_begins_wherever_it_does(tmp_path: Path) -> None:
    rows = [["Price list 2026", None, None], None, ["valid until", "31.12.", None], None, HEADER, *LIST[1:]]
    seen = looked(tmp_path, xlsx({"Preise": rows}))
    assert seen.shape.origin.endswith("header in row 5")
    assert (seen.shape.columns, column(seen, "SKU")) == (tuple(HEADER), ["A-1", "A-2"])


def test_the_sheet_with_the_list_is_chosen_and_the_others_are_told(tmp_path: Path) -> None:
    content = xlsx({"Info": [["Our list"], ["Call us"]], "Preise": LIST, "Old": Sheet(LIST, hidden=True)})
    seen = looked(tmp_path, content)
    assert seen.shape.table == "Preise"
    assert "(2 of 3, its header names" in seen.shape.origin
    assert codes(seen) == {"other_sheets": False}
    assert seen.shape.tables == ("Info", "Preise", "Old")


def test_two_lists_in_one_workbook_hold_it_until_one_is_named(tmp_path: Path) -> None:
    content = xlsx({"DE": LIST, "AT": [["Artikel", "EAN", "Bezeichnung", "Preis", "Bestand"], ["B-1", "", "Nut", 1, 1]]})
    seen = looked(tmp_path, content)
    assert codes(seen) == {"sheet_choice": True}
    for wanted in ("AT", "at ", "2"):
        named = looked(tmp_path, content, wanted)
        assert (named.shape.table, codes(named), column(named, "Artikel")) == ("AT", {}, ["B-1"])
    with pytest.raises(UnknownTable, match="'DE', 'AT'"):
        looked(tmp_path, content, "CH")


def test_lying_dimensions_and_rows_far_down_cost_nothing(tmp_path: Path) -> None:
    text = '<c r="{}1048576" t="inlineStr"><is><t>{}</t></is></c>'
    far = f'<row r="1048576">{text.format("A", "Z-9")}{text.format("C", "End")}</row>'
    seen = looked(tmp_path, xlsx({"Preise": Sheet(LIST, dimension="A1:XFD1048576", extra=far)}))
    assert (len(seen.shape.columns), seen.rows) == (5, 3)


def test_what_is_empty_damaged_or_too_large_is_said_to_be(tmp_path: Path) -> None:
    with pytest.raises(EmptyFeed):
        looked(tmp_path, xlsx({"Preise": []}))
    with pytest.raises(EmptyFeed):
        looked(tmp_path, xlsx({}))
    with pytest.raises(FileDamaged, match=r"ends in the middle|breaks the rules"):
        looked(tmp_path, xlsx({"Preise": LIST}, **{"xl__worksheets__sheet1.xml": b"<worksheet><sheetData><row"}))
    wide = [HEADER, [*["x"] * 60]]
    with pytest.raises(FeedTooLarge, match="columns"):
        looked(tmp_path, xlsx({"Preise": wide}), limits=Limits(columns=50))
    with pytest.raises(FeedTooLarge, match="bomb"):
        looked(tmp_path, xlsx({"Preise": [HEADER, ["x" * 3_000_000]]}), limits=Limits(bomb_bytes=1_000_000, bomb_ratio=50))


def test_entities_are_never_expanded(tmp_path: Path) -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;">]><worksheet><sheetData/></worksheet>'
    with pytest.raises(FeedError, match="entities"):
        looked(tmp_path, xlsx({"Preise": LIST}, **{"xl__worksheets__sheet1.xml": bomb}))


HTML = """<html><head><meta charset="utf-8"><style>td {color: red}</style></head><body><table><tr><th>SKU<th>Name<th>Price</tr>
<tr><td>A-1</td><td>Lamp &amp; <b>shade</b></td><td rowspan=2>1,50</td></tr><tr><td>A-2<td>Cable</table></body></html>"""
XML_2003 = """<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>
<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">
<Styles><Style ss:ID="s1"><NumberFormat ss:Format="00000"/></Style></Styles><Worksheet ss:Name="Preise"><Table>
<Row><Cell><Data ss:Type="String">SKU</Data></Cell><Cell><Data ss:Type="String">Name</Data></Cell><Cell ss:Index="4">
<Data ss:Type="String">Price</Data></Cell></Row>
<Row ss:Index="3"><Cell ss:StyleID="s1"><Data ss:Type="Number">12</Data></Cell><Cell><Data ss:Type="String">Lamp</Data></Cell>
<Cell ss:Index="4"><Data ss:Type="Number">1.5</Data></Cell></Row></Table></Worksheet></Workbook>"""


def test_what_is_called_xls_is_read_as_what_it_is(tmp_path: Path) -> None:
    page = looked(tmp_path, HTML.encode())
    assert cells(page) == [["A-1", "Lamp & shade", "1,50"], ["A-2", "Cable", "1,50"]]
    assert page.shape.origin.startswith("HTML, sheet 'table 1'")
    old = looked(tmp_path, XML_2003.encode())
    assert [row[0] for row in old.sample] == ["00012"]
    assert old.shape.origin.startswith("XML Spreadsheet 2003, sheet 'Preise'")
    text = looked(tmp_path, b"SKU\tName\tPrice\nA-1\tLamp\t1,50\nA-2\tCable\t2,50\n")
    assert (text.shape.origin, text.shape.delimiter) == ("", "\t")
