"""A workbook of several sheets: parts of one supplier's list are one run, sheets of several suppliers are runs of their own."""

from imports_svc.understanding.workbooks import xlsx
from tests.api import Api, counts

HEADER = ["SKU", "Name", "Price", "Stock"]
TOOLS = [HEADER, ["T-1", "Saw", 5.5, 1], ["T-2", "Axe", 6.5, 2]]
GARDEN = [HEADER, ["G-1", "Hose", 9.5, 3], ["G-2", "Rake", "soon", 4]]


def test_sheets_of_one_list_are_one_snapshot(api: Api) -> None:
    book = xlsx({"Tools": TOOLS, "Garden": GARDEN})
    held = api.run(book, "Sheets")
    assert [doubt["name"] for doubt in held["doubts"] if doubt["holds"]] == ["sheets_together"]
    assert "('Tools': 2 rows, 'Garden': 2 rows)" in held["shape"]
    api.post(f"/imports/{held['id']}:apply", {"plan_hash": held["plan_hash"], "accept": ["sheets_together"]})
    applied = api.follow(held["id"])
    assert (applied["state"], counts(applied)["created"], len(applied["runs"])) == ("STATE_APPLIED", 4, 1)
    [problem] = api.get(f"/imports/{held['id']}/problems")["problems"]
    assert problem["values"] == {"Price": "soon", "sheet": "Garden", "sheet row": "3"}
    assert (problem["row_no"], problem["line"]) == (4, 3)

    again = api.run(xlsx({"Tools": [*TOOLS, ["T-3", "Drill", 7.5, 1]], "Garden": GARDEN}), "Sheets")
    assert (again["state"], counts(again)["created"], counts(again).get("vanished", 0)) == ("STATE_APPLIED", 1, 0)


def test_all_sheets_are_asked_for_and_each_may_be_a_supplier_s(api: Api) -> None:
    book = xlsx({"Sheets of Nord": TOOLS, "Sheets of Sued": GARDEN})
    job = api.run(book, "Sheets of others", mapping={"table": "*", "supplier": "sheet"})
    assert job["state"] == "STATE_APPLIED"
    assert {run["supplier_name"]: run["ledger"]["created"] for run in job["runs"]} == {"Sheets of Nord": 2, "Sheets of Sued": 2}


def test_sheets_that_differ_are_a_choice(api: Api) -> None:
    other = [["Artikel", "Bezeichnung", "Preis", "Bestand"], ["X-1", "Seil", 1.5, 1], ["X-2", "Tau", 2.5, 2]]
    held = api.run(xlsx({"DE": TOOLS, "EN": other}), "Sheets to choose from")
    assert [doubt["name"] for doubt in held["doubts"] if doubt["holds"]] == ["sheet_choice:DE"]
    job = api.run(xlsx({"DE": TOOLS, "EN": other}), "Sheets to choose from", mapping={"table": "DE"})
    assert job["state"] == "STATE_APPLIED"
