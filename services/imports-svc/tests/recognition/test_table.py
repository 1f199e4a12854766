import pytest

from imports_svc.recognition.table import Table, find_table
from imports_svc.vocabulary.taxes import is_of_packs


def _table(text: str) -> Table:
    return find_table([line.split(";") for line in text.removesuffix("\n").split("\n")])


ROWS = "A-1;Lamp;9520001000010;34,90\nA-2;Pump;9520001000027;12,00\nA-3;Hose;9520001000034;1,50"


@pytest.mark.parametrize(
    "above",
    [
        "",
        "Acme Ltd;;;\n",
        "Acme Ltd;;;\nPrice list, valid from May;;;\n;;;\n",
        "Acme Ltd;;;Page 1\n;;;\nAll prices in EUR, net;;;\n",
        "Customer:;4711;;\nDate:;01.02.2026;;\n",
        "\n\nAcme\n",
        ";Article;;Prices\n",
    ],
)
def test_the_header_is_found_below_what_stands_above_it(above: str) -> None:
    table = _table(f"{above}Art.-Nr.;Bezeichnung;EAN;EK netto\n{ROWS}")
    assert (table.above, table.header, table.below) == (above.count("\n"), True, 0)
    assert table.names == ("Art.-Nr.", "Bezeichnung", "EAN", "EK netto")
    assert table.doubts == ()


@pytest.mark.parametrize(
    "below", [";;;EUR\n", "text;text;number;decimal\n", ";;;\n;;;€\n", "item_sku;item_name;external_id;standard_price\n"]
)
def test_lines_below_the_header_that_say_more_of_columns_are_no_rows(below: str) -> None:
    table = _table(f"SKU;Name;EAN;Price\n{below}{ROWS}")
    named = table.names[-1].removesuffix(" (EUR)").removesuffix(" (€)")
    assert (table.header, table.below, *table.names[:-1], named) == (True, below.count("\n"), "SKU", "Name", "EAN", "Price")


def test_a_first_row_without_a_price_is_a_row() -> None:
    table = _table("SKU;Name;EAN;Price\nA-0;Lamp without a price;9520001000010;on request\n" + ROWS)
    assert (table.above, table.below) == (0, 0)


def test_of_two_headers_the_one_whose_words_are_known_names_the_columns() -> None:
    table = _table(
        "TemplateType=Offer;Version=2026.1;The top 3 rows are for the marketplace;\n"
        "Seller SKU;Product Name;Product ID;Price\n"
        "item_sku;item_name;external_product_id;standard_price\n" + ROWS
    )
    assert (table.above, table.below) == (1, 1)
    assert table.names == ("Seller SKU", "Product Name", "Product ID", "Price")


def test_names_that_repeat_take_the_group_above_them() -> None:
    table = _table(";;Single;;Box;\nSKU;Name;Price;Stock;Price;Stock\nA-1;Lamp;1,50;4;12,00;2\nA-2;Pump;2,50;5;22,00;1")
    assert table.names == ("SKU", "Name", "Single Price", "Single Stock", "Box Price", "Box Stock")


def test_row_names_of_statistics_programs_have_no_name() -> None:
    table = _table("sku;name;price\n1;A-1;Lamp;1.50\n2;A-2;Pump;2.50\n3;A-3;Hose;3.50")
    assert (table.names, table.doubts) == (("column_1", "sku", "name", "price"), ())


def test_more_fields_than_names_is_a_doubt() -> None:
    table = _table("sku;name;price\nA-1;Lamp;12;50\nA-2;Pump;22;50\nA-3;Hose;32;50")
    assert [doubt.name for doubt in table.doubts] == ["extra_fields"]
    assert table.doubts[0].holds
    assert _table("sku;name;price\nA-1;Lamp;12;\nA-2;Pump;22;\n").doubts == ()


def test_a_second_table_is_a_doubt_and_the_same_header_again_is_none() -> None:
    glued = _table(f"SKU;Name;EAN;Price\n{ROWS}\nSKU;Name;EAN;Price\n{ROWS}")
    assert (glued.doubts, glued.names) == ((), ("SKU", "Name", "EAN", "Price"))
    other = _table(f"SKU;Name;EAN;Price\n{ROWS}\n;;;\nName;SKU;Stock;Brand\nLamp;A-1;4;Acme")
    assert [doubt.name for doubt in other.doubts] == ["second_table"]


def test_rows_that_lack_their_last_cells_are_told_from_torn_ones() -> None:
    assert _table("SKU;Name;EAN;Price\nA-1;Lamp;9520001000010\nA-2;Pump;9520001000027;1\nA-3;Hose;9520001000034").trimmed
    assert not _table(
        "SKU;Name;EAN;Price\nA-1;La\nmp;9520001000010;1\nA-2;Pump;9520001000027;1\nA-3;Ho\nse;9520001000034;2"
    ).trimmed


def test_the_same_names_at_other_places_are_a_second_table() -> None:
    rows = [["sku", "title", "price", "stock"], *([f"A-{i}", f"Lamp {i}", "1.5", "3"] for i in range(9))]
    assert not find_table([*rows, ["sku", "title", "price", "stock"]]).doubts
    found = find_table([*rows, ["sku", "stock", "title"], ["A-1", "3", "Lamp 1"]])
    assert [doubt.code for doubt in found.doubts] == ["second_table"]


def test_names_for_programs_stand_between_names_and_units() -> None:
    """OPM/ResInsight#9611: two more lines below the names; the last one says what the numbers are."""
    rows = "\n".join(f"Q200{at};Vis M{at};3,9{at};12{at}" for at in range(6))
    table = _table(f"Code;Libellé;Prix;Stock\nCODART;LIBART;PXHT;QTE\ntexte;texte;EUR HT;colis de 12\n{rows}")
    assert (table.below, table.names) == (2, ("Code", "Libellé", "Prix (EUR HT)", "Stock colis de 12"))
    assert is_of_packs("Stock colis de 12")
    # Without units a line of words is a row, as others are.
    assert _table(f"Code;Libellé;Prix;Stock\nPROMO;Divers;prix net;aucun\n{rows}").below == 0


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_units_below_names_for_programs_are_seen_above_few_rows(count: int) -> None:
    rows = "\n".join(f"Q200{at};Vis M{at};3{at},90" for at in range(count))
    table = _table(f"Référence;Désignation;Prix\nCODART;LIBART;PXHT\n;;EUR/100\n{rows}")
    assert (table.below, table.names) == (2, ("Référence", "Désignation", "Prix (EUR/100)"))
