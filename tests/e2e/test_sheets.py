"""A workbook of several sheets: parts of one supplier's list are one run, sheets of several suppliers are runs of their own."""

import json
import subprocess
import sys
from pathlib import Path

from imports_svc.understanding.workbooks import xlsx
from productsmanager.lifecycle import Running
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


def _doubts(job: dict[str, object]) -> dict[str, bool]:
    return {doubt["name"]: doubt["holds"] and not doubt["accepted"] for doubt in job["doubts"]}


def _refs(job: dict[str, object]) -> list[str]:
    shape = json.loads(job["shape"])
    return [row[shape["columns"].index("SKU")] for row in shape["sample"]]


def test_a_chosen_sheet_is_remembered(api: Api) -> None:
    book = {"DE": TOOLS, "AT": [HEADER, ["A-1", "Saege", 5.5, 1]], "Notes": [["Call us"]]}
    first = api.run(xlsx(book), "Sheets remembered", mapping={"table": "AT"})
    assert (first["state"], counts(first)["created"]) == ("STATE_APPLIED", 1)

    book["AT"] = [HEADER, ["A-1", "Saege", 5.5, 1], ["A-2", "Axt", 6.5, 2]]
    second = api.run(xlsx(book), "Sheets remembered")
    assert (second["state"], counts(second)["created"], _refs(second)) == ("STATE_APPLIED", 1, ["A-1", "A-2"])
    assert (_doubts(second), "chosen for an earlier file" in second["shape"]) == ({"other_sheets": False}, True)

    # The sheet has another name: the job waits, says which there are, and a yes chooses the one that was read.
    renamed = {"Oesterreich": [*book["AT"], ["A-3", "Feile", 1.5, 1]], "Notes": [["Call us"]]}
    third = api.run(xlsx(renamed), "Sheets remembered")
    assert third["state"] == "STATE_HELD"
    assert "'AT'. Its sheets: 'Oesterreich', 'Notes'. Read: 'Oesterreich'" in third["hold_reason"]
    accept = {"plan_hash": third["plan_hash"], "accept": ["sheet_missing:Oesterreich"]}
    api.post(f"/imports/{third['id']}:apply", accept)
    assert counts(api.follow(third["id"]))["created"] == 1
    fourth = api.run(xlsx(renamed | {"DE": TOOLS}), "Sheets remembered")
    assert (fourth["state"], _refs(fourth)) == ("STATE_APPLIED", ["A-1", "A-2", "A-3"])


def test_a_choice_of_the_same_file_is_remembered_too(api: Api) -> None:
    book = {"DE": TOOLS, "Notes": [["Call us"]]}
    content = xlsx(book)
    api.run(content, "Sheets twice")
    same = api.run(content, "Sheets twice", mapping={"table": "DE"})
    assert (same["state"], bool(same["same_as_job_id"])) == ("STATE_APPLIED", True)
    other = [["Artikel", "Bezeichnung", "Preis", "Bestand"], ["X-1", "Seil", 1.5, 1], ["X-2", "Tau", 2.5, 2]]
    later = api.run(xlsx({"EN": other} | book), "Sheets twice")
    assert (later["state"], _refs(later)) == ("STATE_APPLIED", ["T-1", "T-2"])


def test_some_sheets_are_one_list_and_remembered(stack: Running, api: Api, tmp_path: Path) -> None:
    book = {"Tools": TOOLS, "Garden": GARDEN, "Old, sold": [HEADER, ["O-1", "Scythe", 1.5, 0]]}
    path = tmp_path / "book.xlsx"
    path.write_bytes(xlsx(book))
    command = ("import", str(path), "--supplier", "Sheets of some", "--sheet", "Tools", "--sheet", "Old, sold", "--yes", "--json")
    done = subprocess.run(
        (sys.executable, "-m", "productsmanager", *command, "--data", str(stack.installation.data.root)),
        capture_output=True,
        text=True,
        check=False,
    )
    told = json.loads(done.stdout)
    assert (done.returncode, told["state"], told["created"]) == (0, "applied", 3), done.stderr
    book["Tools"] = [*TOOLS, ["T-3", "Drill", 7.5, 1]]
    again = api.run(xlsx(book), "Sheets of some")
    assert (again["state"], counts(again)["created"], _refs(again)) == ("STATE_APPLIED", 1, ["T-1", "T-2", "T-3", "O-1"])
    del book["Old, sold"]
    held = api.run(xlsx(book), "Sheets of some")
    assert (held["state"], _refs(held)) == ("STATE_HELD", ["T-1", "T-2", "T-3"])
    assert "not in this workbook: 'Old, sold'. Its sheets: 'Tools', 'Garden'. Read: 'Tools'" in held["hold_reason"]


def test_a_chosen_path_of_records_is_remembered(api: Api) -> None:
    def shop(items: int) -> bytes:
        listed = [{"SKU": f"I-{at}", "Name": "Saw", "Price": 5.5} for at in range(items)]
        parts = [{"SKU": f"P-{at}", "Name": "Nut", "Price": 0.5} for at in range(9)]
        return json.dumps({"shop": {"items": listed, "more": {"part": parts}}}).encode()

    held = api.run(shop(2), "Records remembered")
    assert _doubts(held) | {"records_choice:shop/more/part": True} == _doubts(held)
    api.post(f"/imports/{held['id']}:replan", {"mapping": {"table": "shop/items"}})
    planned = api.follow(held["id"])
    if planned["state"] == "STATE_PLANNED":
        api.post(f"/imports/{held['id']}:apply", {"plan_hash": planned["plan_hash"]})
        planned = api.follow(held["id"], {"STATE_APPLIED", "STATE_FAILED"})
    assert (planned["state"], _refs(planned)) == ("STATE_APPLIED", ["I-0", "I-1"])
    again = api.run(shop(3), "Records remembered")
    assert (again["state"], counts(again)["created"], _refs(again)) == ("STATE_APPLIED", 1, ["I-0", "I-1", "I-2"])
    gone = api.run(shop(3).replace(b'"items"', b'"goods"'), "Records remembered")
    assert (gone["state"], [name for name, holds in _doubts(gone).items() if holds]) == (
        "STATE_HELD",
        ["records_missing:shop/more/part", "offers_vanished"],
    )
    assert "'shop/items'. There are some at: shop/more/part, shop/goods" in gone["hold_reason"]
