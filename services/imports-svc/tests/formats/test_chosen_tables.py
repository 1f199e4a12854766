"""The sheets of a workbook, or the records of a tree, that a person chose: for this file, or for earlier ones of the supplier."""

import json
from pathlib import Path

import pytest

from imports_svc.feeds.errors import UnknownTable
from imports_svc.feeds.model import Doubt, Inspection
from imports_svc.feeds.reader import inspect
from imports_svc.feeds.tables import Earlier
from imports_svc.formats.opening import open_feed
from imports_svc.understanding.workbooks import Sheet, xlsx

HEADER = ["SKU", "Name", "Price", "Stock"]
OTHER = [["Artikel", "Bezeichnung", "Preis", "Bestand"], ["X-1", "Seil", 1.5, 1], ["X-2", "Tau", 2.5, 2]]


def rows(letter: str, *, header: list[str] | None = None) -> list[list[object]]:
    return [header or HEADER, [f"{letter}-1", "Saw", 5.5, 1], [f"{letter}-2", "Axe", 6.5, 2]]


BOOK = {"A": rows("A"), "B": rows("B"), "C, D": rows("C"), "Old": Sheet(rows("O"), hidden=True), "Seile": OTHER}


def looked(tmp_path: Path, content: bytes, table: str = "", **earlier: tuple[str, ...]) -> Inspection:
    path = tmp_path / "feed"
    path.write_bytes(content)
    return inspect(open_feed(path, tmp_path, table, earlier=Earlier(**earlier)))


def first_cells(seen: Inspection) -> list[str]:
    at = seen.shape.columns.index("SKU")
    return [row[at] for row in seen.sample]


def doubts(seen: Inspection) -> dict[str, Doubt]:
    return {doubt.name: doubt for doubt in seen.shape.doubts}


@pytest.mark.parametrize("said", ["B,A", "a , b", "A\nB", "1,2", "A,B,A", "A\n2"])
def test_some_of_alike_sheets_are_one_list(tmp_path: Path, said: str) -> None:
    seen = looked(tmp_path, xlsx(BOOK), said)
    assert first_cells(seen) == ["A-1", "A-2", "B-1", "B-2"]
    assert (seen.shape.chosen, seen.shape.table, seen.shape.tables_are) == ("A\nB", "A\nB", "sheets")
    assert "2 of 5 sheets as one list, chosen by the user" in seen.shape.origin
    assert doubts(seen) == {}


@pytest.mark.parametrize(
    ("said", "read", "chosen"),
    [
        # A name may hold a comma, and is meant before its parts are.
        ("C, D", ["C-1", "C-2"], "C, D"),
        ("A,C, D", ["A-1", "A-2", "C-1", "C-2"], "A\nC, D"),
        # A hidden sheet is read where it is named.
        ("Old,B", ["B-1", "B-2", "O-1", "O-2"], "B\nOld"),
        ("b", ["B-1", "B-2"], "B"),
        ("*", ["A-1", "A-2", "B-1", "B-2", "C-1", "C-2"], "*"),
    ],
)
def test_sheets_are_named(tmp_path: Path, said: str, read: list[str], chosen: str) -> None:
    seen = looked(tmp_path, xlsx(BOOK), said)
    assert (first_cells(seen), seen.shape.chosen) == (read, chosen)


@pytest.mark.parametrize("said", ["A,Z", "Z", "A\nZ", "A,9"])
def test_a_sheet_that_is_not_there_is_refused_with_those_that_are(tmp_path: Path, said: str) -> None:
    with pytest.raises(UnknownTable, match=r"no sheet '[Z9]'. Its sheets: 'A', 'B', 'C, D', 'Old' \(hidden\), 'Seile'"):
        looked(tmp_path, xlsx(BOOK), said)


def test_chosen_sheets_with_different_columns_are_doubted_and_those_without_header_refused(tmp_path: Path) -> None:
    seen = looked(tmp_path, xlsx(BOOK), "A,Seile")
    assert {name: doubt.holds for name, doubt in doubts(seen).items()} == {"sheets_differ": True}
    assert (seen.rows, seen.shape.columns[:6]) == (4, ("sheet", "sheet row", *HEADER))
    with pytest.raises(UnknownTable, match="No header was found in 'Notes'"):
        looked(tmp_path, xlsx({"A": rows("A"), "Notes": [["x", "y"], ["1", "2"]]}), "A,Notes")


@pytest.mark.parametrize(
    ("earlier", "read", "holding", "chosen"),
    [
        (("B",), ["B-1", "B-2"], [], "B"),
        (("b ",), ["B-1", "B-2"], [], "B"),
        (("A\nC, D",), ["A-1", "A-2", "C-1", "C-2"], [], "A\nC, D"),
        (("*",), ["A-1", "A-2", "B-1", "B-2", "C-1", "C-2"], ["sheet_choice:A, B, C, D"], "*"),
        # Chosen for another workbook of the supplier.
        (("Stock", "B"), ["B-1", "B-2"], [], "B"),
        # Two of these sheets were chosen: the later one is read, and a person asked.
        (("B", "A"), ["B-1", "B-2"], ["sheet_choice:B"], "B"),
        # What was chosen is missing, as a whole or in part.
        (("A\nE",), ["A-1", "A-2"], ["sheet_missing:A"], "A"),
        (
            ("2",),
            ["A-1", "A-2", "B-1", "B-2", "C-1", "C-2"],
            ["sheet_missing:A, B, C, D", "sheets_together", "sheet_choice:A, B, C, D"],
            "",
        ),
    ],
)
def test_a_sheet_chosen_before_is_read_again(tmp_path: Path, earlier, read, holding, chosen) -> None:
    seen = looked(tmp_path, xlsx(BOOK), sheets=earlier, records=("A",))
    assert first_cells(seen) == read
    assert [name for name, doubt in doubts(seen).items() if doubt.holds] == holding
    assert seen.shape.chosen == chosen
    # Said again, as for staging after a crash, it is the same list.
    assert looked(tmp_path, xlsx(BOOK), seen.shape.chosen).sample == seen.sample


def test_a_choice_that_is_missing_names_the_sheets_there_are(tmp_path: Path) -> None:
    seen = looked(tmp_path, xlsx({"Liste 2027": rows("A"), "Info": [["Call us"]]}), sheets=("Liste 2026",))
    [missing, other] = doubts(seen).values()
    assert (missing.name, missing.holds, missing.examples) == ("sheet_missing:Liste 2027", True, ("Liste 2027", "Info"))
    assert "not in this workbook: 'Liste 2026'. Its sheets: 'Liste 2027', 'Info'. Read: 'Liste 2027'" in missing.message
    assert (other.code, seen.shape.chosen, seen.shape.instead) == ("other_sheets", "", "Liste 2027")


def test_what_is_not_read_beside_an_earlier_choice_is_told(tmp_path: Path) -> None:
    [told] = doubts(looked(tmp_path, xlsx(BOOK), sheets=("B",))).values()
    assert (told.code, told.holds, told.examples) == ("other_sheets", False, ("A", "C, D", "Old", "Seile"))
    assert "chosen for an earlier file" in looked(tmp_path, xlsx(BOOK), sheets=("B",)).shape.origin


def test_choices_of_other_formats_mean_nothing(tmp_path: Path) -> None:
    text = looked(tmp_path, b"SKU;Name;Price\nA-1;Saw;5\n", sheets=("B",), records=("x/y",))
    assert (text.shape.tables_are, text.shape.chosen, doubts(text)) == ("", "", {})
    lines = looked(tmp_path, b'{"SKU":"A-1","Name":"Saw"}\n{"SKU":"A-2","Name":"Axe"}\n', sheets=("B",), records=("x/y",))
    assert (lines.shape.tables_are, doubts(lines)) == ("", {})
    alone = looked(tmp_path, xlsx({"A": rows("A")}), records=("x/y",))
    assert doubts(alone) == {}


def _list(letter: str, *, price: int) -> list[dict[str, object]]:
    return [{"SKU": f"{letter}-{at}", "Name": "Saw", "Price": price + at} for at in (1, 2)]


PARTS = [*_list("B", price=7), {"SKU": "B-3", "Name": "Nut", "Price": 9}]
JSON = json.dumps({"shop": {"items": _list("A", price=5), "more": {"part": PARTS}}})
XML = "<shop>{}<more>{}</more></shop>".format(
    *(
        "".join(
            f"<{kind}><SKU>{row['SKU']}</SKU><Name>{row['Name']}</Name><Price>{row['Price']}</Price></{kind}>" for row in found
        )
        for kind, found in (("items", _list("A", price=5)), ("part", PARTS))
    )
)


@pytest.mark.parametrize(("content", "place"), [(JSON, "shop/{}"), (XML, "{}")])
def test_records_chosen_before_are_read_again(tmp_path: Path, content: str, place: str) -> None:
    items, parts = place.format("items"), place.format("more/part")
    found = looked(tmp_path, content.encode())
    assert (found.shape.table, [*doubts(found)], found.shape.chosen) == (parts, [f"records_choice:{parts}"], "")
    said = looked(tmp_path, content.encode(), f"/{items}")
    assert (first_cells(said), said.shape.chosen, said.shape.tables_are) == (["A-1", "A-2"], items, "records")
    again = looked(tmp_path, content.encode(), records=(items,), sheets=("B",))
    assert (first_cells(again), again.shape.chosen, doubts(again)) == (["A-1", "A-2"], items, {})
    two = looked(tmp_path, content.encode(), records=(items, parts))
    assert (first_cells(two), [*doubts(two)]) == (["A-1", "A-2"], [f"records_choice:{items}"])
    gone = looked(tmp_path, content.encode(), records=("shop/offers",))
    missing, _ = doubts(gone).values()
    assert (missing.name, missing.holds, set(missing.examples) >= {items, parts}) == (f"records_missing:{parts}", True, True)
    assert (gone.shape.table, gone.shape.chosen, gone.shape.instead) == (parts, "", parts)


def test_a_path_chosen_of_a_bmecat_is_read_instead_of_its_articles(tmp_path: Path) -> None:
    details = "<ARTICLE_DETAILS><DESCRIPTION_SHORT>Saw</DESCRIPTION_SHORT></ARTICLE_DETAILS>"
    article = f"<ARTICLE><SUPPLIER_AID>A-{{}}</SUPPLIER_AID>{details}</ARTICLE>"
    content = f"<BMECAT><HEADER/><T_NEW_CATALOG>{article.format(1)}{article.format(2)}</T_NEW_CATALOG></BMECAT>".encode()
    assert looked(tmp_path, content).shape.columns[0] == "article number"
    path = "T_NEW_CATALOG/ARTICLE"
    assert "ARTICLE_DETAILS/DESCRIPTION_SHORT" in looked(tmp_path, content, records=(path,)).shape.columns
    other = looked(tmp_path, content, records=("x/y",))
    assert [name for name, doubt in doubts(other).items() if doubt.holds] == [f"records_missing:{path}"]
    assert other.shape.columns[0] == "article number"
